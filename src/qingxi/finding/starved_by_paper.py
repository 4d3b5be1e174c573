"""Starved by papers (吃不饱): what the register says is connected can never fill it; the bills say since when."""

from collections.abc import Sequence
from math import exp

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.by_paper import Month, days_within, months_of, usual_kwh_d
from qingxi.finding.earlier_years import same_month_before
from qingxi.finding.evidence import bill_ref, visit_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.interval import Flags, Floats, median_of, quantile_of, stretches
from qingxi.finding.lean_months import LEAST_KNOWN, LeanMonths, lean_months
from qingxi.finding.little_water import LittleWater, little_water
from qingxi.finding.load import guests_share
from qingxi.finding.look import Look
from qingxi.finding.only_less_water import only_less_water
from qingxi.finding.rounds import scanty, sees_no_water
from qingxi.finding.rule import cannot, found
from qingxi.finding.thresholds import threshold
from qingxi.origin import Ref

_MONTH = 31


class StarvedByMonth:
    """Connected households bring far less than it was built for; where the bills fell at some month, since then."""

    code, kind, name, version = "starved-months", "starved", "吃不饱（接入户数、电费单与巡查）", "5"
    needs = (
        "接入户数",
        "用电户号的电费单（没有时整段；有往年的更好）",
        "进出水检测（户数不低时）",
        "巡查记的进水出水（户数不低时）",
    )
    overturned_by = "装表测得的水量不低、接入户数登记不全，或另有单位的水接入"
    blind = "没有水量：户数登记得多而管网不通的，没有往年电费单时整年如此就看不出，风机定时、没有提升泵的看不大出；不用电的大站断了管，看不出"
    severe = False
    levels = (EvidenceLevel.PAPER,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        f = look.facility
        if f.households_connected <= 0:
            return cannot(self, look, "台账没有接入户数", "接入户数")
        people, litres = threshold("starved.people_per_household"), threshold("starved.l_per_person")
        flow = f.households_connected * people * litres / 1000
        load = flow / f.design_m3_d
        months = months_of(look)
        kwh = np.array([m.kwh_d for m in months])
        usual = usual_kwh_d(look, months)
        with np.errstate(invalid="ignore"):
            resting = kwh <= threshold("idle.bill_share") * usual
        # Idle or stopped, unless the rounds saw it run.
        resting &= np.array([len(m.running) <= len(m.standing) + len(m.dry) for m in months], dtype=np.bool_)
        told = None if look.passive else lean_months(np.where(resting, np.nan, kwh))
        heads = full_house(look)
        many = heads > threshold("starved.heads") * f.households_connected  # most of them are not connected
        said = f"接入 {f.households_connected} 户 × {people:g} 人 × {litres:g} L/(人·d) ≈ {flow:.1f} m³/d"
        register = [Piece("处理设施台账", said, 1, (Ref("facility", f.id),))]
        if many:
            each = heads / f.households_connected
            register.append(
                Piece("在家人数", f"村里住满时有 {heads:.0f} 人，接入的每户合 {each:.1f} 人，多数没有接", 1)
            )
        if _few_connected(load, many, told):
            spans, why, remark = self._since(look, months, resting, told), BY_REGISTER, "没有流量，由接入户数推算"
        else:
            little = little_water(look, months, resting.tolist())
            if little is None or not only_less_water(look, little, months):
                return []
            spans = [little_span(look, little, months)]
            why = BY_BILLS if little.bills >= little.rounds else BY_ROUNDS
            remark = "没有流量，由电费单和巡查推算"
        known = kwh[~np.isnan(kwh)]
        out = []
        for i, j in spans:
            pieces = [*register, *said_by_bills(look, months, i, j, known), *said_by_rounds(look, i, j)]
            out.append(
                found(
                    self, look, i, j, why.format(share=load, design=f.design_m3_d), pieces,
                    confidence=Confidence.FAIR if len(pieces) > 1 else Confidence.LOW,
                    numbers=[Number("推算负荷率", 100 * load, "%")], remark=remark,
                )
            )  # fmt: skip
        return out

    def _since(
        self, look: Look, months: Sequence[Month], resting: Flags, told: LeanMonths | None
    ) -> list[tuple[int, int]]:
        """First and last days where the register tells of few connected houses: as the bills say, else the rounds, else
        the whole time."""
        kwh = np.array([m.kwh_d for m in months])
        known = kwh[~np.isnan(kwh)]
        lean = np.ones(len(months), dtype=np.bool_)
        fell = known.size >= LEAST_KNOWN and np.quantile(known, 0.9) > threshold("starved.fell") * np.quantile(
            known, 0.1
        )
        by_bills = not look.passive and (told is not None or fell)
        if told is not None:
            lean[: told.first], lean[told.last + 1 :] = False, False
        elif by_bills:
            with np.errstate(invalid="ignore"):
                lean = kwh < threshold("starved.bill_share") * np.quantile(known, 0.9)
        if not look.passive:
            lean &= ~resting
        seen = None if by_bills else scanty(look, nothing_too=True)
        dated = seen if seen is not None and seen.sure >= threshold("starved.round_dates") else None
        if dated is not None:
            lean &= [look.index(m.last) >= dated.first and look.index(m.first) <= dated.last for m in months]
        out = []
        for a, b in stretches(lean, join=1, least=int(threshold("starved.months"))):
            i, j = edges(look, months, a, b, told.low if told else np.nan, told.high if told else np.nan)
            if told is not None:
                # The register lasts; a month or two that draw more, the first or the last known, may be Spring Festival.
                least = int(threshold("starved.months"))
                before, after = np.count_nonzero(~np.isnan(kwh[:a])), np.count_nonzero(~np.isnan(kwh[b + 1 :]))
                i = 0 if before < least and i <= _MONTH * (least - 1) else i
                j = look.days - 1 if after < least and look.days - 1 - j <= _MONTH * (least - 1) else j
            if dated is not None:
                i, j = max(i, dated.first), min(j, dated.last)
            out.append((max(0, i), min(look.days - 1, j)))
        return out


def _few_connected(load: float, many: bool, told: LeanMonths | None) -> bool:
    """Whether what the register counts can never fill it."""
    if load < threshold("starved.register_sure") or (many and load < threshold("starved.load")):
        return True
    # Between sure and not, the bills must say it: sharply, and longer than people are away or back at Spring Festival.
    least = int(threshold("starved.months"))
    return (
        told is not None
        and load < threshold("starved.register")
        and told.told(threshold("starved.step_sure"), least)
    )


def little_span(look: Look, little: LittleWater, months: Sequence[Month]) -> tuple[int, int]:
    """First and last day: as the bills have them where they fell, else as the rounds have them."""
    a, b = little.first, little.last
    if little.fall:
        kwh = np.array([m.kwh_d for m in months])
        rest = np.concatenate([kwh[:a], kwh[b + 1 :]])
        low = float(np.nanmean(kwh[a : b + 1])) if not np.isnan(kwh[a : b + 1]).all() else float("nan")
        high = low / exp(little.fall) if np.isnan(rest).all() else float(np.nanmean(rest))
        i, j = edges(look, months, a, b, low, high)
    else:
        i, j = look.index(months[a].first), look.index(months[b].last)
        if (seen := scanty(look)) is not None and seen.first <= j and seen.last >= i:
            i, j = seen.first, seen.last
    return max(0, i), min(look.days - 1, j)


def edges(look: Look, months: Sequence[Month], a: int, b: int, low: float, high: float) -> tuple[int, int]:
    """First and last day of the months a to b; it began and ended within the months beside: so many of their days as
    their draw, between ``low`` and ``high`` kWh/d, says."""
    i, j = look.index(months[a].first), look.index(months[b].last)
    i -= days_within(months[a - 1], low, high) if a > 0 else 0
    j += days_within(months[b + 1], low, high) if b < len(months) - 1 else 0
    return i, j


def said_by_bills(look: Look, months: Sequence[Month], i: int, j: int, known: Floats) -> list[Piece]:
    """The bills of these days, beside the better months and beside the same months of the year before."""
    part = [m for m in months if m.bill is not None and look.index(m.last) >= i and look.index(m.first) <= j]
    bills = [m.bill for m in part if m.bill is not None]
    if not bills or not known.size:
        return []
    mean = float(np.nanmean([m.kwh_d for m in part])) if not np.isnan([m.kwh_d for m in part]).all() else 0.0
    out = [
        Piece("电费单", f"{len(bills)} 个月平均每天 {mean:.2g} kWh，较好时 {np.quantile(known, 0.9):.2g} kWh",
              len(bills), tuple(bill_ref(x) for x in bills))
    ]  # fmt: skip
    pairs = [
        (m.bill, then) for m in part if m.bill is not None and (then := same_month_before(look, m, 1)) is not None
    ]
    if pairs and (total := sum(then.kwh for _, then in pairs)) > 0:
        share = sum(bill.kwh for bill, _ in pairs) / total
        said = f"这些月份中 {len(pairs)} 个月有上一年同月的电费单，用电为那时的 {share:.0%}"
        out.append(Piece("上一年同月电费单", said, len(pairs), tuple(bill_ref(then) for _, then in pairs)))
    return out


def said_by_rounds(look: Look, i: int, j: int) -> list[Piece]:
    """The rounds of these days that saw no water though nothing stood still, where they tell of little water."""
    seen = scanty(look)
    if seen is None or seen.first > j or seen.last < i:
        return []
    visits = [v for v in look.evidence.visits if i <= look.index(v.visited_at.date()) <= j]
    turned = [v for v in visits if v.answers.get("blower") != "off"]
    empty = [v for v in turned if sees_no_water(v)]
    said = f"{len(turned)} 次巡查中 {len(empty)} 次没有看到来水或出水，设备没有停着"
    return [Piece("巡查记录", said, len(turned), tuple(visit_ref(v) for v in empty))] if empty else []


BY_REGISTER = "按接入户数推算进水约为设计规模 {design:g} m³/d 的 {share:.0%}"
BY_ROUNDS = (
    "照常开机而好几回巡查看不到来水或出水，多半来水少；台账户数推算为设计规模 {design:g} m³/d 的 {share:.0%}"
)
BY_BILLS = "照常开机而用电低了一截，出水不比别的月份差，多半来水少了；台账户数推算为设计规模 {design:g} m³/d 的 {share:.0%}"


def full_house(look: Look) -> float:
    """People at home on an ordinary day; in a village that lives by seasons, in its season. NaN where nobody counted."""
    people = look.evidence.people
    if people is None:
        return float("nan")
    return median_of(people.values) if guests_share(look) is None else quantile_of(people.values, 0.95)
