"""The books as the indicators speak of them. Saves nothing."""

from collections.abc import Iterable

from qingxi.indicator import Entry, HamletStanding, Records, State, ThreeBasics, VillageStanding
from qingxi.place import VillageKind
from qingxi_office.places.models import Place
from qingxi_office.villages.models import HamletRecord, ScopeLine, VillageRecord


def standings(villages: Iterable[VillageRecord]) -> tuple[VillageStanding, ...]:
    """Villages (with place and township selected) as standings."""
    return tuple(
        VillageStanding(
            code=v.place.code, name=v.place.name, township=v.place.parent.name if v.place.parent else "",
            kind=VillageKind(v.place.kind) if v.place.kind else VillageKind.VILLAGE, state=State(v.state),
            township_code=v.place.code[:9],
            recognised_on=v.state_on if v.state != State.OPEN.value else None, document=v.state_doc,
            households=v.households or 0, households_connected=v.households_connected or 0,
            basics=ThreeBasics(v.no_sewage_seen, v.no_odour, v.no_complaint),
        )
        for v in villages
    )  # fmt: skip


def county_records(place: Place) -> Records:
    """Everything the indicators need of a county; three queries."""
    lines = ScopeLine.objects.select_related("place").exclude(signed_on=None)
    return Records(
        place.code,
        standings(VillageRecord.objects.filter(place__valid_to=None).select_related("place", "place__parent")),
        tuple(
            HamletStanding(
                h.key, h.name, h.key[:12], h.households or 0, h.households_treated or 0, h.households_controlled or 0,
                h.deductible,
            )
            for h in HamletRecord.objects.all()
        ),
        tuple(
            Entry(s.place.code, s.place.name, s.change == "列入", s.reason, s.signed_on, s.signed_by)
            for s in lines
            if s.signed_on is not None
        ),
    )  # fmt: skip


def within(records: Records, code: str) -> Records:
    """The part of the records that lies in a place, by code."""
    return Records(
        code,
        tuple(v for v in records.villages if v.code.startswith(code)),
        tuple(h for h in records.hamlets if h.code.startswith(code)),
        tuple(e for e in records.entries if e.code.startswith(code)),
        records.hamlet_list,
    )
