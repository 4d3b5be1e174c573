"""The sheet that a spot check's team takes along: its stations, and a drop-down for every question of the checklist."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime

from qingxi.files.book_cells import guard
from qingxi.sampling import Checklist

FIXED = ("编号", "名称", "乡镇", "运维单位", "到站日期")
NOTE = "备注"


def visit_sheet(title: str, asked: Checklist, rows: Sequence[Sequence[str]]) -> bytes:
    """The sheet as xlsx.

    Parameters
    ----------
    rows : sequence of sequences of str
        Number, name, township, operator; the yellow cells are the team's to fill in.
    """
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        page = book.add_worksheet("检查结果")
        bold = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format(
            {"bold": True, "bg_color": "#f3f6f5", "border": 1, "text_wrap": True, "valign": "vcenter"}
        )
        fixed = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
        fill = book.add_format({"border": 1, "bg_color": "#fff8d6", "valign": "vcenter"})
        date = book.add_format({"border": 1, "bg_color": "#fff8d6", "num_format": "yyyy-mm-dd"})
        page.write_string(0, 0, title, bold)
        page.write_string(1, 0, asked.sentence + "。黄格由检查人填，从下拉里选；一个人填一份，两个人各填各的。")
        words = [*FIXED, *(q.word for q in asked.questions), NOTE]
        for c, word in enumerate(words):
            page.write_string(3, c, word, head)
        last = 4 + len(rows)
        for r, row in enumerate(rows, 4):
            for c, said in enumerate(row):
                page.write_string(r, c, guard(said), fixed)
            page.write_blank(r, 4, None, date)
            for c in range(5, len(words)):
                page.write_blank(r, c, None, fill)
        for c, q in enumerate(asked.questions, 5):
            page.data_validation(
                4, c, max(last, 4), c,
                {"validate": "list", "source": [a.word for a in q.answers], "error_message": "请从下拉里选"},
            )  # fmt: skip
        page.set_column(0, 0, 12)
        page.set_column(1, 1, 22)
        page.set_column(2, 3, 16)
        page.set_column(4, len(words) - 1, 15)
        page.set_row(3, 32)
        page.freeze_panes(4, 2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(3)
    return held.getvalue()
