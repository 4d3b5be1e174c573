"""Facts of a day out of the books: facilities, households, seats, clashes, problems. Saves nothing."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from qingxi.indicator import CaseFact, DigFact, Facts, HouseFact, SeatFact, StationFact, definitions
from qingxi.origin import Ref
from qingxi.standard import discharge_limits, judge
from qingxi_office.facilities.models import FacilityEvent, FacilityRecord
from qingxi_office.indicators.models import SeatNote
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.models import Place
from qingxi_office.places.queries import states
from qingxi_office.programmes.models import Clash
from qingxi_office.readings.models import DailyRow, LabRow, VisitRow
from qingxi_office.villages.models import HouseholdRecord

_DRY = {"inflow": "no", "outflow": "no"}
_BROKEN = {"blower": ("off", "fault"), "panel_light": ("off", "fault")}
_EARTH_TOILET = "旱厕"


def county_facts(place: Place, as_of: date) -> Facts:
    """All facts of a county on a day; twelve queries whatever its size."""
    return Facts(_stations(as_of), _houses(), _seats(as_of), _digs(place), _cases(place, as_of))


def ran(answers: dict[str, Any]) -> bool | None:
    """What a round's answers say of the plant: it ran, it did not, or nobody looked at what would tell."""
    asked = [key for key in (*_DRY, *_BROKEN) if key in answers]
    if not asked:
        return None
    dry = any(answers.get(key) == word for key, word in _DRY.items())
    return not dry and not any(answers.get(key) in words for key, words in _BROKEN.items())


def _window(definition: str) -> int:
    return int(definitions()[definition].numerator["days"])


def _stations(as_of: date) -> tuple[StationFact, ...]:
    status = _status_then(as_of)
    said = _reported(as_of)
    wet = _sampled(as_of)
    flow = _flow(as_of)
    out = []
    fields = (
        "pk", "key", "name", "status", "design_m3_d", "commissioned", "scrapped_on", "discharge_class", "place__code",
    )  # fmt: skip
    for f in FacilityRecord.objects.order_by("key").values_list(*fields, named=True):
        if f.commissioned is not None and f.commissioned > as_of:
            continue  # was not there yet
        on, running, visit = said.get(f.pk, (None, None, None))
        volume, days = flow.get(f.pk, (0.0, 0))
        sampled_on, complies, why, sample, verified = _judged(wet.get(f.pk, []), f)
        out.append(
            StationFact(
                f.key, f.name, f.place__code, status.get(f.pk, f.status), f.design_m3_d, running, on,
                Ref("visit", visit) if visit else None, sampled_on, complies, why, Ref("lab", sample) if sample else None,
                verified, volume, days, Ref("series", f"{f.key}/flow") if days else None,
            )
        )  # fmt: skip
    return tuple(out)


def _status_then(as_of: date) -> dict[int, str]:
    """What a facility's status was on the day, where it changed since."""
    out: dict[int, str] = {}
    later = FacilityEvent.objects.filter(on__gt=as_of, undone_at=None, kind__in=("status", "scrapped"))
    for facility, old in later.order_by("on", "id").values_list("facility_id", "old"):
        if old.get("status"):
            out.setdefault(facility, str(old["status"]))
    return out


def _reported(as_of: date) -> dict[int, tuple[date, bool, str]]:
    """The last round by operator or village of each facility that says whether the plant ran."""
    since = as_of - timedelta(days=_window("operation_self_reported"))
    begin, end = (timezone.make_aware(datetime.combine(d + timedelta(days=1), time())) for d in (since, as_of))
    out: dict[int, tuple[date, bool, str]] = {}
    rows = VisitRow.objects.filter(visited_at__gte=begin, visited_at__lt=end, by_role__in=("operator", "village"))
    for facility, key, at, answers in rows.order_by("visited_at", "pk").values_list(
        "facility_id", "key", "visited_at", "answers"
    ):
        running = ran(answers)
        if running is not None:
            out[facility] = (timezone.localtime(at).date(), running, key)
    return out


def _sampled(as_of: date) -> dict[int, list[Any]]:
    """The values of the last effluent sample of each facility."""
    rows = LabRow.objects.filter(point="effluent", value__isnull=False, sampled_on__lte=as_of)
    last = dict(rows.order_by().values_list("facility_id").annotate(last=Max("sampled_on")))
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows.filter(sampled_on__in=set(last.values())).values_list(
        "facility_id", "sample", "sampled_on", "quantity", "value", "water_temp_c", named=True
    ):
        if row.sampled_on == last[row.facility_id]:
            out[row.facility_id].append(row)
    return out


def _judged(rows: list[Any], facility: Any) -> tuple[date | None, bool | None, str, str, bool]:
    """(day, complies, why undecided, sample, whether every limit used was read in the standard)."""
    if not rows:
        return None, None, "", "", True
    day, sample = rows[0].sampled_on, rows[0].sample
    limits = discharge_limits(facility.discharge_class)
    if limits is None:
        return day, None, "没有执行标准，判不了", sample, True
    said = [
        judge(
            limits, row.quantity, row.value, sampled_on=day, water_temp_c=row.water_temp_c, built_on=facility.commissioned,
        )
        for row in rows
    ]  # fmt: skip
    said = [v for v in said if v.limit is not None]
    verified = all(v.row is None or v.row.trust.verified for v in said)
    if any(v.exceeded for v in said):
        return day, False, "", sample, verified
    undecided = next((v.why for v in said if v.exceeded is None), "" if said else "没有可判的项")
    return day, None if undecided else True, undecided, sample, verified


def _flow(as_of: date) -> dict[int, tuple[float, int]]:
    """m³ and measured days of each facility in the period of the load rate; daily flow is m³/d."""
    since = as_of - timedelta(days=_window("load_rate"))
    rows = DailyRow.objects.filter(quantity="flow", day__gt=since, day__lte=as_of, value__isnull=False)
    return {
        facility: (float(volume), n)
        for facility, volume, n in rows.order_by().values_list("facility_id").annotate(Sum("value"), Count("pk"))
    }


def _houses() -> tuple[HouseFact, ...]:
    counts = {
        "houses": Count("pk"),
        "n_connected": Count("pk", filter=Q(connected="已接")),
        "to_connect": Count("pk", filter=Q(connected="应接未接")),
        "toilet_known": Count("pk", filter=~Q(toilet="")),
        "sanitary": Count("pk", filter=~Q(toilet="") & ~Q(toilet=_EARTH_TOILET)),
        "separation_known": Count("pk", filter=Q(separated__isnull=False)),
        "n_separated": Count("pk", filter=Q(separated=True)),
    }
    rows = HouseholdRecord.objects.order_by().values_list(
        "hamlet__key", "hamlet__name", "hamlet__place__parent__code"
    )
    return tuple(
        HouseFact(key, name, village or key[:12], *numbers)
        for key, name, village, *numbers in rows.annotate(**counts).order_by("hamlet__key")
    )


def _seats(as_of: date) -> tuple[SeatFact, ...]:
    """Every township of the day with the last note on its seat."""
    notes = {n.place_id: n for n in SeatNote.objects.filter(on__lte=as_of).order_by("on", "pk")}
    out = []
    for town in states(as_of, level="township"):
        note = notes.get(town.place_id)
        if note is None:
            out.append(SeatFact(town.code, town.name))
        else:
            because = (Ref("seat", str(note.pk)),)
            out.append(SeatFact(town.code, town.name, note.way != "none", note.runs, note.says, because))
    return tuple(out)


def _digs(county: Place) -> tuple[DigFact, ...]:
    rows = Clash.objects.order_by("key").values_list("key", "work__name", "place__code", "state")
    return tuple(DigFact(key, name, code or county.code, state) for key, name, code, state in rows)


def _cases(county: Place, as_of: date) -> tuple[CaseFact, ...]:
    """Problems that fell due; those found untrue or merged away were never to be closed."""
    since = as_of - timedelta(days=_window("closed_on_time"))
    rows = IssueRecord.objects.filter(due_on__gt=since, due_on__lte=as_of).exclude(is_open=False, closed_on=None)
    return tuple(
        CaseFact(*row)
        for row in rows.order_by("key").values_list("key", "title", "place__code", "due_on", "closed_on")
    )
