"""How the coordination degree goes with the effect, other things named and adjusted for; never more than an association.

Villages differ in their people's habits, in how close together they live, in means and in roads and pipes (the four
confounders of the Jiangxi study). Partial rank correlation and a linear regression adjust for proxies of the four; the errors
are HC3, a second interval leaves whole townships out (villages of one township are alike), and small data are refused.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qingxi.standard import load_table

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observed:
    """One village: degree and effect as shares (0 to 1), proxies of the confounders by name; None where unknown."""

    village: str
    township: str
    degree: float | None
    effect: float | None
    proxies: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the regression: change of the effect for one unit of the term, 95 % interval, variance inflation."""

    name: str
    value: float
    low: float
    high: float
    vif: float


@dataclass(frozen=True)
class Relation:
    """What may be said, or why nothing may be.

    ``refused`` is the reason when too little is known; then all figures are None. Correlations are Spearman's; the
    partial one is of what is left of the ranks after the proxies. ``slope`` is points of effect for ten points of
    degree. ``by_township`` leaves out one township each: its name and the slope without it.
    """

    n: int
    townships: int
    missing: Mapping[str, int]
    used: tuple[str, ...]
    unused: Mapping[str, str]
    refused: str = ""
    raw: float | None = None
    partial: float | None = None
    partial_low: float | None = None
    partial_high: float | None = None
    slope: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    slope_low_townships: float | None = None
    slope_high_townships: float | None = None
    terms: tuple[Term, ...] = ()
    by_township: tuple[tuple[str, float], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def open(self) -> bool | None:
        """Whether either interval of the slope holds zero: then the data do not tell the sign. None when refused."""
        pairs = ((self.slope_low, self.slope_high), (self.slope_low_townships, self.slope_high_townships))
        if self.slope is None:
            return None
        return any(low is not None and high is not None and low <= 0 <= high for low, high in pairs)


def ranks(values: Numbers) -> Numbers:
    """Ranks from 1; equal values share the mean of theirs."""
    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    upper = np.cumsum(count)
    return np.asarray((upper - (count - 1) / 2)[where], dtype=float)


def _left_over(y: Numbers, z: Numbers) -> Numbers:
    """What is left of y after a straight line in the columns of z (the constant among them)."""
    return np.asarray(y - z @ np.linalg.lstsq(z, y, rcond=None)[0], dtype=float)


def _with_one(columns: Sequence[Numbers], n: int) -> Numbers:
    return np.column_stack([np.ones(n), *columns])


def partial_ranks(x: Numbers, y: Numbers, others: Sequence[Numbers]) -> float:
    """Spearman's correlation of x and y after the ranks of the others; nan where one of them has nothing left."""
    z = _with_one([ranks(o) for o in others], len(x))
    a, b = _left_over(ranks(x), z), _left_over(ranks(y), z)
    below = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / below if below > 1e-9 * len(x) ** 3 else float("nan")


def partial_interval(r: float, n: int, others: int) -> tuple[float, float]:
    """95 % interval of a partial rank correlation by Fisher's z, variance 1.06/(n - k - 3) (Fieller et al. 1957)."""
    half = 1.959963984540054 * np.sqrt(1.06 / (n - others - 3))
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def least_squares(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Coefficients and their HC3 covariance (MacKinnon & White 1985); x holds the constant. Full rank is the caller's."""
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    leverage = np.clip(np.einsum("ij,jk,ik->i", x, inverse, x), 0, 1 - 1e-9)
    weight = ((y - x @ beta) / (1 - leverage)) ** 2
    return beta, np.asarray(inverse @ (x.T * weight) @ x @ inverse, dtype=float)


def inflation(x: Numbers) -> list[float]:
    """Variance inflation of each column but the constant (the first)."""
    out = []
    for k in range(1, x.shape[1]):
        own = x[:, k]
        spread = own - own.mean()
        left = _left_over(own, np.delete(x, k, axis=1))
        out.append(float((spread @ spread) / max(left @ left, 1e-300)))
    return out


def _t95(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def _usable(rows: Sequence[Observed]) -> tuple[list[str], dict[str, str], dict[str, int]]:
    """Proxies that may be adjusted for, those that may not and why, and how many villages lack each."""
    most = load_table("coordination")["relation.most_missing"]
    both = [r for r in rows if r.degree is not None and r.effect is not None]
    names = list(dict.fromkeys(name for r in rows for name in r.proxies))
    missing = {"协同度": sum(r.degree is None for r in rows), "成效": sum(r.effect is None for r in rows)}
    used, unused = [], {}
    for name in names:
        values = [r.proxies.get(name) for r in both]
        missing[name] = sum(r.proxies.get(name) is None for r in rows)
        known = {v for v in values if v is not None}
        if not both or sum(v is None for v in values) > most * len(both):
            unused[name] = f"{sum(v is None for v in values)} 个村没有数，缺得太多，没有控制"
        elif len(known) < 2:
            unused[name] = "各村一样，没有可控制的差别"
        else:
            used.append(name)
    return used, unused, missing


def relation(rows: Sequence[Observed]) -> Relation:
    """Relate the degree to the effect over the villages of a county.

    Villages that lack the effect, the degree or a proxy in use are left out and counted. Refuses (``refused``) where
    fewer villages, villages a term or townships are left than table ``coordination`` asks for, or where degree or effect do
    not differ.
    """
    table = load_table("coordination")
    used, unused, missing = _usable(rows)
    whole = [
        r for r in rows
        if r.degree is not None and r.effect is not None and all(r.proxies.get(name) is not None for name in used)
    ]  # fmt: skip
    n, towns = len(whole), sorted({r.township for r in whole})
    degree = np.array([r.degree for r in whole], dtype=float)
    effect = np.array([r.effect for r in whole], dtype=float)
    proxies = [np.array([r.proxies[name] for r in whole], dtype=float) for name in used]

    def refuse(why: str) -> Relation:
        return Relation(n, len(towns), missing, tuple(used), unused, why)

    least = max(table["relation.least_n"], table["relation.least_per_term"] * (len(used) + 1))
    if n < least:
        return refuse(f"数据齐全的村只有 {n} 个，至少要 {least:.0f} 个才作比较")
    if len(towns) < table["relation.least_townships"]:
        return refuse(f"只涉及 {len(towns)} 个乡镇，至少要 {table['relation.least_townships']:.0f} 个")
    if np.ptp(degree) < 1e-9 or np.ptp(effect) < 1e-9:
        return refuse("各村的协同度或成效没有差别，看不出关系")
    # Proxies on one scale, so that no coefficient is lost to rounding; degree and effect keep theirs.
    scaled = [(p - p.mean()) / p.std() if p.std() > 0 else p * 0 for p in proxies]
    x = _with_one([degree, *scaled], n)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return refuse("协同度和混杂因素互相决定，分不开")
    beta, cov = least_squares(x, effect)
    t = _t95(n - x.shape[1])
    vifs = inflation(x)
    names = ("协同度", *used)
    terms = tuple(
        Term(name, float(beta[k]), float(beta[k] - t * np.sqrt(cov[k, k])), float(beta[k] + t * np.sqrt(cov[k, k])), vif)
        for k, (name, vif) in enumerate(zip(names, vifs, strict=True), start=1)
    )  # fmt: skip
    without = _without_each(x, effect, np.array([r.township for r in whole]), towns)
    low_t = high_t = None
    if len(without) >= 3:
        slopes = np.array([s for _, s in without])
        g = len(slopes)
        error = float(np.sqrt((g - 1) / g * np.sum((slopes - slopes.mean()) ** 2)))
        low_t, high_t = terms[0].value - _t95(g - 1) * error, terms[0].value + _t95(g - 1) * error
    r = partial_ranks(degree, effect, proxies)
    low, high = partial_interval(r, n, len(used))
    return Relation(
        n, len(towns), missing, tuple(used), unused, "", partial_ranks(degree, effect, ()), r, low, high,
        terms[0].value * 10, terms[0].low * 10, terms[0].high * 10,
        None if low_t is None else low_t * 10, None if high_t is None else high_t * 10,
        terms, tuple((name, s * 10) for name, s in without), tuple(_remarks(terms, unused, without, n, len(rows))),
    )  # fmt: skip


def _without_each(x: Numbers, y: Numbers, town: NDArray[np.str_], towns: Sequence[str]) -> list[tuple[str, float]]:
    """The degree's coefficient without each township, where what is left can still be solved."""
    out = []
    for name in towns:
        keep = town != name
        part = x[keep]
        if len(part) > x.shape[1] and np.linalg.matrix_rank(part) == x.shape[1]:
            out.append((name, float(np.linalg.lstsq(part, y[keep], rcond=None)[0][1])))
    return out


def _remarks(
    terms: Sequence[Term], unused: Mapping[str, str], without: Sequence[tuple[str, float]], n: int, all_: int
) -> list[str]:
    high = load_table("coordination")["relation.vif_high"]
    out = []
    if n < all_:
        out.append(f"{all_ - n} 个村数据不全，没有用上；它们可能与用上的村不同")
    out += [f"{name}：{why}" for name, why in unused.items()]
    out += [f"{t.name}与其他因素共线（VIF {t.vif:.1f}），它的系数不稳" for t in terms if t.vif > high]
    turned = [name for name, s in without if s * terms[0].value < 0]
    if turned:
        out.append(f"去掉{'、'.join(turned)}，方向就反过来，结论靠这几个乡镇撑着")
    counted = Counter(name for name, _ in without)
    if len(counted) < 3:
        out.append("能逐个去掉的乡镇不足三个，没有乡镇区间")
    return out
