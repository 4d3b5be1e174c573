"""Starved by papers (吃不饱): what the register says is connected can never fill it; the bills say since when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.by_paper import Month, days_within, months_of, usual_kwh_d
from qingxi.finding.evidence import bill_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.interval import Floats, median_of, quantile_of, stretches
from qingxi.finding.lab_pairs import Pair, left_of, pairs_of, strength_of
from qingxi.finding.load import guests_share
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found
from qingxi.finding.thresholds import threshold
from qingxi.origin import Ref

_MONTH = 31
_LEAST_KNOWN = 6  # months with a bill; fewer say nothing of how they differ


@dataclass(frozen=True, slots=True)
class LeanMonths:
    """A stretch of months with less draw: first and last index, their level and that of the others, kWh/d, and how
    many others there are."""

    first: int
    last: int
    low: float
    high: float
    others: int

    def told(self, drop: float, months: int) -> bool:
        """Whether it fell by such a share at least, and both it and the rest last so many months."""
        long = min(self.last - self.first + 1, self.others) >= months
        return long and self.low <= (1 - drop) * self.high


def lean_months(kwh: Floats) -> LeanMonths | None:
    """The stretch of months in which a plant drew less than before and after: two levels fitted by least squares.

    Pumps and air that follow the water draw less when less comes; an evenly run blower moves little, so what counts is
    how far the two levels lie apart beside the months' own scatter. None where no stretch of at least
    ``paper.months`` stands out; months without a figure (NaN) inside the stretch belong to it.
    """
    at = np.nonzero(~np.isnan(kwh))[0]
    least = int(threshold("paper.months"))
    if at.size < _LEAST_KNOWN:
        return None
    own = kwh[at]
    best: tuple[float, int, int] | None = None
    for i in range(at.size):
        for j in range(i + least, at.size + 1):
            inside, outside = own[i:j], np.concatenate([own[:i], own[j:]])
            if outside.size < least or inside.mean() >= outside.mean():
                continue
            left = float(((inside - inside.mean()) ** 2).sum() + ((outside - outside.mean()) ** 2).sum())
            if best is None or left < best[0]:
                best = left, i, j
    if best is None:
        return None
    left, i, j = best
    low, high = float(own[i:j].mean()), float(np.concatenate([own[:i], own[j:]]).mean())
    scatter = (left / (at.size - 2)) ** 0.5
    if high - low < max(threshold("starved.step") * high, threshold("starved.step_sigmas") * scatter):
        return None
    return LeanMonths(int(at[i]), int(at[j - 1]), low, high, int(at.size - (j - i)))


class StarvedByMonth:
    """Connected households bring far less than it was built for; where the bills fell at some month, since then."""

    code, kind, name, version = "starved-months", "starved", "吃不饱（接入户数与电费单）", "3"
    needs = ("接入户数", "用电户号的电费单（没有时整段）", "进出水检测（户数不低时）")
    overturned_by = "装表测得的水量不低、接入户数登记不全，或另有单位的水接入"
    blind = "没有水量：户数登记得多而实际没接的看不出；定时开机的设施看不出从何时起"
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
        known = kwh[~np.isnan(kwh)]
        with np.errstate(invalid="ignore"):
            resting = kwh <= threshold("idle.bill_share") * usual
        # Idle or stopped, unless the rounds saw it run.
        resting &= np.array([len(m.running) <= len(m.standing) + len(m.dry) for m in months], dtype=np.bool_)
        told = None if look.passive else lean_months(np.where(resting, np.nan, kwh))
        heads = full_house(look)
        many = heads > threshold("starved.heads") * f.households_connected  # most of them are not connected
        why = self._why(look, load, many, told, months)
        if why is None:
            return []
        lean = np.ones(len(months), dtype=np.bool_)
        fell = known.size >= _LEAST_KNOWN and np.quantile(known, 0.9) > threshold("starved.fell") * np.quantile(
            known, 0.1
        )
        if told is not None:
            lean[: told.first], lean[told.last + 1 :] = False, False
        elif fell and not look.passive:
            with np.errstate(invalid="ignore"):
                lean = kwh < threshold("starved.bill_share") * np.quantile(known, 0.9)
        if not look.passive:
            lean &= ~resting
        said = f"接入 {f.households_connected} 户 × {people:g} 人 × {litres:g} L/(人·d) ≈ {flow:.1f} m³/d"
        out = []
        for a, b in stretches(lean, join=1, least=int(threshold("paper.months"))):
            part = months[a : b + 1]
            i, j = look.index(part[0].first), look.index(part[-1].last)
            if told is not None:
                # It began and ended within the months beside: so many of their days as their draw says.
                i -= days_within(months[a - 1], told.low, told.high) if a == told.first > 0 else 0
                j += days_within(months[b + 1], told.low, told.high) if b == told.last < len(months) - 1 else 0
                if why is BY_REGISTER:
                    # The register lasts; a month or two that draw more, the first or the last known, may be Spring Festival.
                    least = int(threshold("starved.months"))
                    before, after = np.count_nonzero(~np.isnan(kwh[:a])), np.count_nonzero(~np.isnan(kwh[b + 1 :]))
                    i = 0 if before < least and i <= _MONTH * (least - 1) else i
                    j = look.days - 1 if after < least and look.days - 1 - j <= _MONTH * (least - 1) else j
            i, j = max(0, i), min(look.days - 1, j)
            pieces = [Piece("处理设施台账", said, 1, (Ref("facility", f.id),))]
            if many:
                pieces.append(
                    Piece(
                        "在家人数",
                        f"村里住满时有 {heads:.0f} 人，接入的每户合 {heads / f.households_connected:.1f} 人，多数没有接",
                        1,
                    )
                )
            bills = [m.bill for m in part if m.bill is not None]
            if bills and (fell or told is not None):
                mean = float(np.nanmean([m.kwh_d for m in part]))
                pieces.append(
                    Piece("电费单", f"{len(bills)} 个月平均每天 {mean:.2g} kWh，较好时 {np.quantile(known, 0.9):.2g} kWh",
                          len(bills), tuple(bill_ref(x) for x in bills))
                )  # fmt: skip
            out.append(
                found(
                    self, look, i, j, why.format(share=flow / f.design_m3_d, design=f.design_m3_d), pieces,
                    confidence=Confidence.FAIR if len(pieces) > 1 else Confidence.LOW,
                    numbers=[Number("推算负荷率", 100 * flow / f.design_m3_d, "%")],
                    remark="没有流量，由接入户数推算" if why is BY_REGISTER else "没有流量，由电费单和巡查推算",
                )
            )  # fmt: skip
        return out

    def _why(
        self, look: Look, load: float, many: bool, told: LeanMonths | None, months: Sequence[Month]
    ) -> str | None:
        """What the papers say together, None where that is not enough."""
        if load < threshold("starved.register_sure") or (many and load < threshold("starved.load")):
            return BY_REGISTER
        if told is None:
            return None
        # Between sure and not, the bills must say it: sharply, and longer than people are away or back at Spring Festival.
        least = int(threshold("starved.months"))
        if load < threshold("starved.register") and told.told(threshold("starved.step_sure"), least):
            return BY_REGISTER
        # The register may be right and the sewer broken: then the pumps and the air that follows the water fall together while the
        # machines still run. Air that fades leaves the water dirtier; clear water that stays away lets it come in stronger.
        if not told.told(threshold("starved.step_alone"), least) or guests_share(look) is not None:
            return None
        inside = months[told.first : told.last + 1]
        ran, stood = sum(len(m.running) for m in inside), sum(len(m.standing) for m in inside)
        nothing_left = sum(v.answers.get("outflow") == "no" for m in inside for v in (*m.running, *m.standing))
        if ran < threshold("starved.ran") * max(1, stood) or nothing_left > threshold("starved.nothing_left") * ran:
            return None  # it stood, or turned without water
        a, b = look.index(inside[0].first), look.index(inside[-1].last)
        left, strength = apart(look, a, b, left_of), apart(look, a, b, strength_of)
        if left is None or strength is None:
            return None
        # Cleaner than at other times is no objection unless something was broken then.
        even, thinner = threshold("starved.even"), threshold("starved.thinner")
        return BY_BILLS if 1 / even**2 <= left <= even and strength < thinner else None


BY_REGISTER = "按接入户数推算进水约为设计规模 {design:g} m³/d 的 {share:.0%}"
BY_BILLS = "照常开机而用电降了一大截，出水不比别的月份差，多半来水少了；台账户数推算为设计规模 {design:g} m³/d 的 {share:.0%}"


def full_house(look: Look) -> float:
    """People at home on an ordinary day; in a village that lives by seasons, in its season. NaN where nobody counted."""
    people = look.evidence.people
    if people is None:
        return float("nan")
    return median_of(people.values) if guests_share(look) is None else quantile_of(people.values, 0.95)


def apart(look: Look, i: int, j: int, tells: Callable[[Pair], float | None]) -> float | None:
    """What the laboratory's pairs tell between two days over what they tell outside them, by medians. None without a pair
    on both sides."""
    inside: list[float] = []
    outside: list[float] = []
    for day, pair in pairs_of(look).items():
        if (value := tells(pair)) is not None:
            (inside if i <= look.index(day) <= j else outside).append(value)
    return float(np.median(inside) / np.median(outside)) if inside and outside else None
