"""Marks of a sheet: what was taken off, what did not apply, and the rescaled sum (折算得分)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from qingxi.appraisal.scheme import FULL, Grade, Item, Scheme, Veto

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Mark:
    """What one person wrote down for one item.

    Attributes
    ----------
    taken : mapping
        Deduction code → marks taken for each time it was met, one entry a time.
    share : Decimal or None
        Of a ratio item: the measured share, 0 or more (0.48 is 48 %).
    absent : str
        Why the item does not apply; it is then left out of the sum.
    """

    item: str
    taken: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)
    share: Decimal | None = None
    absent: str = ""


@dataclass(frozen=True)
class Score:
    """Outcome of a sheet.

    Attributes
    ----------
    earned, applicable : Decimal
        Marks earned, of the marks that apply.
    marks : Decimal
        ``earned × 100 ÷ applicable``, one decimal, half up; what stands on the sheet.
    by_item : dict
        Marks of each item that applies.
    absent : dict
        Items left out, with their reason.
    vetoes : tuple of Veto
        Any of them fails the sheet, whatever the marks.
    """

    scheme: Scheme
    earned: Decimal
    applicable: Decimal
    marks: Decimal
    by_item: Mapping[str, Decimal]
    absent: Mapping[str, str]
    vetoes: tuple[Veto, ...] = ()

    @property
    def failed(self) -> bool:
        return bool(self.vetoes)

    @property
    def grade(self) -> Grade:
        """The grade; a veto gives the lowest one."""
        return self.scheme.grades[-1] if self.vetoes else self.scheme.grade(self.marks)


def rescale(earned: Decimal, applicable: Decimal) -> Decimal:
    """Marks of the items that apply as marks of 100, one decimal, half up: 68.5 of 88 is 77.8."""
    if not 0 <= earned <= applicable or applicable <= 0:
        raise ValueError(f"{earned} of {applicable}: need 0 <= earned <= applicable and applicable above 0")
    return (earned * FULL / applicable).quantize(TENTH, rounding=ROUND_HALF_UP)


def wrong_with(item: Item, mark: Mark) -> list[str]:
    """Every fault of a mark, in Chinese; empty when it can be counted."""
    wrong: list[str] = []
    if mark.absent:
        if not item.may_be_absent:
            wrong.append(f"{item.name}不能记“不适用”")
        if mark.taken or mark.share is not None:
            wrong.append(f"{item.name}既记了“不适用”又记了分")
        return wrong
    if item.way == "ratio" and (mark.share is None or not mark.share.is_finite() or mark.share < 0):
        wrong.append(f"{item.name}须写比例，不小于 0")
    if item.way != "ratio" and mark.share is not None:
        wrong.append(f"{item.name}不按比例记分")
    known = {d.code: d for d in item.deductions}
    for code, times in mark.taken.items():
        one = known.get(code)
        if one is None:
            wrong.append(f"{item.name}没有“{code}”这条扣分")
            continue
        if one.most is not None and len(times) > one.most:
            wrong.append(f"{item.name}“{one.text}”最多扣 {one.most} 次，写了 {len(times)} 次")
        if bad := [p for p in times if not (p.is_finite() and one.points <= p <= one.up_to)]:
            span = f"{one.points}" if one.points == one.up_to else f"{one.points}～{one.up_to}"
            wrong.append(f"{item.name}“{one.text}”每次扣 {span} 分，写了 {bad[0]}")
    return wrong


def item_marks(item: Item, mark: Mark) -> Decimal:
    """Marks of one item that applies, never below 0; raises ValueError on a mark that cannot be counted."""
    if wrong := wrong_with(item, mark):
        raise ValueError("；".join(wrong))
    if mark.share is not None and item.full_at is not None:
        return min(item.points, item.points * mark.share / item.full_at)
    off = sum((p for times in mark.taken.values() for p in times), Decimal(0))
    return max(Decimal(0), item.points - off)


def score(scheme: Scheme, marks: Iterable[Mark], vetoes: Iterable[str] = ()) -> Score:
    """Sum a sheet up.

    Raises
    ------
    ValueError
        With every fault at once: an item without a mark, marked twice or unknown, a mark out of its range, or a
        sheet on which nothing applies.
    """
    given: dict[str, Mark] = {}
    wrong: list[str] = []
    known = {i.key for i in scheme.items}
    for mark in marks:
        if mark.item not in known:
            wrong.append(f"没有“{mark.item}”这一项")
        elif mark.item in given:
            wrong.append(f"{scheme.item(mark.item).name}记了两次")
        else:
            given[mark.item] = mark
    by_item: dict[str, Decimal] = {}
    absent: dict[str, str] = {}
    applicable = Decimal(0)
    for item in scheme.items:
        one = given.get(item.key)
        if one is None:
            wrong.append(f"{item.name}还没有记分")
        elif bad := wrong_with(item, one):
            wrong += bad
        elif one.absent:
            absent[item.key] = one.absent
        else:
            by_item[item.key] = item_marks(item, one)
            applicable += item.points
    if not wrong and not applicable:
        wrong.append("没有一项适用，算不出得分")
    if wrong:
        raise ValueError("；".join(wrong))
    earned = sum(by_item.values(), Decimal(0))
    fails = tuple(scheme.veto(code) for code in vetoes)
    return Score(scheme, earned, applicable, rescale(earned, applicable), by_item, absent, fails)


def mean_marks(scores: Sequence[Score]) -> Decimal:
    """Marks of a unit that has several sheets: their plain mean, one decimal, half up; needs at least one."""
    if not scores:
        raise ValueError("没有一张考核表")
    return (sum((s.marks for s in scores), Decimal(0)) / len(scores)).quantize(TENTH, rounding=ROUND_HALF_UP)
