"""All that is known of one facility, bundled for the rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from qingxi.origin import Ref
from qingxi.reading import Bill, DailySeries, LabResult, Visit


@dataclass(frozen=True)
class Evidence:
    """What the rules may look at.

    Attributes
    ----------
    series : mapping
        Daily series by quantity code: ``"flow"`` (m3/d), ``"energy"`` (kWh/d), ``"cod"``, ...
    bills : tuple of Bill
        Of the facility's own account only.
    labs, visits : tuples
    last_heard_at : datetime or None
        When its device was last heard; None where it has none or was never heard.
    source : str
        Where the series come from, in words; empty: by what the facility's register says.
    """

    series: Mapping[str, DailySeries] = field(default_factory=dict)
    bills: tuple[Bill, ...] = ()
    labs: tuple[LabResult, ...] = ()
    visits: tuple[Visit, ...] = ()
    last_heard_at: datetime | None = None
    source: str = ""


def bill_ref(bill: Bill) -> Ref:
    """Reference of a month's bill."""
    return Ref("bill", f"{bill.account}/{bill.month:%Y-%m}")


def lab_ref(lab: LabResult) -> Ref:
    """Reference of a laboratory sample: facility, day and point; its values stand in it."""
    return Ref("lab", f"{lab.facility}/{lab.sampled_on:%Y-%m-%d}/{lab.point}")


def visit_ref(visit: Visit) -> Ref:
    """Reference of a round."""
    return Ref("visit", f"{visit.facility}/{visit.visited_at:%Y-%m-%dT%H:%M}")


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
) -> dict[str, Evidence]:
    """Sort a county's evidence by facility.

    Parameters
    ----------
    facilities : iterable of (id, power account)
        The account may be empty; a bill of an account that no facility has belongs to nobody.
    series : mapping
        By facility, then quantity.

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
    return {
        facility: Evidence(
            series=(series or {}).get(facility, {}),
            bills=tuple(sorted(own_bills.get(facility, ()), key=lambda b: b.month)),
            labs=tuple(sorted(own_labs.get(facility, ()), key=lambda r: (r.sampled_on, r.point, r.quantity))),
            visits=tuple(sorted(own_visits.get(facility, ()), key=lambda v: v.visited_at)),
            last_heard_at=(heard or {}).get(facility),
        )
        for facility, _ in pairs
    }
