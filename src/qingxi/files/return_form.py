"""A periodic return as a workbook: merged title, white locked cells for what the books know, yellow cells to fill in.

One row a field. Codes are text, lists drop down, a hidden column names the field so that rows may be moved; what comes back is
read by :mod:`qingxi.files.return_sheet`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from qingxi.filing import FormField, Return, Value, askable, carried, sources

HEADINGS = ("序号", "指标", "单位", "{last}", "本期", "说明（红格必填）", "从哪来", "项目代码")
VALUE, REASON, ID = 4, 5, 7
YELLOW, WHITE, RED = "FFF9DB", "FFFFFF", "FFC7CE"
REASONS = ("复测更正", "改造拆除", "并入其他管网", "口径调整", "上期填错", "单位写错，已改")
"""Offered under 说明; anything else may be written."""
_WIDTHS = (6, 22, 8, 13, 18, 32, 58, 12)
_LINE = 15.0  # points of a line of text
KEY_MARK = "表号："


@dataclass(frozen=True)
class ReturnHead:
    """What stands above the table: the return's key, the unit, its 12-digit code, the day it is due, to whom it goes."""

    key: str
    unit: str
    code: str
    due_on: date
    to: str = ""


def where_from(field: FormField, entry: Any = None) -> str:
    """Where a field's value comes from, in words: the books and which other reports they serve, other returns, or typed."""
    if entry is not None and entry.unknown:
        return f"乡镇填（账上取不到：{entry.unknown}）"
    if not field.source:
        return f"乡镇填。{field.meaning}" if field.meaning else "乡镇填"
    if carried(field.source) is not None:
        return f"从报过的表带来：{field.meaning}"
    known = sources().get(field.source)
    also = f"；同一个数也用在{'、'.join(known.also_in)}" if known is not None and known.also_in else ""
    return f"账上取数：{field.meaning}{also}"


def return_xlsx(
    ret: Return, head: ReturnHead, *, cells: dict[str, Any] | None = None, reasons: dict[str, str] | None = None
) -> bytes:
    """The return as a workbook; the same return gives the same bytes. ``cells`` and ``reasons`` stand in place of its own."""
    import xlsxwriter

    held = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        _write(book, ret, head, cells or {}, reasons or {})
    return held.getvalue()


def _write(book: Any, ret: Return, head: ReturnHead, cells: dict[str, Any], reasons: dict[str, str]) -> None:
    sheet = book.add_worksheet(ret.form.name[:31])
    base: dict[str, Any] = {
        "font_name": "宋体",
        "font_size": 10,
        "valign": "vcenter",
        "border": 1,
        "border_color": "#C9D1CD",
    }
    add = book.add_format
    title = add({"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"})
    line = add({"font_name": "宋体", "font_size": 10, "valign": "vcenter", "num_format": "@"})
    heading = add(base | {"bold": True, "bg_color": "#E6F2F0", "text_wrap": True, "align": "center"})
    group = add(base | {"bold": True, "bg_color": "#F3F6F5"})
    kinds: dict[str, dict[str, Any]] = {
        "text": {"num_format": "@", "text_wrap": True}, "whole": {"num_format": "#,##0"}, "number": {"num_format": "#,##0.####"},
    }  # fmt: skip
    looks = {
        (free, kind): add(
            base | ({"bg_color": f"#{YELLOW}", "locked": False} if free else {"locked": True}) | kinds[kind]
        )
        for free in (False, True)
        for kind in ("text", "whole", "number")
    }
    small = add(base | {"font_color": "#5A6B66", "text_wrap": True, "font_size": 9})
    last = len(HEADINGS) - 2
    sheet.set_row(0, 30)
    sheet.merge_range(0, 0, 0, last, f"{ret.period.title}{ret.form.title}", title)
    sheet.merge_range(1, 0, 1, 1, f"填报单位：{head.unit}", line)
    sheet.merge_range(1, 2, 1, 3, "区划代码（12 位）", line)
    sheet.write_string(1, 4, head.code, line)
    sheet.merge_range(
        1, 5, 1, last, f"{head.due_on.year}年{head.due_on.month}月{head.due_on.day}日前报{head.to}", line
    )
    sheet.merge_range(2, 0, 2, 4, f"{KEY_MARK}{head.key}", line)
    sheet.merge_range(2, 5, 2, last, "白格系统已从账里取数，不用填；只填黄格。填好整份拖回系统。", line)
    sheet.set_row(3, 30)
    for c, word in enumerate(HEADINGS):
        sheet.write_string(3, c, word.format(last=ret.period.kind.last_word), heading)
        sheet.set_column(c, c, _WIDTHS[c], None, {"hidden": True} if c == ID else {})
    r, shown = 4, None
    said = {d.field: d.explained for d in ret.doubts if d.explained}
    for n, field in enumerate(in_order(ret), 1):
        if field.group and field.group != shown:
            sheet.merge_range(r, 0, r, last, field.group, group)
            shown, r = field.group, r + 1
        entry, free = ret.values.get(field.id), askable(ret, field)
        value = cells.get(field.id, entry.value if entry is not None else None)
        sheet.write_number(r, 0, n, looks[False, "whole"])
        sheet.write_string(r, 1, field.name, looks[False, "text"])
        sheet.write_string(r, 2, field.unit, looks[False, "text"])
        _cell(sheet, r, 3, ret.before.get(field.id), looks[False, field.type])
        _cell(sheet, r, VALUE, value, looks[free, field.type])
        _cell(
            sheet,
            r,
            REASON,
            reasons.get(field.id, said.get(field.id)),
            looks[free or bool(said.get(field.id)) or _asks(ret, field), "text"],
        )
        sheet.write_string(r, 6, where_from(field, entry), small)
        sheet.write_string(r, ID, field.id, small)
        _rule(sheet, r, field, free)
        lines = max(-(-_wide(where_from(field, entry)) // 62), 3 if field.is_text else 1)
        sheet.set_row(r, _LINE * lines + 3)
        r += 1
    sheet.data_validation(
        4, REASON, r - 1, REASON,
        {"validate": "list", "source": list(REASONS), "ignore_blank": True, "error_type": "information", "error_message": "也可以写别的理由"},
    )  # fmt: skip
    sheet.merge_range(
        r + 1,
        0,
        r + 1,
        last,
        "填报人：            审核人：            联系电话：            填报日期：    年  月  日",
        line,
    )
    sheet.freeze_panes(4, 2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)
    sheet.set_footer(f"&L{head.key}&R第 &P 页 共 &N 页")
    sheet.protect("", {"format_cells": True, "format_columns": True, "format_rows": True})


def in_order(ret: Return) -> list[FormField]:
    """The form's fields, groups in which something is asked first: what is to be filled in stands on top."""
    asked = {f.group for f in ret.form.fields if askable(ret, f) and (not f.source or ret.value(f.id) is None)}
    return sorted(ret.form.fields, key=lambda f: f.group not in asked)


def _wide(text: str) -> int:
    """Width in half characters."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _asks(ret: Return, field: FormField) -> bool:
    """Whether a doubt at this field asks for a reason: its cell is opened, also beside a white figure."""
    return any(d.field == field.id and not d.mend for d in ret.doubts)


def _cell(sheet: Any, r: int, c: int, value: Value | Any, look: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(r, c, None, look)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(r, c, value, look)
    else:
        sheet.write_string(r, c, str(value), look)


def _rule(sheet: Any, r: int, field: FormField, free: bool) -> None:
    if not free or field.is_text:
        return
    low, high = field.low if field.low is not None else -1e12, field.high if field.high is not None else 1e12
    sheet.data_validation(
        r, VALUE, r, VALUE,
        {
            "validate": "integer" if field.type == "whole" else "decimal", "criteria": "between", "minimum": low, "maximum": high,
            "ignore_blank": True, "error_type": "warning", "error_title": field.name,
            "error_message": f"应在 {low:g} 到 {high:g} 之间" + (f"，单位 {field.unit}" if field.unit else ""),
        },
    )  # fmt: skip


__all__ = ["HEADINGS", "ReturnHead", "in_order", "return_xlsx", "where_from"]
