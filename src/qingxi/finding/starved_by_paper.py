"""Starved by papers (吃不饱): what the register says is connected can never fill it; the bills say since when."""

from collections.abc import Callable, Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.by_paper import Month, days_within, months_of, usual_kwh_d
from qingxi.finding.evidence import bill_ref, visit_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.interval import median_of, quantile_of, stretches
from qingxi.finding.lab_pairs import Pair, left_of, pairs_of, strength_of
from qingxi.finding.lean_months import LEAST_KNOWN, LeanMonths, lean_months
from qingxi.finding.load import guests_share
from qingxi.finding.look import Look
from qingxi.finding.rounds import Scanty, scanty, sees_no_water, waterless
from qingxi.finding.rule import cannot, found
from qingxi.finding.thresholds import threshold
from qingxi.origin import Ref

_MONTH = 31


class StarvedByMonth:
    """Connected households bring far less than it was built for; where the bills fell at some month, since then."""

    code, kind, name, version = "starved-months", "starved", "吃不饱（接入户数、电费单与巡查）", "4"
    needs = (
        "接入户数",
        "用电户号的电费单（没有时整段）",
        "进出水检测（户数不低时）",
        "巡查记的进水出水（户数不低时）",
    )
    overturned_by = "装表测得的水量不低、接入户数登记不全，或另有单位的水接入"
    blind = "没有水量：户数登记得多而管网整年不通的，电费单没有好的月份可比，水泵又开得勤，看不出；不用电的大站断了管，看不出"
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
        if why is BY_ROUNDS and told is not None and not told.stands_out:
            told = None
        lean = np.ones(len(months), dtype=np.bool_)
        fell = known.size >= LEAST_KNOWN and np.quantile(known, 0.9) > threshold("starved.fell") * np.quantile(
            known, 0.1
        )
        if told is not None:
            lean[: told.first], lean[told.last + 1 :] = False, False
        elif fell and not look.passive and why is not BY_ROUNDS:
            with np.errstate(invalid="ignore"):
                lean = kwh < threshold("starved.bill_share") * np.quantile(known, 0.9)
        if not look.passive:
            lean &= ~resting
        seen = self._seen(look, why)
        by_bills = told is not None or (fell and not look.passive and why is not BY_ROUNDS)
        dated = None if by_bills else seen
        if dated is not None:
            lean &= [look.index(m.last) >= dated.first and look.index(m.first) <= dated.last for m in months]
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
            if dated is not None:
                i, j = max(i, dated.first), min(j, dated.last)
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
            if seen is not None and seen.first <= j and seen.last >= i:
                visits = [v for v in look.evidence.visits if i <= look.index(v.visited_at.date()) <= j]
                visits = [v for v in visits if v.answers.get("blower") != "off" and sees_no_water(v)]
                said_too = f"{seen.rounds} 次巡查中 {seen.empty} 次没有看到来水或出水，设备没有停着"
                pieces.append(Piece("巡查记录", said_too, seen.rounds, tuple(visit_ref(v) for v in visits)))
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
        # Between sure and not, the bills must say it: sharply, and longer than people are away or back at Spring Festival.
        least = int(threshold("starved.months"))
        if (
            told is not None
            and load < threshold("starved.register")
            and told.told(threshold("starved.step_sure"), least)
        ):
            return BY_REGISTER
        # The register may be right and the sewer broken.
        if told is not None and _fell_alone(look, told, months):
            return BY_BILLS
        return BY_ROUNDS if self._seen(look, BY_ROUNDS) is not None else None

    def _seen(self, look: Look, why: str) -> Scanty | None:
        """What the rounds tell of little water, where they alone have to tell or the register has told already."""
        if why is BY_ROUNDS:
            seen = None if guests_share(look) is not None else scanty(look)  # guests away look the same
            if seen is None or seen.rounds < threshold("starved.rounds"):
                return None
            return seen if seen.sure >= threshold("starved.round_sure") else None
        if why is not BY_REGISTER:
            return None
        seen = scanty(look, nothing_too=True)
        return seen if seen is not None and seen.sure >= threshold("starved.round_dates") else None


def _fell_alone(look: Look, told: LeanMonths, months: Sequence[Month]) -> bool:
    """Whether the draw fell because less water came, the register apart.

    The pumps, and air that follows the water, fall together while the machines still run; where the air is timed only the
    pumps do. Air that fades leaves the water dirtier; clear water that stays away lets it come in stronger; another village
    that is connected for a time makes the rest of the year look lean: so a small fall must be followed by a rise.
    """
    least = int(threshold("starved.months"))
    inside = months[told.first : told.last + 1]
    a, b = look.index(inside[0].first), look.index(inside[-1].last)
    if not (told.told(threshold("starved.step_alone"), least) or told.went_and_came):
        return False
    if not _ran_as_ever(told, months) or waterless(look, a, b) or _out_of_season(look, a, b):
        return False
    left, strength = apart(look, a, b, left_of), apart(look, a, b, strength_of)
    if left is None or strength is None:
        return False
    # Cleaner than at other times is no objection unless something was broken then.
    even, thinner = threshold("starved.even"), threshold("starved.thinner")
    return 1 / even**2 <= left <= even and strength < thinner


def _out_of_season(look: Look, i: int, j: int) -> bool:
    """Whether it is a village of guests and fewer of them were there between two days than outside them."""
    guests = guests_share(look)
    if guests is None:
        return False
    inside = np.zeros(guests.size, dtype=np.bool_)
    inside[max(0, i) : j + 1] = True
    both = [median_of(guests[part & ~np.isnan(guests)]) for part in (inside, ~inside)]
    return not both[0] >= both[1]


def _ran_as_ever(told: LeanMonths, months: Sequence[Month]) -> bool:
    """Whether the rounds found it standing rarely, or no more often than in other months, as one whose air is timed."""
    inside, outside = months[told.first : told.last + 1], [*months[: told.first], *months[told.last + 1 :]]
    ran, stood = (sum(len(getattr(m, key)) for m in inside) for key in ("running", "standing"))
    if ran >= threshold("starved.ran") * max(1, stood):
        return True
    ran_too, stood_too = (sum(len(getattr(m, key)) for m in outside) for key in ("running", "standing"))
    usual = stood_too / (ran_too + stood_too) if ran_too + stood_too else 0.0
    return ran > 0 and stood / (ran + stood) <= usual + threshold("starved.stood_more")


BY_REGISTER = "按接入户数推算进水约为设计规模 {design:g} m³/d 的 {share:.0%}"
BY_ROUNDS = (
    "照常开机而好几回巡查看不到来水或出水，多半来水少；台账户数推算为设计规模 {design:g} m³/d 的 {share:.0%}"
)
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
