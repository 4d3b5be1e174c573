"""All that is known of one facility, bundled for the rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from qingxi.origin import Ref
from qingxi.reading import Bill, DailySeries, LabResult, Samples, Visit


class EventKind(StrEnum):
    """What somebody told us beforehand or wrote down."""

    SENSOR_REPLACED = "sensor_replaced"  # 换表、换探头、校准
    POWER_CUT = "power_cut"  # 供电所通知的停电
    DECLARED_STOP = "declared_stop"  # 报备的停机检修


@dataclass(frozen=True, slots=True)
class Event:
    """A thing known of a facility that explains what its data show.

    Attributes
    ----------
    first, last : date
        Both days with.
    quantity : str
        Which sensor; empty: the plant as a whole.
    """

    facility: str
    kind: EventKind
    first: date
    last: date
    quantity: str = ""
    said: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the rules may look at.

    Attributes
    ----------
    series : mapping
        Daily series by quantity code: ``"flow"`` (m3/d), ``"energy"`` (kWh/d), ``"cod"``, ... and
        ``"clock_offset"``: device's clock minus ours, seconds, median of the day.
    bills : tuple of Bill
        Of the facility's own account only.
    labs, visits : tuples
    last_heard_at : datetime or None
        When its device was last heard; None where it has none or was never heard.
    source : str
        Where the series come from, in words; empty: by what the facility's register says.
    samples : mapping
        Readings as they arrived, usually every 15 minutes, by quantity: ``"flow"`` (m3/d, as the house counts it),
        ``"power"`` (kW of the whole plant), effluent ``"cod"``, ``"nh3n"``, ``"ph"``, ``"do"`` (in the tank),
        ``"level"`` (m, wet well), influent ``"cod_in"``, ``"nh3n_in"``, ``"water_temp"``.
    rain : DailySeries or None
        Rain of the place, mm/d.
    rain_samples : Samples or None
        The same within the day, mm in each step, where a gauge tells it.
    events : tuple of Event
    people : DailySeries or None
        People present in the villages it serves, by day, where that is known.
    """

    series: Mapping[str, DailySeries] = field(default_factory=dict)
    bills: tuple[Bill, ...] = ()
    labs: tuple[LabResult, ...] = ()
    visits: tuple[Visit, ...] = ()
    last_heard_at: datetime | None = None
    source: str = ""
    samples: Mapping[str, Samples] = field(default_factory=dict)
    rain: DailySeries | None = None
    rain_samples: Samples | None = None
    events: tuple[Event, ...] = ()
    people: DailySeries | None = None


def bill_ref(bill: Bill) -> Ref:
    """Reference of a month's bill."""
    return Ref("bill", f"{bill.account}/{bill.month:%Y-%m}")


def lab_ref(lab: LabResult) -> Ref:
    """Reference of a laboratory sample: facility, day and point; its values stand in it."""
    return Ref("lab", f"{lab.facility}/{lab.sampled_on:%Y-%m-%d}/{lab.point}")


def visit_ref(visit: Visit) -> Ref:
    """Reference of a round, by the name it has where it is kept; facility and minute for one that has none."""
    return Ref("visit", visit.key or f"{visit.facility}/{visit.visited_at:%Y-%m-%dT%H:%M}")


def series_ref(series: DailySeries) -> Ref:
    """Reference of a daily series."""
    return Ref("series", f"{series.facility}/{series.quantity}")


def bundle(
    facilities: Iterable[tuple[str, str]],
    *,
    series: Mapping[str, Mapping[str, DailySeries]] | None = None,
    bills: Iterable[Bill] = (),
    labs: Iterable[LabResult] = (),
    visits: Iterable[Visit] = (),
    heard: Mapping[str, datetime] | None = None,
    samples: Mapping[str, Mapping[str, Samples]] | None = None,
    rain: Mapping[str, DailySeries] | None = None,
    events: Iterable[Event] = (),
    people: Mapping[str, DailySeries] | None = None,
) -> dict[str, Evidence]:
    """Sort a county's evidence by facility.

    Parameters
    ----------
    facilities : iterable of (id, power account)
        The account may be empty; a bill of an account that no facility has belongs to nobody.
    series, samples : mapping
        By facility, then quantity.
    rain, people : mapping
        By facility.

    Returns
    -------
    dict
        One :class:`Evidence` a facility, rows in order of time. One pass over each kind.
    """
    pairs = list(facilities)
    of_account: dict[str, list[str]] = {}
    for facility, account in pairs:
        if account:
            of_account.setdefault(account, []).append(facility)
    own_bills: dict[str, list[Bill]] = {}
    for bill in bills:
        for facility in of_account.get(bill.account, ()):
            own_bills.setdefault(facility, []).append(bill)
    own_labs: dict[str, list[LabResult]] = {}
    for lab in labs:
        own_labs.setdefault(lab.facility, []).append(lab)
    own_visits: dict[str, list[Visit]] = {}
    for visit in visits:
        own_visits.setdefault(visit.facility, []).append(visit)
    own_events: dict[str, list[Event]] = {}
    for event in events:
        own_events.setdefault(event.facility, []).append(event)
    return {
        facility: Evidence(
            series=(series or {}).get(facility, {}),
            bills=tuple(sorted(own_bills.get(facility, ()), key=lambda b: b.month)),
            labs=tuple(sorted(own_labs.get(facility, ()), key=lambda r: (r.sampled_on, r.point, r.quantity))),
            visits=tuple(sorted(own_visits.get(facility, ()), key=lambda v: v.visited_at)),
            last_heard_at=(heard or {}).get(facility),
            samples=(samples or {}).get(facility, {}),
            rain=(rain or {}).get(facility),
            events=tuple(sorted(own_events.get(facility, ()), key=lambda e: (e.first, e.kind))),
            people=(people or {}).get(facility),
        )
        for facility, _ in pairs
    }
