"""The walk back across all books: from any figure to the households it was made from.

Each kind of record says in one line where its rows lie and what they were made from; a whole layer of the walk is
read with one query a kind (two for a village), however many records it holds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from qingxi.origin import Ref, Walk
from qingxi_office.appraisals.models import Appraisal
from qingxi_office.appraisals.queries import APPRAISAL
from qingxi_office.bulletins.models import BulletinRecord, CallOverRecord, CardRecord
from qingxi_office.bulletins.queries import BULLETIN, CALLOVER, CARD
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import FACILITY, of_facility
from qingxi_office.findings.models import FindingRecord
from qingxi_office.findings.queries import FINDING
from qingxi_office.funds.models import FundSource
from qingxi_office.funds.queries import FUND
from qingxi_office.indicators.models import FigureRecord, ReportedFigure, SeatNote
from qingxi_office.indicators.queries import FIGURE
from qingxi_office.intake.models import HotlineOrder, PublicReport
from qingxi_office.issues.models import IssueRecord
from qingxi_office.issues.queries import ISSUE
from qingxi_office.keepings.queries import now_called
from qingxi_office.people.rights import Way, seen_by
from qingxi_office.places.models import Place
from qingxi_office.plans.models import HamletOption, PlanRecord, SystemRow
from qingxi_office.plans.queries import PLAN, VERSION
from qingxi_office.programmes.models import Clash, ClashLetter, LotRow, OtherWork
from qingxi_office.programmes.queries import LETTER, LOT
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.projects.queries import PROJECT
from qingxi_office.published.models import Publication
from qingxi_office.readings.lines import reading
from qingxi_office.readings.models import BillRow, DailyRow, Device, LabRow, RainGauge, VisitRow
from qingxi_office.returns.models import ReturnRecord
from qingxi_office.returns.queries import RETURN
from qingxi_office.samples.models import Campaign, Visit
from qingxi_office.samples.queries import SAMPLE
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, VillageRecord
from qingxi_office.villages.queries import HAMLET, HOUSEHOLD, VILLAGE

Made = dict[str, tuple[Ref, ...]]  # by id: what a record was made from
_MERGED = ("facility", "household")  # kinds whose records may have been merged
_DAYS = 120  # of a series whose packets are named
_BATCH = 5000  # ids a query; SQLite takes 32,766 variables
_READING = of_facility("reading")
_PLACE = Way("place", place="path")
_REPORT_AT = Way("report")  # through the facility that it is about


def _batches(ids: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(ids), _BATCH):
        yield ids[at : at + _BATCH]


def _kept(model: Any, key: str, way: Way | None) -> Callable[[list[str], Any], Made]:
    """A kind whose rows keep ``because`` themselves."""

    def made_from(ids: list[str], rows: Callable[[QuerySet[Any], Way | None], QuerySet[Any]]) -> Made:
        out: Made = {}
        for some in _batches([i for i in ids if i.isdigit()] if key == "pk" else ids):
            found = rows(model.objects.filter(**{f"{key}__in": some}), way)
            for name, because in found.order_by().values_list(key, "because"):
                out[str(name)] = tuple(Ref.parse(text) for text in because)
        return out

    return made_from


def _observed(model: Any, key: str) -> Callable[[list[str], Any], Made]:
    """An observation was made at its facility."""

    def made_from(ids: list[str], rows: Any) -> Made:
        out: Made = {}
        for some in _batches(ids):
            found = rows(model.objects.filter(**{f"{key}__in": some}), _READING)
            for name, facility in found.order_by().values_list(key, "facility__key").distinct():
                out[str(name)] = (Ref("facility", facility),) if facility else ()
        return out

    return made_from


def _series(ids: list[str], rows: Any) -> Made:
    """A daily series ``facility/quantity``: of its facility and, where a device of ours said it, of the packets of its days."""
    facilities = {name.rpartition("/")[0] for name in ids}
    found = rows(DailyRow.objects.filter(facility__key__in=facilities), _READING)
    wanted = set(ids)
    days: dict[str, list[str]] = defaultdict(list)
    there: set[str] = set()
    lines = found.order_by("day").values_list("facility__key", "quantity", "day", "source")
    for facility, quantity, day, source in lines:
        name = f"{facility}/{quantity}"
        if name in wanted:
            there.add(name)
            if source == "hj212":
                days[name].append(f"{day:%Y-%m-%d}")
    devices: dict[str, list[str]] = defaultdict(list)
    for facility, mn in Device.objects.filter(facility__key__in=facilities).values_list("facility__key", "mn"):
        devices[facility].append(mn)
    out: Made = {}
    for name in there:
        facility = name.rpartition("/")[0]
        said = [Ref("packets", f"{mn}/{day}") for day in days[name][-_DAYS:] for mn in devices[facility][:1]]
        out[name] = (Ref("facility", facility), *said)
    return out


def _devices(ids: list[str], rows: Any) -> Made:
    """A device, named by its number or by its facility: of its facility, and of the packets of the last days it spoke."""
    out: Made = {}
    found = rows(Device.objects.filter(Q(mn__in=ids) | Q(facility__key__in=ids)), _READING)
    for mn, facility, heard in found.order_by("mn").values_list("mn", "facility__key", "last_heard_at"):
        refs = [Ref("facility", facility)] if facility else []
        if heard is not None:
            refs.append(Ref("packets", f"{mn}/{timezone.localtime(heard):%Y-%m-%d}"))
        for name in {mn, facility} & set(ids):
            out.setdefault(name, tuple(refs))
    return out


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _packets(ids: list[str], rows: Any) -> Made:
    """The packets of a device on a day, as they came: in the store, or in its sealed file of that day."""
    numbers = {name.partition("/")[0] for name in ids}
    mine = dict(rows(Device.objects.filter(mn__in=numbers), _READING).order_by().values_list("mn", "facility__key"))
    days = sorted({day for name in ids if _is_day(day := name.partition("/")[2])})
    if not days:
        return {}
    begin = timezone.make_aware(datetime.fromisoformat(days[0])).timestamp()
    end = timezone.make_aware(datetime.fromisoformat(days[-1])).timestamp() + 86_400
    with reading() as side:
        if side is None:
            return {}
        hot = {
            f"{mn}/{timezone.localtime(datetime.fromtimestamp(int(at), tz=UTC)):%Y-%m-%d}"
            for mn, at in side.rows(
                "SELECT DISTINCT mn, data_s / 3600 * 3600 FROM telemetry_packet WHERE data_s >= ? AND data_s < ?", (int(begin), int(end))
            )
        }  # fmt: skip
        sealed = {
            str(day)
            for (day,) in side.rows(
                "SELECT day FROM telemetry_history WHERE day >= ? AND day <= ?", (days[0], days[-1])
            )
        }
    out: Made = {}
    for name in ids:
        mn, _, day = name.partition("/")
        if mn in mine and (name in hot or day in sealed):
            out[name] = (Ref("facility", mine[mn]),) if mine[mn] else ()
    return out


def _villages(ids: list[str], rows: Any) -> Made:
    """A village's standing was made from its own sheet and its natural villages."""
    kept = dict(
        rows(VillageRecord.objects.filter(place__code__in=ids, place__valid_to=None), VILLAGE)
        .order_by().values_list("place__code", "because")
    )  # fmt: skip
    below: dict[str, list[Ref]] = defaultdict(list)
    for code, key in HamletRecord.objects.filter(place__parent__code__in=list(kept)).values_list(
        "place__parent__code", "key"
    ):
        below[code].append(Ref("hamlet", key))
    return {
        code: tuple(dict.fromkeys([*(Ref.parse(t) for t in because if not t.startswith("hamlet:")), *below[code]]))
        for code, because in kept.items()
    }


def _places(ids: list[str], rows: Any) -> Made:
    """A township stands on its villages, a village's place on its village; another place on nothing of ours."""
    out = _leaf(Place, "code", _PLACE)(ids, rows)
    here = Q(place__code__in=list(out)) | Q(place__parent__code__in=list(out))
    below: dict[str, list[Ref]] = defaultdict(list)
    found = rows(VillageRecord.objects.filter(here, place__valid_to=None), VILLAGE)
    for code, parent in found.order_by("place__code").values_list("place__code", "place__parent__code"):
        for name in {code, parent} & set(out):
            below[name].append(Ref("village", code))
    return {name: tuple(below[name]) for name in out}


def _hamlets(ids: list[str], rows: Any) -> Made:
    """A natural village was made from its households."""
    below: dict[str, list[Ref]] = defaultdict(list)
    there: list[str] = []
    for some in _batches(ids):
        there += rows(HamletRecord.objects.filter(key__in=some), HAMLET).order_by().values_list("key", flat=True)
        houses = rows(HouseholdRecord.objects.filter(hamlet__key__in=some), HOUSEHOLD)
        for hamlet, key in houses.order_by("key").values_list("hamlet__key", "key"):
            below[hamlet].append(Ref("household", key))
    return {key: tuple(below[key]) for key in there}


def _leaf(model: Any, key: str, way: Way) -> Callable[[list[str], Any], Made]:
    """A record that was surveyed, made from nothing of ours."""

    def made_from(ids: list[str], rows: Any) -> Made:
        out: Made = {}
        for some in _batches(ids):
            found = rows(model.objects.filter(**{f"{key}__in": some}), way)
            out |= {str(name): () for name in found.order_by().values_list(key, flat=True)}
        return out

    return made_from


def _reports(ids: list[str], rows: Any) -> Made:
    """A report was made about a facility. Its code is the reporter's key, so it opens only to who sees that place's reports."""
    found = list(PublicReport.objects.filter(code__in=ids).values_list("code", "facility"))
    here = rows(FacilityRecord.objects.filter(key__in={facility for _, facility in found}), _REPORT_AT)
    there = set(here.order_by().values_list("key", flat=True))
    found = [(code, facility) for code, facility in found if not facility or facility in there]
    return {code: (Ref("facility", facility),) if facility else () for code, facility in found}


def _orders(ids: list[str], rows: Any) -> Made:
    """An order of the hotline, by the same rule as a report."""
    found = list(HotlineOrder.objects.filter(number__in=ids).values_list("number", "facility"))
    here = rows(FacilityRecord.objects.filter(key__in={facility for _, facility in found}), _REPORT_AT)
    there = set(here.order_by().values_list("key", flat=True))
    found = [(number, facility) for number, facility in found if not facility or facility in there]
    return {number: (Ref("facility", facility),) if facility else () for number, facility in found}


def _spot_visits(ids: list[str], rows: Any) -> Made:
    """A station of a spot check was made from its facility; of a check that is still going on nobody walks to one."""
    numbers = [int(i) for i in ids if i.isdigit()]
    done = Visit.objects.filter(pk__in=numbers, campaign__state=Campaign.State.DONE)
    found = rows(done, Way("sample", place="campaign__place__path", state=None))
    return {
        str(pk): (Ref("facility", facility),) if facility else ()
        for pk, facility in found.order_by().values_list("pk", "row__facility__key")
    }


KINDS: dict[str, Callable[[list[str], Any], Made]] = {
    "publication": _kept(Publication, "pk", None),
    "bulletin": _kept(BulletinRecord, "key", BULLETIN),
    "callover": _kept(CallOverRecord, "key", CALLOVER),
    "card": _kept(CardRecord, "pk", CARD),
    "figure": _kept(FigureRecord, "key", FIGURE),
    "reported": _kept(ReportedFigure, "key", FIGURE),
    "seat": _kept(SeatNote, "pk", FIGURE),
    "issue": _kept(IssueRecord, "key", ISSUE),
    "finding": _kept(FindingRecord, "key", FINDING),
    "return": _kept(ReturnRecord, "key", RETURN),
    "project": _kept(ProjectRecord, "key", PROJECT),
    "appraisal": _kept(Appraisal, "key", APPRAISAL),
    "sample": _kept(Campaign, "key", SAMPLE),
    "spot_visit": _spot_visits,
    "fund": _kept(FundSource, "key", FUND),
    "lot": _kept(LotRow, "key", LOT),
    "clash": _kept(Clash, "key", LOT),
    "clash_letter": _kept(ClashLetter, "pk", LETTER),
    "work": _leaf(OtherWork, "key", LOT),
    "system": _kept(SystemRow, "key", PLAN),
    "option": _kept(HamletOption, "key", PLAN),
    "plan": _kept(PlanRecord, "key", VERSION),
    "facility": _kept(FacilityRecord, "key", FACILITY),
    "bill": _observed(BillRow, "key"),
    "lab": _observed(LabRow, "sample"),
    "visit": _observed(VisitRow, "key"),
    "series": _series,
    "gauge": _leaf(RainGauge, "key", Way("rain", place="")),
    "device": _devices,
    "packets": _packets,
    "report": _reports,
    "hotline": _orders,
    "village": _villages,
    "hamlet": _hamlets,
    "household": _leaf(HouseholdRecord, "key", HOUSEHOLD),
    "place": _places,
}


@dataclass(frozen=True)
class _All:
    """Nobody in particular: the office itself walks everywhere."""

    def __call__(self, rows: QuerySet[Any], way: Way | None) -> QuerySet[Any]:
        return rows


@dataclass(frozen=True)
class _Seen:
    user: Any

    def __call__(self, rows: QuerySet[Any], way: Way | None) -> QuerySet[Any]:
        return rows if way is None else seen_by(self.user, rows, way)


def because(refs: Iterable[Ref], *, user: Any = None) -> dict[Ref, tuple[Ref, ...]]:
    """What each record was made from; a record that does not exist, or that the user may not see, is left out.

    Costs one query a kind (and 5,000 ids), two for villages and natural villages. ``user`` None: the office itself.
    """
    rows = _All() if user is None else _Seen(user)
    by_kind: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        by_kind[ref.kind].append(ref.id)
    out: dict[Ref, tuple[Ref, ...]] = {}
    for kind, ids in by_kind.items():
        made_from = KINDS.get(kind)
        if made_from is not None:
            out |= {Ref(kind, name): refs for name, refs in made_from(ids, rows).items()}
            gone = [name for name in ids if Ref(kind, name) not in out] if kind in _MERGED else []
            # A record that was merged away was made into the one that stays, for whoever may see that one.
            if gone and (called := now_called(kind, gone)):
                there = made_from(list(set(called.values())), rows)
                out |= {Ref(kind, old): (Ref(kind, new),) for old, new in called.items() if new in there}
    return out


def walk(start: Ref, *, user: Any = None, at_most: int = 100_000) -> Walk:
    """Walk back from a record, breadth first, each record once; the same walk as :func:`qingxi.origin.walk_back`.

    ``missing`` are records that are not there or that the user may not see: to a stranger both are the same.
    """
    seen, layer = {start}, [start]
    steps: list[tuple[Ref, tuple[Ref, ...]]] = []
    missing: list[Ref] = []
    while layer and len(steps) < at_most:
        found = because(layer, user=user)
        after: list[Ref] = []
        for ref in layer:
            refs = found.get(ref)
            if refs is None:
                missing.append(ref)
                continue
            steps.append((ref, refs))
            for nxt in refs:
                if nxt not in seen:
                    seen.add(nxt)
                    after.append(nxt)
        layer = after
    return Walk(start, tuple(steps[:at_most]), tuple(missing))
