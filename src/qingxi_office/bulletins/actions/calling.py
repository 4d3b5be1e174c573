"""Taking a call-over: the books of a period frozen, cards proposed, matters put before the meeting."""

from datetime import date
from typing import Any

from django.db import transaction

from qingxi.bulletin import CallOver, Period, Worthy, month, propose_praise, week
from qingxi.bulletin import County as CountyWords
from qingxi.origin import Ref
from qingxi_office.bulletins import held
from qingxi_office.bulletins.models import BulletinRecord, CallOverRecord, CardRecord, PraiseRecord
from qingxi_office.indicators.actions import compute
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.indicators.records import standings
from qingxi_office.meetings.actions import put_before_next
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import officers
from qingxi_office.places.models import County, Place, Unit
from qingxi_office.places.queries import county, living
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts
from qingxi_office.trail.numbers import next_key
from qingxi_office.trail.queries import count, head
from qingxi_office.villages.models import VillageRecord

_OPEN_CARDS = ("建议", "已告知", "已说明")


def take_call_over(*, by: trail.Doer, as_of: date, cadence: str = "month") -> CallOverRecord:
    """Freeze the month or week that a day lies in, up to that day; propose cards; tell the officers.

    Figures are counted anew first and kept in their own book, so that the frozen ones have their rows there. Raises
    ValueError without a county or without villages.
    """
    rights.check(by, "take_callover")
    own = county()
    if own is None:
        raise ValueError("还没有县,先载入台账")
    if not VillageRecord.objects.exists():
        raise ValueError("还没有村庄台账,算不出治理率")
    whole = week(as_of) if cadence == "week" else month(as_of.year, as_of.month)
    period = Period(whole.name, whole.start, as_of)
    year, number, _ = as_of.isocalendar()
    code = f"{year}-W{number:02d}" if cadence == "week" else f"{as_of:%Y-%m}"
    compute(by=by, as_of=as_of)
    over = _look(own, period)
    body = held.packed(over)
    with transaction.atomic():
        row = CallOverRecord(
            key=next_key(CallOverRecord, f"DD-{code.replace('-', '')}-", width=2), cadence=cadence, name=period.name, period=code, start=period.start,
            as_of=as_of, body=body, sha256=over.sha256, taken_at=clock.now(), taken_by_name=str(by),
            trail_head=head(), trail_count=count(), because=texts(over.because),
            counts={
                "rate": over.main.printed, "open": len(over.found.open), "overdue": len(over.found.overdue),
                "slow": len(over.slow), "cards": len(over.proposals), "worthy": len(over.worthy),
            },
        )  # fmt: skip
        row.save(force_insert=True)
        cards = _propose(row, over)
        trail.record(
            "callover.taken", Ref("callover", row.key), by=by, after={"as_of": as_of, "sha256": row.sha256, **row.counts}
        )  # fmt: skip
        told = f"滞后乡镇 {len(over.slow)} 个，建议亮牌 {len(cards)} 张，逾期问题 {len(over.found.overdue)} 件"
        tell(
            officers(), "callover_taken", str(row), once=f"callover/{row.key}", href=f"/bulletins/call-overs/{row.key}/",
            text=told,
        )  # fmt: skip
    return row


def _look(own: County, period: Period) -> CallOver:
    """What the books say of a period."""
    as_of, place = period.end, own.place
    figures = FigureRecord.objects.select_related("place").defer("place__geometry").filter(unit="%")
    newest = {
        (f.definition, f.place_id): f for f in figures.filter(as_of=as_of).order_by("pk")
    }  # the last row of a day stands
    wanted = own.main_definition or "treatment_rate_village"
    main_row = newest.get((wanted, place.pk)) or newest.get(("treatment_rate_village", place.pk))
    if main_row is None:
        raise ValueError(f"{as_of:%Y-%m-%d} 算不出主口径的数")
    main = held.held_of(main_row)
    others = [
        held.held_of(f)
        for (definition, at), f in sorted(newest.items())
        if at == place.pk
        and definition != main.definition
        and (definition.startswith("treatment_rate_hamlet") or definition == "effective_operation_rate")
    ]
    before = figures.filter(
        definition=main.definition, version=main.version, place=place, as_of__lt=period.start
    ).order_by("-as_of", "-pk")
    previous = before.first()
    towns = list(living("township"))
    parts = [
        (
            t.code,
            t.name,
            held.held_of(f) if (f := newest.get((main.definition, t.pk))) else held.nothing_held(main, t),
        )
        for t in towns
    ]
    problems = held.problems_of(period.start, as_of)
    return CallOver(
        CountyWords(place.name, own.issuing_body or own.lead_department, _addressees()),
        period, main, tuple(others), held.held_of(previous) if previous else None, tuple(parts), problems, held.planned_of(as_of),
        _worthy({x.ref for x in main.numerator}, {p.place for p in problems if not p.ended}), (own.target_rate / 100) if own.target_rate else None,
        held.shapes_of(towns), f"{count()}@{head()[:16]}",
    )  # fmt: skip


def _worthy(counted: set[Ref], troubled: set[str]) -> tuple[Worthy, ...]:
    """Villages of the official figure's numerator that might be praised."""
    rows = VillageRecord.objects.filter(place__valid_to=None).select_related("place", "place__parent")
    fit = propose_praise(standings(rows.defer("place__geometry", "place__parent__geometry")), troubled)
    return tuple(Worthy(v.ref, v.name, v.township, "三基本都达到，没有未结问题") for v in fit if v.ref in counted)


def _addressees() -> tuple[str, ...]:
    names = Unit.objects.filter(level="乡镇", kind="乡镇", valid_to=None).values_list("name", flat=True)
    return tuple(names) or ("各乡镇人民政府",)


def _propose(row: CallOverRecord, over: CallOver) -> list[CardRecord]:
    """A card a township, unless one of it still waits for its decision."""
    waiting = set(CardRecord.objects.filter(state__in=_OPEN_CARDS).values_list("place__code", flat=True))
    places = {p.code: p for p in Place.objects.filter(valid_to=None, code__in=[c.place for c in over.proposals])}
    made = [
        CardRecord(
            callover=row, place=places[p.place], proposed=p.card.value, reasons=list(p.reasons), because=texts(p.because)
        )
        for p in over.proposals
        if p.place not in waiting and p.place in places
    ]  # fmt: skip
    CardRecord.objects.bulk_create(made)
    return made


@transaction.atomic
def praise(row: CallOverRecord, code: str, *, by: Any) -> PraiseRecord:
    """A named officer decides to praise a village that the call-over found worthy."""
    rights.check(by, "decide_card")
    fit = next((w for w in held.call_over_of(row).worthy if w.ref.id == code), None)
    if fit is None:
        raise ValueError("这个村不在建议表扬的名单里")
    place = Place.objects.get(code=code, valid_to=None)
    there = PraiseRecord.objects.filter(callover=row, place=place).first()
    if there is not None:
        return there
    made = PraiseRecord(callover=row, place=place, why=fit.why, officer_id=by.pk, on=clock.today())
    made.save(force_insert=True)
    trail.record("praise.decided", Ref("village", code), by=by, because=fit.why, after={"callover": row.key})
    return made


@transaction.atomic
def unpraise(row: CallOverRecord, code: str, *, by: Any) -> None:
    """The officer takes a praise back before the bulletin has gone out."""
    rights.check(by, "decide_card")
    if row.bulletins.exclude(state=BulletinRecord.State.DRAFT).exists():
        raise ValueError("通报已送审，表扬不能再改")
    if PraiseRecord.objects.filter(callover=row, place__code=code).delete()[0]:
        trail.record("praise.taken_back", Ref("village", code), by=by, after={"callover": row.key})


@transaction.atomic
def put_on_agenda(row: CallOverRecord, *, by: Any) -> int:
    """Put slow townships and proposed cards before the next 推进会; gives how many items stand there. Raises ValueError
    where no group holds the county.
    """
    rights.check(by, "take_callover")
    own, over = county(), held.call_over_of(row)
    path = own.place.path if own else ""
    items = [
        (f"进度滞后：{s.name}", str(Ref("callover", f"{row.key}/{s.place}")), "；".join(s.reasons))
        for s in over.slow
    ]
    items += [
        (f"建议{c.proposed}：{c.place.name}", str(Ref("card", str(c.pk))), "；".join(c.reasons))
        for c in row.cards.filter(state__in=_OPEN_CARDS).select_related("place")
    ]
    for title, subject, why in items:
        if put_before_next(title, subject, by=by, why=f"{row}：{why}", path=path) is None:
            raise ValueError("还没有会议小组，先在“会议”里建领导小组")
    if items:
        trail.record("callover.on_agenda", Ref("callover", row.key), by=by, after=len(items))
    return len(items)
