"""Stopped or idle by the month, from electricity bills and rounds alone (电费单与巡查): intervals of whole months.

A month is off when its bill says that nothing drew power at all, resting when it lies far below what this plant draws
when it treats. What it draws when it treats is its own usual month; a plant that never had one is held against the low
end of published figures. Rounds of the month confirm or speak against; a bill that only repeats the last one was
estimated and says nothing by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.evidence import bill_ref, visit_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.look import Look
from qingxi.finding.rounds import first_still_day, last_still_day, meter_stands, rounds_of
from qingxi.finding.rule import cannot, found
from qingxi.finding.stopped_by_paper import days_of, runs
from qingxi.finding.thresholds import lowest, threshold
from qingxi.reading import Bill, Visit

_SCATTER = 0.2
_LEAST_READ = 3


@dataclass(frozen=True, slots=True)
class Month:
    """A month as its papers tell it: kWh a day (NaN without a bill), whether the bill was estimated, its rounds."""

    first: date
    bill: Bill | None
    kwh_d: float
    estimated: bool
    running: tuple[Visit, ...]
    standing: tuple[Visit, ...]
    dry: tuple[Visit, ...]

    @property
    def last(self) -> date:
        return self.first + timedelta(days=days_of(self.first) - 1)


def months_of(look: Look) -> list[Month]:
    """Every month of the look that has a bill or a telling round, in order."""
    bills = {b.month.replace(day=1): b for b in look.evidence.bills if b.month <= look.last}
    rounds: dict[date, list[Visit]] = {}
    for visit in look.evidence.visits:
        if visit.visited_at.date() <= look.last:
            rounds.setdefault(visit.visited_at.date().replace(day=1), []).append(visit)
    read = _by_meter(look, sorted({*bills, *rounds}))
    late = _billed_late(bills, read)
    shared = _shared(bills, read, late)
    out: list[Month] = []
    before: float | None = None
    for month in sorted({*rounds, *(_before(m) if late else m for m in bills)}):
        bill = bills.get(_after(month) if late else month)
        kwh = bill.kwh if bill is not None else None
        same = kwh is not None and before is not None and kwh == before and kwh > 0
        before = kwh if kwh is not None else before
        kwh_d = float("nan") if kwh is None or bill is None else kwh / days_of(month)
        if month in read:
            kwh_d, same = read[month], False  # what the rounds read off the meter themselves
        elif shared:
            kwh_d = float("nan")  # what the bill tells is not the plant's alone
        seen = rounds.get(month, [])
        out.append(
            Month(
                month, bill, kwh_d, same,
                tuple(v for v in seen if runs(v) is True), tuple(v for v in seen if runs(v) is False),
                tuple(v for v in seen if "no" in {v.answers.get("inflow"), v.answers.get("outflow")}),
            )
        )  # fmt: skip
    return [m for m in out if m.last >= look.first]


def _after(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _by_meter(look: Look, months: Sequence[date]) -> dict[date, float]:
    """kWh a day of the months that lie between meter readings of rounds; a reading below the one before is left out."""
    at: list[float] = []
    kwh: list[float] = []
    for visit in look.evidence.visits:
        if (
            visit.meter_kwh is not None
            and visit.visited_at.date() <= look.last
            and (not kwh or visit.meter_kwh >= kwh[-1])
        ):
            at.append(visit.visited_at.date().toordinal() + visit.visited_at.hour / 24)
            kwh.append(visit.meter_kwh)
    out = {}
    for month in months:
        start, end = float(month.toordinal()), float(_after(month).toordinal())
        inside = [t for t in at if start <= t < end]
        # One reading in the month and one within a month of each end: it cannot hide much.
        if len(at) >= 3 and inside and at[0] <= start + 10 and at[-1] >= end - 10:
            # Days before the first reading and after the last say nothing: they are not divided by.
            start, end = max(start, at[0]), min(end, at[-1])
            low, high = np.interp([start, end], at, kwh)
            if end > start:
                out[month] = float(high - low) / (end - start)
    return out


def _billed_late(bills: dict[date, Bill], read: dict[date, float]) -> bool:
    """Whether a month's bill tells of the month before, as the meter was read by the rounds; when in doubt it does not."""
    own, earlier = [], []
    for month, bill in bills.items():
        if month in read and _before(month) in read:
            own.append(abs(bill.kwh / days_of(month) - read[month]))
            earlier.append(abs(bill.kwh / days_of(_before(month)) - read[_before(month)]))
    return len(own) >= _LEAST_READ and sum(earlier) < 0.7 * sum(own)


def _shared(bills: dict[date, Bill], read: dict[date, float], late: bool) -> bool:
    """Whether more hangs on the account than the plant's own meter (street lamps): month after month the bill tells of
    clearly more than the rounds read."""
    more = [
        (bills[billed].kwh / days_of(month) - kwh_d, kwh_d)
        for month, kwh_d in read.items()
        if (billed := _after(month) if late else month) in bills
    ]
    if len(more) < _LEAST_READ:
        return False
    over = [extra > max(threshold("shared.kwh_d"), threshold("shared.share") * kwh_d) for extra, kwh_d in more]
    return sum(over) >= threshold("shared.months") * len(over)


def days_within(month: Month, low: float, high: float) -> int:
    """Days of a month at the edge of a stretch that belong to it: where its draw lies between the stretch's and the usual
    one, it changed on the way. Below a fifth it is the month's own scatter."""
    if np.isnan(month.kwh_d) or month.estimated or not high > low:
        return 0
    share = float(np.clip((high - month.kwh_d) / (high - low), 0.0, 1.0))
    return round(share * days_of(month.first)) if share > _SCATTER else 0


def usual_kwh_d(look: Look, months: Sequence[Month]) -> float:
    """What it draws when it treats: the upper fifth of its own months, never below the low end by design."""
    floor = threshold("idle.kwh_per_m3_design") * look.facility.design_m3_d
    known = [m.kwh_d for m in months if not np.isnan(m.kwh_d) and not m.estimated]
    return max(floor, float(np.quantile(known, 0.8))) if len(known) >= 3 else floor


class _ByMonth:
    """What stopped and idle by papers share."""

    needs = ("用电户号的电费单", "巡查记录")
    severe = True
    levels = (EvidenceLevel.PAPER,)
    code = kind = name = version = overturned_by = blind = said = ""

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        months = months_of(look)
        if not any(m.bill is not None or m.running or m.standing or m.dry for m in months):
            return cannot(self, look, "没有电费单，也没有说得清运转与否的巡查")
        usual = usual_kwh_d(look, months)
        runs_: list[list[Month]] = [[]]
        for month in months:
            verdict = self._holds(look, month, usual)
            if verdict is True:
                if runs_[-1] and (month.first - runs_[-1][-1].last).days > 40:
                    runs_.append([])
                runs_[-1].append(month)
            elif verdict is False and runs_[-1]:
                runs_.append([])
        long = threshold("paper.months")
        return [self._found(look, run, usual, months) for run in runs_ if len(run) >= long and self._sure(run)]

    def _sure(self, run: list[Month]) -> bool:
        """Whether what the months say together is enough."""
        return True

    def _holds(self, look: Look, month: Month, usual: float) -> bool | None:
        """Whether the month is of this kind; None when its papers do not say."""
        raise NotImplementedError

    def _by_rounds(self, look: Look, i: int, j: int) -> tuple[int, int]:
        """First and last day as the bills have them, moved to where the dated rounds speak least against."""
        seen, reach = rounds_of(look), int(threshold("paper.turn_days"))
        i = first_still_day(seen, i, reach)
        j = max(i, last_still_day(seen, j, reach))
        return max(0, i), min(look.days - 1, j)

    def _found(self, look: Look, run: list[Month], usual: float, months: Sequence[Month]) -> Finding:
        i, j = look.index(run[0].first), look.index(run[-1].last)
        low = [m.kwh_d for m in run if not np.isnan(m.kwh_d)]
        if low and not look.passive:
            for month in months:
                if month.last == run[0].first - timedelta(days=1):
                    i -= days_within(month, float(np.mean(low)), usual)
                elif month.first == run[-1].last + timedelta(days=1):
                    j += days_within(month, float(np.mean(low)), usual)
        i, j = self._by_rounds(look, i, j)
        bills = [m.bill for m in run if m.bill is not None]
        standing = [v for m in run for v in (*m.standing, *(d for d in m.dry if d not in m.standing))]
        running = [v for m in run for v in m.running]
        pieces: list[Piece] = []
        if bills:
            total, days = sum(b.kwh for b in bills), max(1, sum(days_of(b.month) for b in bills))
            pieces.append(
                Piece("电费单", f"{len(bills)} 个月共 {total:.0f} kWh，每天 {total / days:.2g} kWh；它处理时每天约 {usual:.2g} kWh",
                      len(bills), tuple(bill_ref(b) for b in bills))
            )  # fmt: skip
        if standing:
            pieces.append(_rounds(standing, "记未运转或没有进水"))
        sure = Confidence.HIGH if bills and standing and not running else Confidence.FAIR
        return found(
            self, look, i, j, self.said, pieces, confidence=sure,
            counter=[_rounds(running, "记在运转")] if running else [],
            numbers=[Number("每天用电", float(np.mean(known)), "kWh/d")] if (known := [m.kwh_d for m in run if not np.isnan(m.kwh_d)]) else [],
            use=lowest([b.use for b in bills] + [v.use for v in standing]),
            remark="台账已登记停用" if look.facility.status == "stopped" else "",
        )  # fmt: skip


def _rounds(visits: Sequence[Visit], what: str) -> Piece:
    first, last = visits[0].visited_at, visits[-1].visited_at
    said = f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d} {len(visits)} 次巡查{what}"
    return Piece("巡查记录", said, len(visits), tuple(visit_ref(v) for v in visits))


class StoppedByMonth(_ByMonth):
    """Months without any draw, or months whose rounds all found it standing."""

    code, kind, name, version = "stopped-months", "stopped", "停运（电费单与巡查，按月）", "3"
    overturned_by = "现场看到设备运转，或查明换了户号、与他处合表、另接电源、抄表有误"
    blind = "户号上还接着路灯的，电费单看不出；两次抄表之间短时停运看不出"
    said = "几乎没有用电，多半停了"

    def _holds(self, look: Look, month: Month, usual: float) -> bool | None:
        if look.passive:
            return (
                True
                if month.standing and len(month.standing) >= len(month.running)
                else False
                if month.running
                else None
            )
        if np.isnan(month.kwh_d) or month.estimated:
            return None
        off = month.kwh_d <= max(threshold("off.kwh_d"), threshold("off.share") * usual)
        stood = stood_share(look, month) >= threshold("off.month_share") and len(month.standing) > len(
            month.running
        )
        if off or stood:
            return len(month.running) <= len(month.standing) + 1
        return False


def stood_share(look: Look, month: Month) -> float:
    """Share of a month's days over which the rounds read the same figure off the meter: what ran before or after is not
    spread over them as a bill would."""
    a, b = look.index(month.first), look.index(month.last)
    stood = sum(
        max(0, min(b, last) - max(a, first) + 1)
        for first, last in meter_stands(look, threshold("off.kwh_d"))
        if last - first >= threshold("stopped.visit_days")
    )
    return stood / (b - a + 1)


class IdleByMonth(_ByMonth):
    """Months with some draw, far below treating, and rounds that find it standing or dry."""

    code, kind, name, version = "idle-months", "idle", "闲置（电费单与巡查，按月）", "3"
    overturned_by = "现场看到正常进水处理，或查明换了表、另接电源、抄表有误"
    blind = "没有水量：用电少而巡查又少的月份分不清闲置与吃不饱"
    said = "用电远低于它处理时，巡查多记未运转或没有进水，多半闲置"

    def _holds(self, look: Look, month: Month, usual: float) -> bool | None:
        against, agreeing = len(month.running), len({id(v) for v in (*month.standing, *month.dry)})
        if look.passive:
            return None
        if np.isnan(month.kwh_d) or month.estimated:
            return None if not (against or agreeing) else agreeing > against
        if month.kwh_d <= max(threshold("off.kwh_d"), threshold("off.share") * usual):
            return False  # that is stopped
        if stood_share(look, month) > threshold("idle.stood_share"):
            return False  # a control box draws every day
        low = month.kwh_d <= threshold("idle.bill_share") * usual
        return low and agreeing >= against

    def _sure(self, run: list[Month]) -> bool:
        # Water that runs through while nothing turns is another matter: here the rounds find it dry.
        standing = {id(v) for m in run for v in (*m.standing, *m.dry)}
        dry = {id(v) for m in run for v in m.dry}
        return bool(standing) and len(dry) >= threshold("idle.dry_share") * len(standing)
