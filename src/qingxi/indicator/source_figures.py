"""The figures of the source documents as they were printed, and beside each what can be computed (文献数).

A figure of a document is reported, never ours: it keeps its printed form ("不足20%"), its organiser and its period, says
"未载明" where the document is silent, and carries what we had to assume as a mark. What is computed beside it says from what.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any

from qingxi.indicator.censored import Percent, gain, read_percent
from qingxi.indicator.figure import Figure, percent
from qingxi.indicator.reported import Reported
from qingxi.indicator.standing import VillageStanding
from qingxi.place import VillageKind
from qingxi.sampling import needed_n
from qingxi.standard import Trust

SOURCES: Mapping[str, str] = {
    "S0": "江西省农村生活污水协同治理研究",
    "S1": "四川省天全县千村示范工程材料（2023 年）",
    "S2": "南通开发区水污染治理研究",
    "S3": "广东省肇庆市农村生活污水治理材料（2023 年）",
    "S4": "大连市农村人居环境整治指导意见（2018 年）",
    "R": "国家统计局统计用区划代码名录（2023 年版）",
}
"""Title of each document by its mark; R is the register, no document, held against them."""
_NOT_SAID = "未载明"


@dataclass(frozen=True, slots=True)
class SourceFigure:
    """One figure as a document prints it.

    ``printed`` is the document's own text; ``n`` is the sample size, "未载明" where the document gives a rate and no n, ""
    where none belongs to it; ``assumed`` is what is our reading and not the document's word.
    """

    id: str
    source: str
    place: str
    name: str
    definition: str
    unit_counted: str
    unit: str
    period: str
    organiser: str
    printed: str
    n: str
    requirement: str
    assumed: str
    trust: Trust
    note: str

    @property
    def title(self) -> str:
        """The document's title."""
        return SOURCES[self.source]

    @property
    def percent(self) -> Percent | None:
        """The value with its bound, for a rate; None for counts and days."""
        return read_percent(self.printed) if self.unit == "%" else None

    @property
    def number(self) -> int:
        """A count as printed; ValueError for rates and days."""
        return int(self.printed)

    @property
    def value(self) -> str:
        """As it may be shown: the printed value, its unit, and the assumed mark."""
        shown = self.printed if self.unit in {"%", "日"} else f"{_thousands(self.printed)} {self.unit}"
        return shown + ("（计数单位或分母为推断）" if self.assumed else "")

    def reported(self, place: str) -> Reported | None:
        """As a reported figure of the place with this name; None for a day, which is no figure to hold others against."""
        if self.unit == "日":
            return None
        share = self.percent
        return Reported(
            key=f"source:{self.id}", name=self.name, place=place, value=share.points if share else Decimal(self.printed),
            bound=share.bound if share else "", unit=self.unit, unit_counted=self.unit_counted, measurer=self.organiser,
            issuer=self.title, document=self.title, period=self.period[:40], quote=self.printed, note=self.note,
            assumed={"unit_counted" if "计数单位" in self.assumed else "n": self.assumed} if self.assumed else {},
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "id": self.id, "source": self.source, "title": self.title, "place": self.place, "name": self.name,
            "definition": self.definition, "unit_counted": self.unit_counted, "unit": self.unit,
            "period": self.period, "organiser": self.organiser, "printed": self.printed, "n": self.n,
            "requirement": self.requirement, "assumed": self.assumed, "trust": self.trust.value, "note": self.note,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beside:
    """What was computed beside reported figures: which of them, the result, how, and from what."""

    of: tuple[str, ...]
    name: str
    printed: str
    how: str
    basis: str
    proof: bool = True
    """False where it is no proof yet: the document is silent on what would make it one."""

    def as_json(self) -> dict[str, Any]:
        return {"of": list(self.of), "name": self.name, "printed": self.printed, "how": self.how,
                "basis": self.basis, "proof": self.proof}  # fmt: skip


def _thousands(text: str) -> str:
    return f"{int(text):,}" if text.isdigit() else text


@cache
def source_figures() -> dict[str, SourceFigure]:
    """Every figure of the source documents by id, in their order; ValueError when the table breaks a rule of its own."""
    text = (resources.files("qingxi.indicator") / "source_figures.csv").read_text(encoding="utf-8")
    found: dict[str, SourceFigure] = {}
    for line, cells in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            values: dict[str, Any] = {**cells, "trust": Trust(cells["trust"])}
            row = SourceFigure(**values)
            if row.source not in SOURCES or row.id in found:
                raise ValueError("unknown source, or an id that stands twice")
            if row.unit == "%":
                read_percent(row.printed)
            elif row.unit == "日":
                date.fromisoformat(row.printed)
            else:
                int(row.printed)
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"source_figures.csv line {line}: {error}") from error
        found[row.id] = row
    return found


def computed_beside(
    villages: Sequence[VillageStanding] = (),
    townships: Sequence[str] = (),
    example: Figure | None = None,
) -> tuple[Beside, ...]:
    """All that can be computed beside the reported figures.

    Parameters
    ----------
    villages : sequence of VillageStanding, optional
        Tianquan's register, read row by row; left out: the counts that the register of 2023 is known to hold.
    townships : sequence of str, optional
        Names of Zhaoqing's township-level units in the register; left out: its known count.
    example : Figure, optional
        The village rate of an invented county, computed from its own books: it shows the way from a register to the
        figure, and is no statement on a real place.
    """
    return (
        *_rate(villages, example), *_award(), *_gain(), *_trained(townships), *_samples(),
    )  # fmt: skip


def _rate(villages: Sequence[VillageStanding], example: Figure | None) -> list[Beside]:
    known = source_figures()
    treated = known["tianquan_villages_treated"].number
    reported = known["tianquan_rate"].printed
    n = sum(v.kind is VillageKind.VILLAGE for v in villages) or known["register_tianquan_villages"].number
    communities = sum(v.kind is VillageKind.COMMUNITY for v in villages)
    if not villages:
        communities = known["register_tianquan_communities"].number
    basis = "名录逐行计数" if villages else "名录事实（未给名录文件）"
    fit = [k for k in range(treated, 10 * treated) if f"{percent(treated, k, 1)}%" == reported]
    rows = [
        Beside(
            ("tianquan_rate", "tianquan_villages_treated"), "治理率（行政村口径，由名录计算）",
            f"{treated}/{n} = {percent(treated, n, 1)}%",
            f"分子 {treated} 为文件报告数，未列村名；分母为名录 {n} 个村委会，{communities} 个居委会不计",
            basis, f"{percent(treated, n, 1)}%" == reported,
        ),
        Beside(
            ("tianquan_rate",), "由报告数反推的分母", "、".join(map(str, fit)),
            f"只有分母为这个数时，{treated} 个村才印作 {reported}", "算术", len(fit) == 1,
        ),
    ]  # fmt: skip
    if example is not None:
        rows.append(
            Beside(
                ("tianquan_rate",), "示例县（虚构）由自己的台账计算",
                f"{example.part}/{example.n} = {example.printed}",
                example.definition.formula, f"示例县台账，{example.denominator_label}",
            )
        )  # fmt: skip
    return rows


def _award() -> list[Beside]:
    known = source_figures()
    award, done = known["tianquan_award"].number, known["tianquan_villages_done"].number
    treated, n = known["tianquan_villages_treated"].number, known["register_tianquan_villages"].number
    return [
        Beside(
            ("tianquan_award", "tianquan_villages_done"), "每个完成村的省级奖补",
            f"{_two(award, done)} 万元/村", f"{award:,} 万元 ÷ {done} 个行政村；其他资金文件没有写", "算术",
        ),
        Beside(("tianquan_award",), "每年的省级奖补", f"{_two(award, 4)} 万元/年", f"{award:,} 万元 ÷ 4 年", "算术"),
        Beside(
            ("tianquan_villages_done", "tianquan_villages_treated"), "示范村占有效治理村",
            f"{done}/{treated} = {percent(done, treated, 2)}%", "假定示范村都已计入有效治理村，文件没有写", "算术",
            proof=False,
        ),
        Beside(
            ("tianquan_villages_done",), "示范村占全县行政村", f"{done}/{n} = {percent(done, n, 2)}%",
            "分母为名录村委会数", "名录事实",
        ),
    ]  # fmt: skip


def _gain() -> list[Beside]:
    known = source_figures()
    start, end = known["zhaoqing_rate_start"], known["zhaoqing_rate_now"]
    assert start.percent is not None
    assert end.percent is not None
    return [
        Beside(
            (start.id, end.id), "治理率提高", gain(start.percent, end.percent),
            f"{end.percent} − {start.percent}；起点只知上限，所以提高多于此数；{end.assumed}", "算术",
        )
    ]  # fmt: skip


def _trained(townships: Sequence[str]) -> list[Beside]:
    known = source_figures()
    trained = known["zhaoqing_townships_trained"].number
    units = len(townships) or known["register_zhaoqing_townships"].number
    towns = sum(name.endswith(("镇", "乡")) for name in townships)
    streets = sum(name.endswith("街道") for name in townships)
    kinds = f"其中镇、乡 {towns} 个，街道 {streets} 个，其他 {units - towns - streets} 个；" if townships else ""
    return [
        Beside(
            ("zhaoqing_townships_trained",), "与名录乡级单位相差", f"{units} − {trained} = {units - trained} 个",
            f"{kinds}文件称 {trained} 个乡镇均参加，2023 年版名录有乡级单位 {units} 个；差的是哪几个文件没有写",
            "名录逐行计数" if townships else "名录事实（未给名录文件）",
        )
    ]  # fmt: skip


def _samples() -> list[Beside]:
    known, rows = source_figures(), []
    for id_ in ("zhaoqing_operation_province", "zhaoqing_operation_city"):
        one = known[id_]
        assert one.percent is not None
        needed = read_percent(one.requirement)
        n = needed_n(float(one.percent.points) / 100, float(needed.points) / 100)
        verdict = "达到" if one.percent.points >= needed.points else "未达到"
        rows.append(
            Beside(
                (one.id,), f"{one.name}：按点值{verdict}要求", f"{one.percent} 对 ≥{needed}",
                f"样本量{_NOT_SAID}；简单随机抽样时，至少抽 {n:,} 座，95% 区间的下端才不低于 {needed}",
                "Wilson 区间", proof=False,
            )
        )  # fmt: skip
    return rows


def _two(amount: int, over: int) -> Decimal:
    return (Decimal(amount) / over).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
