"""Has the receiving water changed (受纳水体变化): before against after at one point, and no more than the samples say.

Medians and their class by GB 3838, the shift of Hodges and Lehmann with the interval that belongs to the rank-sum test, exact
where values do not tie. A point above the outfall over the same days says what would have changed anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import comb, sqrt
from statistics import median

from qingxi.standard import load_table

CLASS_WORDS = ("Ⅰ类", "Ⅱ类", "Ⅲ类", "Ⅳ类", "Ⅴ类", "劣Ⅴ类")
_EXACT = 30  # samples on a side up to which the exact distribution is computed


@dataclass(frozen=True, slots=True)
class WaterValue:
    """One value of one quantity at one point, mg/L."""

    on: date
    value: float
    ref: str = ""


@dataclass(frozen=True)
class WaterChange:
    """Before against after. ``shift`` is after minus before (Hodges–Lehmann); p is two-sided; None where too few."""

    quantity: str
    since: date
    n_before: int
    n_after: int
    before: float | None
    after: float | None
    class_before: str
    class_after: str
    shift: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    verdict: str = ""
    remarks: tuple[str, ...] = ()


def water_class(quantity: str, value: float) -> str:
    """Class of one value by GB 3838-2002; "" for a quantity without limits there.

    Oxygen is better when higher. One quantity's class is not the water's: that is the worst over all.
    """
    table = load_table("surface_water").under(quantity)
    if not table:
        return ""
    for k in range(1, 6):
        limit = table[str(k)].value
        if value >= limit if quantity == "do" else value <= limit:
            return CLASS_WORDS[k - 1]
    return CLASS_WORDS[5]


@cache
def _ways(m: int, n: int) -> tuple[int, ...]:
    """In how many of the draws the rank-sum statistic U takes each value 0..m·n, no ties: the Gaussian binomial."""
    total = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for u in range(m * n, n + i - 1, -1):  # times (1 - q^(n+i))
            total[u] -= total[u - n - i]
        for u in range(i, m * n + 1):  # over (1 - q^i)
            total[u] += total[u - i]
    return tuple(total)


def shift(before: Sequence[float], after: Sequence[float]) -> tuple[float, float | None, float | None, float]:
    """Hodges–Lehmann shift of after against before, its 95 % interval (None when the samples allow none), and p.

    Exact where no two values are equal and both sides have at most 30; else the normal approximation with ties.
    """
    m, n = len(before), len(after)
    if not m or not n:
        raise ValueError("both sides need at least one value")
    differences = sorted(a - b for a in after for b in before)
    u = sum((d > 0) + (d == 0) / 2 for d in differences)
    pooled = [*before, *after]
    if len(set(pooled)) == m + n and max(m, n) <= _EXACT:
        ways, of = _ways(m, n), comb(m + n, m)
        least = int(min(u, m * n - u))
        p = min(1.0, 2 * sum(ways[: least + 1]) / of)
        k, reached = 0, 0
        while k < len(ways) and 2 * (reached + ways[k]) <= 0.05 * of:
            reached += ways[k]
            k += 1
    else:
        ties = sum(t**3 - t for t in (pooled.count(v) for v in set(pooled)))
        spread = sqrt(m * n / 12 * ((m + n + 1) - ties / ((m + n) * (m + n - 1))))
        away = max(abs(u - m * n / 2) - 0.5, 0.0)
        p = 1.0 if spread == 0 else 2 * (1 - _normal(away / spread))
        k = max(0, int(m * n / 2 - 1.959963984540054 * spread))
    middle = median(differences)
    if k < 1 or 2 * k > m * n:
        return middle, None, None, p
    return middle, differences[k - 1], differences[m * n - k], p


def _normal(z: float) -> float:
    from math import erf

    return (1 + erf(z / sqrt(2))) / 2


def water_change(
    quantity: str, values: Sequence[WaterValue], since: date, above: Sequence[WaterValue] = ()
) -> WaterChange:
    """One quantity at one point before and after a day.

    Parameters
    ----------
    since : date
        The day from which the facility ran; values of that day are after.
    above : sequence of WaterValue
        The same quantity above the outfall: it is told beside when it changed as well.
    """
    least = int(load_table("coordination")["water.least_n"])
    old = [v.value for v in values if v.on < since]
    new = [v.value for v in values if v.on >= since]
    mid_old, mid_new = (median(old) if old else None), (median(new) if new else None)
    remarks = []
    missing = {v.on.month for v in values if v.on < since} ^ {v.on.month for v in values if v.on >= since}
    if old and new and missing:
        remarks.append("前后采样的月份不一样，季节差别没有去掉")
    class_old, class_new = (water_class(quantity, m) if m is not None else "" for m in (mid_old, mid_new))
    if len(old) < least or len(new) < least:
        verdict = f"前 {len(old)} 次、后 {len(new)} 次，各要 {least} 次才比较"
        return WaterChange(
            quantity, since, len(old), len(new), mid_old, mid_new, class_old, class_new, verdict=verdict, remarks=tuple(remarks)
        )  # fmt: skip
    middle, low, high, p = shift(old, new)
    better = middle > 0 if quantity == "do" else middle < 0
    if low is None or high is None or low <= 0 <= high or p > 0.05:
        verdict = "看不出变化"
    else:
        verdict = "变好" if better else "变差"
    if verdict != "看不出变化" and above:
        up_old, up_new = [v.value for v in above if v.on < since], [v.value for v in above if v.on >= since]
        if len(up_old) >= least and len(up_new) >= least:
            up, up_low, up_high, up_p = shift(up_old, up_new)
            if up_p <= 0.05 and up * middle > 0 and up_low is not None and up_high is not None:
                remarks.append("上游同期也这样变，不能都算在治理上")
        else:
            remarks.append("上游样品不够，不知道上游同期变没变")
    elif verdict != "看不出变化":
        remarks.append("没有上游对照点")
    return WaterChange(
        quantity, since, len(old), len(new), mid_old, mid_new, class_old, class_new, middle, low, high, p, verdict, tuple(remarks)
    )  # fmt: skip
