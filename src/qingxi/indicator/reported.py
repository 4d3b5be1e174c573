"""A figure as somebody else issued it: number, document, day, who measured, and what it does not say.

It is kept as issued, never overwritten by ours. A bound stays a bound ("<20 %"), an n that was not stated stays unstated,
and what is inferred (a unit, a day) is marked as assumed. Beside ours it gives the difference, with its reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from qingxi.indicator.censored import Percent, gain, read_percent
from qingxi.indicator.figure import Figure
from qingxi.origin import Ref

_MARKS = {"unit_counted": "计数单位", "as_of": "日期", "definition": "口径", "measurer": "谁量的", "n": "样本数"}


@dataclass(frozen=True)
class Reported:
    """One figure out of a document.

    Attributes
    ----------
    key : str
        Its own number in the books.
    name, place : str
        As the document calls them.
    value : Decimal
        In ``unit``: %, 个, 万元 …
    bound : str
        "", "<", ">", "≤", "≥": the true figure lies on that side of ``value``.
    unit_counted : str
        What was counted (行政村, 自然村, 设施 …), "" when the figure is no count or share.
    part, n : int or None
        Numerator and denominator, None where the document does not state them.
    measurer : str
        Who measured: 省抽查, 市抽查, 县自报 …
    issuer, document, number : str
        Who issued it in which document with which 文号.
    as_of, issued_on : date or None
        The day it speaks of, the day it was issued; ``period`` where it speaks of more than a day.
    definition : str
        Id of the definition it may be held against; "" when none.
    assumed : mapping
        Field name to why it is assumed.
    """

    key: str
    name: str
    place: str
    value: Decimal
    bound: str = ""
    unit: str = "%"
    unit_counted: str = ""
    part: int | None = None
    n: int | None = None
    measurer: str = ""
    issuer: str = ""
    document: str = ""
    number: str = ""
    as_of: date | None = None
    issued_on: date | None = None
    period: str = ""
    definition: str = ""
    quote: str = ""
    note: str = ""
    assumed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.bound not in ("", "<", ">", "≤", "≥"):
            raise ValueError(f"{self.name}：“{self.bound}”不是界的写法")
        if not self.name or not self.place:
            raise ValueError("要写明是哪里的什么数")
        if not (self.issuer or self.document):
            raise ValueError(f"{self.name}：要写明谁在哪份文件里说的")
        if self.n is not None and self.n <= 0:
            raise ValueError(f"{self.name}：分母 {self.n} 不对")
        if self.part is not None and self.n is not None and not 0 <= self.part <= self.n:
            raise ValueError(f"{self.name}：分子 {self.part} 不在 0 与分母 {self.n} 之间")

    @property
    def printed(self) -> str:
        """As issued, with its bound and decimals: ``"<20%"``, ``"1419 万元"``."""
        number = f"{self.bound}{self.value}"
        return f"{number}%" if self.unit == "%" else f"{number} {self.unit}".rstrip()

    @property
    def n_words(self) -> str:
        """The denominator, or that the document does not state it."""
        if self.n is None:
            return "n 未说明"
        return f"n = {self.n}" if self.part is None else f"{self.part}/{self.n}"

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What of it is inferred and not said, as sentences."""
        return tuple(f"{_MARKS.get(name, name)}为推断：{why}" for name, why in self.assumed.items())

    @property
    def when(self) -> str:
        """The day or period it speaks of."""
        return self.period or (f"{self.as_of:%Y-%m-%d}" if self.as_of else "日期未说明")

    @property
    def percent(self) -> Percent:
        """As a per cent; raises ValueError for any other unit."""
        if self.unit != "%":
            raise ValueError(f"{self.name} 的单位是 {self.unit}，不是百分数")
        return Percent(self.value, self.bound)

    @property
    def ref(self) -> Ref:
        return Ref("reported", self.key)

    @property
    def sentence(self) -> str:
        """The figure with place, unit, n, day, measurer and source."""
        unit = f"，计数单位 {self.unit_counted}" if self.unit_counted else ""
        count = f"，{self.n_words}" if self.unit == "%" else ""
        who = f"，{self.measurer}" if self.measurer else ""
        source = "".join(filter(None, (self.issuer, self.document and f"《{self.document}》", self.number)))
        return f"{self.place} {self.name}：{self.printed}（{self.when}{unit}{count}{who}；{source}）"


def read_value(text: str) -> tuple[Decimal, str]:
    """Number and bound of what was typed: ``"<20%"``, ``"不足 20 %"``, ``"1,419"``.

    Raises ValueError with a Chinese sentence.
    """
    try:
        read = read_percent(text.replace(",", "").replace("，", ""))
        return read.points, read.bound
    except ValueError:
        pass
    try:
        value = Decimal(text.strip().replace(",", ""))
    except InvalidOperation as error:
        raise ValueError(f"“{text}”不是数；界写成 <20 或 不足20") from error
    if not value.is_finite():
        raise ValueError(f"“{text}”不是数")
    return value, ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A reported figure beside ours. ``points`` is ours minus theirs, None where a bound or a gap forbids to say it."""

    points: Decimal | None
    sentence: str
    agrees: bool | None


def beside(reported: Reported, figure: Figure) -> Difference:
    """Hold a reported per cent against a figure of ours."""
    return against(reported, figure.printed, figure.definition.unit_counted, figure.as_of)


def against(reported: Reported, printed: str, unit_counted: str, as_of: date) -> Difference:
    """The same for a figure that is kept: as printed, what it counts, and its day.

    A bound is only held against: ours lies inside it or not. Where unit or day differ, the sentence says so, because most
    differences between an official figure and a computed one are these two.
    """
    if reported.unit != "%":
        return Difference(None, f"官方数的单位是{reported.unit}，不能与百分数相减", None)
    try:
        ours = read_percent(printed).points
    except ValueError:
        return Difference(None, "我们的数无法计算，不能比较", None)
    said = []
    if reported.bound:
        strict = {"<": ours < reported.value, ">": ours > reported.value}
        inside = {**strict, "≤": ours <= reported.value, "≥": ours >= reported.value}[reported.bound]
        points = None
        said.append(f"计算 {ours}%，{'落在' if inside else '不在'}官方所说的 {reported.printed} 之内")
        agrees = inside
    else:
        points = ours - reported.value
        agrees = points == 0
        said.append("与官方一致" if agrees else f"计算比官方{'高' if points > 0 else '低'} {abs(points)} 个百分点")
    if reported.unit_counted and reported.unit_counted != unit_counted:
        said.append(f"计数单位不同（官方 {reported.unit_counted}，计算 {unit_counted}）")
    if reported.as_of is None or reported.as_of != as_of:
        said.append(f"日期不同（官方 {reported.when}，计算 {as_of:%Y-%m-%d}）")
    if reported.n is None:
        said.append("官方没有说明分母")
    return Difference(points, "；".join(said), agrees)


def gained(earlier: Reported, later: Reported) -> str:
    """Gain in points between two reported figures, as it may be printed: from "<20%" to 66.85% it is ">46.85 个百分点"."""
    return gain(earlier.percent, later.percent)
