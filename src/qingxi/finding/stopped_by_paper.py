"""Stopped, from electricity bills and visits alone (停运): what nearly every village plant can be known by."""

from datetime import date, timedelta

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence, bill_ref, visit_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.thresholds import enough, lowest, passive, standby_kwh_d, threshold, window
from qingxi.reading import Bill, Visit


def days_of(month: date) -> int:
    """Days of a month."""
    return ((month.replace(day=28) + timedelta(days=4)).replace(day=1) - month).days


def runs(visit: Visit) -> bool | None:
    """What a visit says of running: the blower, else inflow and outflow; None where it says neither."""
    blower = visit.answers.get("blower")
    if blower in {"on", "off"}:
        return blower == "on"
    outflow, inflow = visit.answers.get("outflow"), visit.answers.get("inflow")
    if outflow in {"yes", "no"}:
        return outflow == "yes"
    return None if inflow not in {"yes", "no"} else inflow == "yes"


class StoppedByPaper:
    """Bills near zero month after month, or visits that keep finding nothing running."""

    code = "stopped-paper"
    name = "停运（电费单与巡查）"
    version = "1"
    needs = ("用电户号的电费单", "巡查记录")
    overturned_by = "现场看到设备运转，或查明户号换了、与他处合表、另接电源、抄表有误"
    blind = "户号上还接着路灯的、两次抄表之间短时停运的，看不出"
    severe = True

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        days = int(threshold("stopped.days"))
        telling = ("flow",) if passive(facility) else ("flow", "energy")
        if any(enough(window(evidence.series.get(q), as_of, days)) for q in telling):
            return None  # daily data say more
        bills = () if passive(facility) else tuple(b for b in evidence.bills if b.month < as_of.replace(day=1))
        visits = tuple(v for v in evidence.visits if v.visited_at.date() <= as_of and runs(v) is not None)
        dead = self._dead_months(facility, bills)
        fresh = bool(bills) and (as_of - bills[-1].month).days <= 100
        if fresh and len(dead) >= threshold("stopped.months"):
            return self._by_bills(facility, dead, visits, as_of)
        if fresh and bills:
            return None  # it drew power last month
        return self._by_visits(facility, visits, as_of)

    def _dead_months(self, facility: Facility, bills: tuple[Bill, ...]) -> tuple[Bill, ...]:
        """The last bills in a row, months without a hole, that lie at or below standby."""
        dead: list[Bill] = []
        for bill in reversed(bills):
            hole = dead and (dead[-1].month - bill.month).days > 31
            if hole or bill.kwh > standby_kwh_d(facility) * days_of(bill.month):
                break
            dead.append(bill)
        return tuple(reversed(dead))

    def _by_bills(
        self, facility: Facility, dead: tuple[Bill, ...], visits: tuple[Visit, ...], as_of: date
    ) -> Finding:
        start = dead[0].month
        total = sum(b.kwh for b in dead)
        floor = standby_kwh_d(facility) * 30
        during = [v for v in visits if v.visited_at.date() >= start]
        against = [v for v in during if runs(v)]
        agreeing = [v for v in during if not runs(v)]
        bills = Piece(
            "电费单",
            f"户号 {facility.power_account} 连续 {len(dead)} 个月共 {total:.0f} kWh，每月不高于待机用电（约 {floor:.0f} kWh）",
            len(dead),
            tuple(bill_ref(b) for b in dead),
        )
        pieces = (bills, _visits_piece(agreeing, "记未运转")) if agreeing else (bills,)
        counter = (_visits_piece(against, "记在运转"),) if against else ()
        sure = len(dead) >= threshold("stopped.months_sure")
        if against and len(against) >= len(agreeing):
            confidence = Confidence.LOW
        else:
            confidence = Confidence.HIGH if sure and agreeing else Confidence.FAIR
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            start,
            as_of,
            confidence,
            f"{facility.name}自 {start:%Y年%m月} 起几乎不用电，多半停了",
            pieces,
            self.overturned_by,
            counter,
            lowest([b.use for b in dead] + [v.use for v in agreeing]),
            "台账已登记停用" if facility.status == "stopped" else "",
        )

    def _by_visits(self, facility: Facility, visits: tuple[Visit, ...], as_of: date) -> Finding | CannotTell | None:
        needed = int(threshold("stopped.visits"))
        recent = [v for v in visits if (as_of - v.visited_at.date()).days <= 180]
        if len(recent) < needed:
            reason = f"没有电费单可用，半年内说得清运转与否的巡查只有 {len(recent)} 次（要 {needed} 次）"
            return CannotTell(facility.id, self.code, self.name, reason, self.needs)
        trailing: list[Visit] = []
        for visit in reversed(recent):
            if runs(visit):
                break
            trailing.append(visit)
        trailing.reverse()
        if len(trailing) < needed:
            return None
        start = trailing[0].visited_at.date()
        if (trailing[-1].visited_at.date() - start).days < threshold("stopped.visit_days"):
            return None
        several = len({v.by_role for v in trailing}) > 1 or len({v.by for v in trailing}) > 1
        return Finding(
            facility.id,
            self.code,
            self.version,
            self.name,
            start,
            as_of,
            Confidence.FAIR if several else Confidence.LOW,
            f"{facility.name}自 {start:%Y-%m-%d} 起连续 {len(trailing)} 次巡查都未运转，多半停了",
            (_visits_piece(trailing, "记未运转"),),
            self.overturned_by,
            use=lowest(v.use for v in trailing),
            remark="台账已登记停用" if facility.status == "stopped" else "",
        )


def _visits_piece(visits: list[Visit], what: str) -> Piece:
    first, last = visits[0].visited_at, visits[-1].visited_at
    said = f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d} {len(visits)} 次巡查{what}"
    return Piece("巡查记录", said, len(visits), tuple(visit_ref(v) for v in visits))
