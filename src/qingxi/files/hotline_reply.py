"""The reply to orders of the hotline in the hotline's own form: a table or a paper with words in braces, or a plain table.

A county puts its hotline's empty form in once, with ``{工单号}``, ``{答复内容}`` … where something belongs. In a workbook the
row with such words is repeated for each order; a paper (.docx) is filled once for each order, one after the other.
"""

import copy
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils.exceptions import InvalidFileException

from qingxi.files.book_cells import guard

WORDS = (
    "工单号", "类别", "标题", "来电内容", "地点", "派单日期", "要求答复日期", "第几次派单", "承办单位", "办理情况", "答复内容",
    "答复日期", "答复人", "联系电话", "是否超期", "问题编号",
)  # fmt: skip
"""What may stand in braces in a form."""
_BRACE = re.compile(r"[{｛]\s*([^{}｛｝]{1,12}?)\s*[}｝]")
_WIDE = {"来电内容": 48, "答复内容": 60, "办理情况": 40, "标题": 24, "地点": 20}


class BadForm(ValueError):
    """A form that cannot be filled; the sentence says why and what to do."""


def words_in(text: str) -> list[str]:
    """The words in braces of a text."""
    return _BRACE.findall(text)


def _filled(text: str, row: Mapping[str, str]) -> str:
    return _BRACE.sub(lambda m: row.get(m[1], m[0]), text)


def check_form(name: str, data: bytes) -> list[str]:
    """The words that a form asks for. Raises BadForm for a file that is neither, has none, or has one nobody knows."""
    if name.lower().endswith(".xlsx"):
        try:
            book = load_workbook(io.BytesIO(data))
        except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
            raise BadForm("这个 .xlsx 打不开，请另存一次再传") from error
        said = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    elif name.lower().endswith(".docx"):
        from docx import Document
        from docx.opc.exceptions import PackageNotFoundError

        try:
            paper = Document(io.BytesIO(data))
        except (BadZipFile, PackageNotFoundError, KeyError, OSError, ValueError) as error:
            raise BadForm("这个 .docx 打不开，请另存一次再传") from error
        said = [p.text for p in _paragraphs(paper)]
    else:
        raise BadForm("热线的格式要是 .xlsx 或 .docx")
    words = [w for text in said for w in words_in(text)]
    if not words:
        raise BadForm("格式里没有花括号的词，填不进去；例如 {工单号}、{答复内容}")
    unknown = sorted({w for w in words if w not in WORDS})
    if unknown:
        raise BadForm(f"不认识的词：{'、'.join(unknown)}；认识的是：{'、'.join(WORDS)}")
    return words


def plain_reply(rows: Sequence[Mapping[str, str]]) -> bytes:
    """A table of replies where the county has put no form in."""
    book = Workbook()
    sheet = book.active
    sheet.title = "12345 工单答复"
    sheet.append(list(WORDS))
    for row in rows:
        sheet.append([guard(row.get(w, "")) for w in WORDS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for n, word in enumerate(WORDS, start=1):
        sheet.column_dimensions[sheet.cell(1, n).column_letter].width = _WIDE.get(word, 14)
        for line in range(2, len(rows) + 2):
            cell = sheet.cell(line, n)
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "B2"
    return _bytes(book)


def fill_table(form: bytes, rows: Sequence[Mapping[str, str]]) -> bytes:
    """A workbook form filled: its first row with words in braces is repeated for each order, with its looks."""
    book = load_workbook(io.BytesIO(form))
    for sheet in book:
        pattern = next(
            (r for r in sheet.iter_rows() if any(isinstance(c.value, str) and words_in(c.value) for c in r)), None
        )
        if pattern is None:
            continue
        at, height = pattern[0].row, sheet.row_dimensions[pattern[0].row].height
        model = [(c.column, c.value, copy.copy(c._style)) for c in pattern]
        if len(rows) > 1:
            sheet.insert_rows(at + 1, len(rows) - 1)
        for n, row in enumerate(rows or [{}]):
            if height:
                sheet.row_dimensions[at + n].height = height
            for column, value, style in model:
                cell = sheet.cell(at + n, column)
                cell._style = copy.copy(style)
                said = isinstance(value, str) and words_in(value)
                cell.value = (guard(_filled(value, row)) if rows else None) if said else value
    return _bytes(book)


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill_paper(form: bytes, row: Mapping[str, str]) -> bytes:
    """A paper form filled for one order. A word keeps the look of the run that it began in."""
    from docx import Document

    paper = Document(io.BytesIO(form))
    for paragraph in _paragraphs(paper):
        if not words_in(paragraph.text):
            continue
        text = _filled(paragraph.text, row)
        runs = paragraph.runs
        if not runs:
            continue
        first = next((r for r in runs if "{" in r.text or "｛" in r.text), runs[0])
        for run in runs:
            if run is not first:
                run.text = ""
        first.text = text
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _paragraphs(paper: Any) -> Iterator[Any]:
    yield from paper.paragraphs
    for table in paper.tables:
        seen = set()
        for line in table.rows:
            for cell in line.cells:
                if cell._tc not in seen:  # a merged cell is met once for each of its parts
                    seen.add(cell._tc)
                    yield from cell.paragraphs


__all__ = ["WORDS", "BadForm", "check_form", "fill_paper", "fill_table", "plain_reply", "words_in"]
