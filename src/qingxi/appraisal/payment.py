"""Pay by performance (按效付费): two contracts, each with its own formula, kept apart.

No amount is ever given while an input is missing; what is missing is named instead.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ONE = Decimal(1)
LEAST_OUTLET = Decimal(30)  # mg/L: an outlet below it counts as 30, by both contracts
PER = Decimal(90)  # mg/L, by both contracts


@dataclass(frozen=True)
class Contract:
    """The numbers by which one contract pays.

    Attributes
    ----------
    full_score : Decimal
        From this score on nothing is withheld; below it the share is score ÷ full_score.
    strong_from : Decimal
        Influent COD in mg/L from which the load coefficient is 1.1.
    source : str
    """

    id: str
    name: str
    full_score: Decimal
    strong_from: Decimal
    source: str


YUNAN = Contract("yunan", "郁南合同", Decimal(90), Decimal(220), "郁南县 PPP 合同付费办法，公开副本")
MAONAN = Contract("maonan", "茂南合同", Decimal(70), Decimal(250), "茂南区 PPP 合同付费办法，公开副本")
CONTRACTS = {c.id: c for c in (YUNAN, MAONAN)}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the working: what, by which formula, and what came out."""

    name: str
    formula: str
    value: Decimal
    unit: str = ""


@dataclass(frozen=True)
class Payment:
    """An amount in fen with its working, line by line."""

    contract: Contract
    fen: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Missing:
    """Why no amount is given: what is missing, in Chinese."""

    names: tuple[str, ...]

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "还缺" + "、".join(self.names) + "，不出金额"


def score_share(contract: Contract, score: Decimal | None, *, first: bool = False) -> Decimal | None:
    """The share that the score of the period before pays in this one; 1 in the first period, None when not yet scored."""
    if first:
        return ONE
    if score is None:
        return None
    if not 0 <= score <= 100:
        raise ValueError(f"得分是 {score}，须在 0 到 100 之间")
    return min(ONE, score / contract.full_score)


def load_share(contract: Contract, inlet: Decimal, outlet: Decimal, *, effluent_fails: bool = False) -> Decimal:
    """Coefficient Kq of the COD taken away.

    Parameters
    ----------
    inlet, outlet : Decimal
        COD in mg/L of the period, as the contract averages them; not negative.
    effluent_fails : bool
        Whether the effluent failed in the period: 0.9 then, from an inlet of 140 mg/L on. Below 140 the formula
        itself falls with the outlet.
    """
    if inlet < 0 or outlet < 0:
        raise ValueError(f"进水 {inlet}、出水 {outlet} mg/L，须不小于 0")
    if inlet < 140:
        return min(ONE, max(Decimal(0), (inlet - max(outlet, LEAST_OUTLET)) / PER))
    if effluent_fails:
        return Decimal("0.9")
    if inlet < 200:
        return ONE
    return Decimal("1.05") if inlet < contract.strong_from else Decimal("1.1")


def _fen(yuan: Decimal) -> int:
    return int((yuan * 100).quantize(ONE, rounding=ROUND_HALF_UP))


def _given(**given: Decimal | None) -> dict[str, Decimal] | Missing:
    """The inputs by name, or what of them is missing."""
    lacks = tuple(name for name, value in given.items() if value is None)
    if lacks:
        return Missing(lacks)
    full = {name: value for name, value in given.items() if value is not None}
    for name, value in full.items():
        if not value.is_finite() or value < 0:
            raise ValueError(f"{name}是 {value}，须为不小于 0 的数")
    return full


def pay_yunan_plant(
    price_yuan_m3: Decimal | None,
    volume_m3: Decimal | None,
    design_m3: Decimal | None,
    kq: Decimal | None,
    e2: Decimal | None,
) -> Payment | Missing:
    """Town plant of the Yunan contract: P0·QB·(3/4·Kq + 1/4·E2), QB at most 1.1 times the design volume of the period."""
    got = _given(单价=price_yuan_m3, 计费水量=volume_m3, 设计水量=design_m3, 负荷系数=kq, 考核系数=e2)
    if isinstance(got, Missing):
        return got
    billed = min(got["计费水量"], got["设计水量"] * Decimal("1.1"))
    factor = got["负荷系数"] * 3 / 4 + got["考核系数"] / 4
    yuan = got["单价"] * billed * factor
    return Payment(
        YUNAN, _fen(yuan),
        (
            Line("计费水量 QB", "不超过设计水量的 1.1 倍", billed, "m³"),
            Line("负荷系数 Kq", "按进出水 COD", got["负荷系数"]),
            Line("考核系数 E2", "上期得分 ÷ 90，不超过 1", got["考核系数"]),
            Line("付费系数", "3/4·Kq + 1/4·E2", factor),
            Line("应付", "P0·QB·付费系数", yuan, "元"),
        ),
    )  # fmt: skip


def dry_season_share(days: int | None) -> Decimal | None:
    """E1 of the Yunan network: 1 from 21 dry-season days with influent COD above 160 mg/L on, else (days + 69) ÷ 90."""
    if days is None:
        return None
    if days < 0:
        raise ValueError(f"天数是 {days}，须不小于 0")
    return ONE if days >= 21 else (Decimal(days) + 69) / 90


def volume_share(volume_m3: Decimal | None, design_m3: Decimal | None) -> Decimal | None:
    """KQ of the Yunan network: volume ÷ 0.9 of the design volume, at most 1."""
    if volume_m3 is None or design_m3 is None:
        return None
    if design_m3 <= 0 or volume_m3 < 0:
        raise ValueError(f"水量 {volume_m3}、设计 {design_m3} m³，须为正数")
    return min(ONE, volume_m3 / (design_m3 * Decimal("0.9")))


def pay_yunan_network(
    annual_yuan: Decimal | None,
    volume: Decimal | None,
    kq: Decimal | None,
    e1: Decimal | None,
    e2: Decimal | None,
) -> Payment | Missing:
    """A month of the Yunan network: P0/12·(5/6·KQ·Kq + 1/6·E1·E2); ``volume`` is KQ."""
    got = _given(年度服务费=annual_yuan, 水量系数=volume, 负荷系数=kq, 旱季系数=e1, 考核系数=e2)
    if isinstance(got, Missing):
        return got
    factor = got["水量系数"] * got["负荷系数"] * 5 / 6 + got["旱季系数"] * got["考核系数"] / 6
    yuan = got["年度服务费"] / 12 * factor
    return Payment(
        YUNAN, _fen(yuan),
        (
            Line("水量系数 KQ", "水量 ÷ (0.9 × 设计水量)，不超过 1", got["水量系数"]),
            Line("负荷系数 Kq", "按进出水 COD", got["负荷系数"]),
            Line("旱季系数 E1", "旱季进水 COD > 160 的天数 ≥ 21 为 1，否则 (天数 + 69) ÷ 90", got["旱季系数"]),
            Line("考核系数 E2", "上期得分 ÷ 90，不超过 1", got["考核系数"]),
            Line("付费系数", "5/6·KQ·Kq + 1/6·E1·E2", factor),
            Line("应付", "P0 ÷ 12 × 付费系数", yuan, "元"),
        ),
    )  # fmt: skip


def maonan_factor(kq: Decimal, e1: Decimal) -> Decimal:
    """Share of the unit price that the Maonan contract pays: 3/5 + Kq/10 + 3·E1/10."""
    return Decimal(3) / 5 + kq / 10 + e1 * 3 / 10


def pay_maonan(
    price_yuan_m3: Decimal | None,
    volume_m3: Decimal | None,
    annual_yuan: Decimal | None,
    kq: Decimal | None,
    e1: Decimal | None,
) -> Payment | Missing:
    """A month of the Maonan contract: Py·QB·(3/5 + Kq/10 + 3·E1/10) + Pk/12·(2/3 + E1/3)."""
    got = _given(单价=price_yuan_m3, 计费水量=volume_m3, 年度管网费=annual_yuan, 负荷系数=kq, 考核系数=e1)
    if isinstance(got, Missing):
        return got
    factor = maonan_factor(got["负荷系数"], got["考核系数"])
    plant = got["单价"] * got["计费水量"] * factor
    network = got["年度管网费"] / 12 * (Decimal(2) / 3 + got["考核系数"] / 3)
    return Payment(
        MAONAN, _fen(plant + network),
        (
            Line("负荷系数 Kq", "按进出水 COD", got["负荷系数"]),
            Line("考核系数 E1", "上期得分 ÷ 70，不超过 1", got["考核系数"]),
            Line("付费系数", "3/5 + Kq/10 + 3·E1/10", factor),
            Line("处理费", "Py·QB·付费系数", plant, "元"),
            Line("管网费", "Pk ÷ 12 × (2/3 + E1/3)", network, "元"),
            Line("应付", "处理费 + 管网费", plant + network, "元"),
        ),
    )  # fmt: skip
