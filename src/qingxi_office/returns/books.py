"""What the books say for a return: every figure of qingxi.filing.sources, for many places at once. Saves nothing.

Each source is read once whatever the number of places; a figure that the books cannot give says why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from qingxi.facility import PLANS, Due, Station, owed
from qingxi.filing import Live, Period
from qingxi.indicator import denominator
from qingxi.standard import discharge_limits, judge
from qingxi_office.facilities.models import FacilityEvent, FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.indicators.records import county_records
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.models import Duty, Place
from qingxi_office.places.queries import county, under
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.readings.models import BillRow, LabRow, VisitRow
from qingxi_office.villages.models import StateChange, VillageRecord

MOST_REFS = 500
"""Records kept behind one figure; of more the first are kept, and the figure's list on the page is the ledger itself."""
_IDLE = ("stopped", "idle", "fake-run")
_ENDED = ("运行", "报废")
_WAN_FEN = 1_000_000
Figures = dict[int, dict[str, Live]]


class _Books:
    """The books over some places at the end of a period; every table is read at most once."""

    def __init__(self, places: Sequence[Place], period: Period, today: date) -> None:
        self.places, self.period = places, period
        self.last = min(period.last_day, today)
        self.by_path = {p.path: p.pk for p in places}
        self.lengths = sorted({len(p.path) for p in places}, reverse=True)
        self._kept: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def of(self, path: str) -> int | None:
        """The nearest of the places that holds a path."""
        return next((pk for n in self.lengths if (pk := self.by_path.get(path[:n])) is not None), None)

    def here(self, field: str = "place__path") -> Q:
        if len(self.places) == 1:
            return under(self.places[0].path, field)
        paths = sorted(self.by_path)
        low, high = paths[0], paths[-1]
        return Q(**{f"{field}__gte": low, f"{field}__lt": high + "~"})

    def span(self) -> tuple[datetime, datetime]:
        """The period as times of the office's zone: from its first midnight to that after its last day."""
        first = timezone.make_aware(datetime.combine(self.period.first_day, time()))
        return first, timezone.make_aware(datetime.combine(self.last + timedelta(days=1), time()))

    def sums(self, rows: Iterable[tuple[str, float | None, str]], lacks: str = "") -> dict[int, Live]:
        """Sum (path, value, ref) by place; a value that is None makes the sum unknown, and ``lacks`` says so with its count."""
        total: dict[int, float] = defaultdict(float)
        refs: dict[int, list[str]] = defaultdict(list)
        gaps: dict[int, int] = defaultdict(int)
        n: dict[int, int] = defaultdict(int)
        for path, value, ref in rows:
            pk = self.of(path)
            if pk is None:
                continue
            n[pk] += 1
            if value is None:
                gaps[pk] += 1
                continue
            total[pk] += value
            if ref:
                refs[pk].append(ref)
        out = {}
        for p in self.places:
            if gaps[p.pk]:
                out[p.pk] = Live(None, (), lacks.format(gaps=gaps[p.pk], n=n[p.pk]))
            else:
                out[p.pk] = Live(round(total[p.pk], 6), tuple(dict.fromkeys(refs[p.pk]))[:MOST_REFS])
        return out

    def count(self, rows: Iterable[tuple[str, str]]) -> dict[int, Live]:
        """How many distinct refs lie in each place."""
        seen = dict.fromkeys(rows)
        return self.sums((path, 1.0, ref) for path, ref in seen)

    # tables

    def villages(self) -> list[Any]:
        return self.once("villages", lambda: list(
            VillageRecord.objects.filter(self.here(), place__valid_to=None).order_by("place__code")
            .values_list("pk", "place__path", "place__code", "state", "households", "households_connected", "sewer_km", named=True)
        ))  # fmt: skip

    def members(self) -> frozenset[str]:
        """Codes of the villages that count, by the signed list on the period's last day."""

        def make() -> frozenset[str]:
            own = county()
            if own is None:
                return frozenset()
            records = county_records(own.place)
            return frozenset(denominator(records.villages, records.entries, self.last).members)

        return self.once("members", make)  # type: ignore[no-any-return]

    def state_of(self) -> dict[int, str]:
        """Each village's state on the period's last day: what was changed later is taken back."""

        def make() -> dict[int, str]:
            states = {v.pk: v.state for v in self.villages()}
            later = StateChange.objects.filter(on__gt=self.last, village_id__in=list(states)).order_by("-on", "-id")
            states |= {pk: old or "未完成" for pk, old in later.values_list("village_id", "old")}
            return states

        return self.once("states", make)  # type: ignore[no-any-return]

    def facilities(self) -> list[Any]:
        """Facilities that stood there on the last day, with the state they had then."""

        def make() -> list[Any]:
            rows = list(
                FacilityRecord.objects.filter(self.here()).filter(Q(commissioned=None) | Q(commissioned__lte=self.last))
                .order_by("key").values("pk", "key", "place__path", "status", "power_account", "design_m3_d", "commissioned", "discharge_class")
            )  # fmt: skip
            later = dict(
                FacilityEvent.objects.filter(kind="status", on__gt=self.last, undone_at=None).order_by("-on", "-id")
                .values_list("facility_id", "old")
            )  # fmt: skip
            for row in rows:
                row["status"] = (later.get(row["pk"]) or {}).get("status") or row["status"]
            return [row for row in rows if row["status"] != "scrapped"]

        return self.once("facilities", make)  # type: ignore[no-any-return]

    def running(self) -> list[Any]:
        return [f for f in self.facilities() if f["status"] in ("in_use", "trial")]

    def samples(self) -> list[tuple[Any, Due, bool]]:
        """Of every station in use that owes a sample this half-year: the station, how it stands, whether the last is over."""

        def make() -> list[tuple[Any, Due, bool]]:
            rows = self.running()
            own = county()
            plan = own.monitoring_plan if own is not None and own.monitoring_plan in PLANS else "national"
            since = date(self.last.year - 6, 1, 1)
            found = LabRow.objects.filter(
                facility_id__in=[f["pk"] for f in rows], point="effluent", sampled_on__gte=since, sampled_on__lte=self.last
            ).order_by("sampled_on").values_list("facility_id", "sampled_on", "quantity", "value", "water_temp_c")  # fmt: skip
            wet: dict[int, set[date]] = defaultdict(set)
            dry: dict[int, set[date]] = defaultdict(set)
            values: dict[tuple[int, date], list[Any]] = defaultdict(list)
            for pk, day, quantity, value, temp in found:
                (dry if value is None else wet)[pk].add(day)
                values[pk, day].append((quantity, value, temp))
            stations = [
                Station(str(f["pk"]), f["design_m3_d"], tuple(sorted(wet[f["pk"]])), tuple(sorted(dry[f["pk"]] - wet[f["pk"]])), f["commissioned"])
                for f in rows
            ]  # fmt: skip
            out = []
            for f, o in zip(rows, owed(plan, stations, self.last), strict=True):
                if o.due in (Due.REST, Due.NO_WATER):
                    continue
                over = o.due is Due.DONE and o.last is not None and _over(f, o.last, values[f["pk"], o.last])
                out.append((f, o.due, over))
            return out

        return self.once("samples", make)  # type: ignore[no-any-return]

    def issues(self) -> list[Any]:
        return self.once("issues", lambda: list(
            IssueRecord.objects.filter(self.here(), assigned_on__lte=self.last)
            .filter(Q(is_open=True) | Q(closed_on__gte=self.period.first_day))
            .order_by("key").values_list("key", "place__path", "assigned_on", "due_on", "closed_on", "is_open", named=True)
        ))  # fmt: skip

    def projects(self) -> list[Any]:
        return self.once("projects", lambda: list(
            ProjectRecord.objects.filter(self.here()).order_by("key")
            .values_list("key", "place__path", "stage", "total_fen", "paid_fen", named=True)
        ))  # fmt: skip

    def visits(self) -> list[Any]:
        first, end = self.span()
        return self.once("visits", lambda: list(
            VisitRow.objects.filter(self.here("facility__place__path"), visited_at__gte=first, visited_at__lt=end)
            .order_by("visited_at").values_list("key", "facility__key", "facility__place__path", named=True)
        ))  # fmt: skip

    def duties(self) -> list[Any]:
        return self.once("duties", lambda: list(
            Duty.objects.filter(self.here()).filter(Q(valid_from=None) | Q(valid_from__lte=self.last))
            .filter(Q(valid_to=None) | Q(valid_to__gt=self.last)).order_by("pk")
            .values_list("pk", "place__path", "place__code", "person", named=True)
        ))  # fmt: skip


def _over(facility: Mapping[str, Any], day: date, values: Iterable[Any]) -> bool:
    limits = discharge_limits(facility["discharge_class"])
    if limits is None:
        return False
    return any(
        value is not None
        and judge(
            limits, quantity, value, sampled_on=day, water_temp_c=temp, built_on=facility["commissioned"]
        ).exceeded
        for quantity, value, temp in values
    )


def _by_state(state: str | None) -> Callable[[_Books], dict[int, Live]]:
    def of(b: _Books) -> dict[int, Live]:
        states, members = b.state_of(), b.members()
        return b.count(
            (v.place__path, f"village:{v.place__code}")
            for v in b.villages()
            if v.place__code in members and (state is None or states[v.pk] == state)
        )

    return of


def _of_villages(field: str, word: str) -> Callable[[_Books], dict[int, Live]]:
    return lambda b: b.sums(
        ((v.place__path, getattr(v, field), f"village:{v.place__code}") for v in b.villages()),
        f"{{n}} 个村里 {{gaps}} 个没有登记{word}",
    )


def _facilities(*status: str) -> Callable[[_Books], dict[int, Live]]:
    return lambda b: b.count(
        (f["place__path"], f"facility:{f['key']}") for f in b.facilities() if not status or f["status"] in status
    )


def _confirmed(*kinds: str) -> Callable[[_Books], dict[int, Live]]:
    def of(b: _Books) -> dict[int, Live]:
        rows = (
            FindingRecord.objects.filter(b.here("facility__place__path"), state="confirmed", kind__in=kinds, period_from__lte=b.last)
            .filter(Q(is_current=True) | Q(closed_on__gte=b.period.first_day)).order_by("facility__key")
        )  # fmt: skip
        found = {f: (path, key) for f, path, key in rows.values_list("facility_id", "facility__place__path", "key")}
        return b.count((path, f"finding:{key}") for path, key in found.values())

    return of


def _bills_missing(b: _Books) -> dict[int, Live]:
    months = {
        date(d.year, d.month, 1)
        for d in (b.period.first_day + timedelta(days=n) for n in range((b.last - b.period.first_day).days + 1))
    }
    rows = [f for f in b.running() if f["power_account"]]
    there: dict[str, set[date]] = defaultdict(set)
    bills = BillRow.objects.filter(account__in=[f["power_account"] for f in rows], month__in=months)
    for account, month in bills.values_list("account", "month"):
        there[account].add(month)
    return b.count(
        (f["place__path"], f"facility:{f['key']}")
        for f in rows
        if any(
            m not in there[f["power_account"]] and (f["commissioned"] is None or f["commissioned"] <= m)
            for m in months
        )
    )


def _issues(keep: Callable[[Any, _Books], bool]) -> Callable[[_Books], dict[int, Live]]:
    return lambda b: b.count((i.place__path, f"issue:{i.key}") for i in b.issues() if keep(i, b))


def _still_open(i: Any, b: _Books) -> bool:
    return i.closed_on > b.last if i.closed_on is not None else bool(i.is_open)


def _reports(b: _Books) -> dict[int, Live]:
    """A report knows no place: it lies where its facility or village lies. Its code is the reporter's and is no reference."""
    first, end = b.span()
    found = list(
        PublicReport.objects.filter(received_at__gte=first, received_at__lt=end).values_list(
            "facility", "village_code"
        )
    )
    at = dict(FacilityRecord.objects.filter(key__in={f for f, _ in found if f}).values_list("key", "place__path"))
    codes = {c for f, c in found if f not in at and c}
    villages = dict(Place.objects.filter(code__in=codes, valid_to=None).values_list("code", "path"))
    rows = [
        (at[f], 1.0, f"facility:{f}") if f in at else (villages[c], 1.0, f"village:{c}")
        for f, c in found
        if f in at or c in villages
    ]
    return b.sums(rows)


_SOURCES: dict[str, Callable[[_Books], dict[int, Live]]] = {
    "villages": _by_state(None), "villages_treated": _by_state("已治理"), "villages_controlled": _by_state("已管控"),
    "villages_open": _by_state("未完成"), "households": _of_villages("households", "户数"),
    "households_connected": _of_villages("households_connected", "接户数"), "sewer_km": _of_villages("sewer_km", "管网长度"),
    "facilities": _facilities(), "facilities_in_use": _facilities("in_use", "trial"), "facilities_stopped": _facilities("stopped"),
    "starved": _confirmed("starved"), "idle": _confirmed(*_IDLE), "bills_missing": _bills_missing,
    "samples_due": lambda b: b.count((f["place__path"], f"facility:{f['key']}") for f, _, _ in b.samples()),
    "samples_done": lambda b: b.count((f["place__path"], f"facility:{f['key']}") for f, due, _ in b.samples() if due is Due.DONE),
    "samples_over": lambda b: b.count((f["place__path"], f"facility:{f['key']}") for f, _, over in b.samples() if over),
    "issues_open": _issues(_still_open),
    "issues_overdue": _issues(lambda i, b: _still_open(i, b) and i.due_on is not None and i.due_on < b.last),
    "issues_new": _issues(lambda i, b: i.assigned_on >= b.period.first_day),
    "issues_closed": _issues(lambda i, b: i.closed_on is not None and b.period.first_day <= i.closed_on <= b.last),
    "reports": _reports,
    "projects_active": lambda b: b.count((p.place__path, f"project:{p.key}") for p in b.projects() if p.stage not in _ENDED),
    "projects_total": lambda b: b.sums(
        (p.place__path, round(p.total_fen / _WAN_FEN, 2), f"project:{p.key}") for p in b.projects() if p.stage not in _ENDED
    ),
    "projects_paid": lambda b: b.sums((p.place__path, round(p.paid_fen / _WAN_FEN, 2), f"project:{p.key}") for p in b.projects()),
    "visits": lambda b: b.count((v.facility__place__path, f"visit:{v.key}") for v in b.visits()),
    "stations_visited": lambda b: b.count((v.facility__place__path, f"facility:{v.facility__key}") for v in b.visits()),
    "staff": lambda b: b.sums(
        (path, 1.0, f"place:{code}") for path, code, _ in {(d.place__path, d.place__code, d.person): 0 for d in b.duties() if d.person}
    ),
    "posts_empty": lambda b: b.sums((d.place__path, 1.0, f"place:{d.place__code}") for d in b.duties() if not d.person),
}  # fmt: skip


def known() -> frozenset[str]:
    """Names of the sources that are reckoned here; a test holds them against the library's."""
    return frozenset(_SOURCES)


def reckon(names: Iterable[str], places: Sequence[Place], period: Period, today: date) -> Figures:
    """What the books say of these sources for these places at the end of a period, by place and source.

    A running period is reckoned up to today. About two questions a source, whatever the number of places.
    """
    out: Figures = {p.pk: {} for p in places}
    if not places:
        return out
    books = _Books(places, period, today)
    for name in dict.fromkeys(names):
        for pk, live in _SOURCES[name](books).items():
            out[pk][name] = live
    return out
