"""The figures of the source documents as a workbook: one sheet as reported, one as computed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from qingxi.indicator import Beside, SourceFigure

_REPORTED = (
    ("编号", 26), ("来源文件", 34), ("地方代码", 9), ("指标", 26), ("文件所印", 12), ("单位", 8), ("计数单位", 10),
    ("口径", 44), ("时间", 24), ("组织者", 22), ("样本量", 8), ("要求", 8), ("推断", 40), ("可信度", 10), ("注", 40),
)  # fmt: skip
_COMPUTED = (("对应编号", 40), ("计算", 34), ("结果", 26), ("怎么算", 70), ("依据", 24), ("能否作证明", 11))


def write_source_figures(known: Sequence[SourceFigure], computed: Sequence[Beside], path: Path) -> Path:
    """Write both tables; all cells are text, so that "不足20%" and 12 digits stay what they are."""
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})  # the same bytes each time
        head = book.add_format({"bold": True, "bg_color": "#E8EEF1", "border": 1, "text_wrap": True})
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        tables = (
            ("报告数", _REPORTED, [
                (f.id, f.title, f.place, f.name, f.printed, f.unit, f.unit_counted, f.definition, f.period,
                 f.organiser, f.n, f.requirement, f.assumed, f.trust.value, f.note) for f in known
            ]),
            ("计算数", _COMPUTED, [
                ("、".join(b.of), b.name, b.printed, b.how, b.basis, "能" if b.proof else "不能") for b in computed
            ]),
        )  # fmt: skip
        for name, columns, rows in tables:
            sheet = book.add_worksheet(name)
            for at, (title, width) in enumerate(columns):
                sheet.set_column(at, at, width)
                sheet.write_string(0, at, title, head)
            for line, cells in enumerate(rows, start=1):
                for at, text in enumerate(cells):
                    sheet.write_string(line, at, text, cell)
            sheet.freeze_panes(1, 4 if name == "报告数" else 2)
    return path
