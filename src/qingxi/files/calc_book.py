"""Writing the hydraulic calculation sheets: ``sheets.xlsx``, one sheet a system, and ``sheets.html`` to print."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any

from qingxi.files.calc_rows import CALC_COLUMNS, CalcRow, CalcSystem, calc_systems
from qingxi.files.plan_layers import MODES, withheld_words
from qingxi.plan import PlanTables

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NOTE = "管内底标高、地面标高同一高程基准；覆土 = 埋深 − 管径；井号同 plan.dxf；压力管不列坡度、充满度"


def write_calc_sheets(
    folder: Path, tables: PlanTables, figures: Mapping[str, Any], drawn_on: date | None = None
) -> tuple[Path, ...]:
    """Write both files into a folder; nothing when the plan has no sewers.

    Parameters
    ----------
    drawn_on : date, optional
        Date in the head of every sheet; left out: 待填.

    Returns
    -------
    tuple of Path
        ``sheets.xlsx`` and ``sheets.html``.
    """
    systems = calc_systems(tables)
    if not systems:
        return ()
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "sheets.xlsx", folder / "sheets.html"
    head = _head(figures, drawn_on)
    _book(paths[0], systems, head)
    paths[1].write_text(_page(systems, head), encoding="utf-8")
    return paths


def _head(figures: Mapping[str, Any], drawn_on: date | None) -> dict[str, str]:
    hidden = withheld_words(figures.get("withheld", []))
    parameters = figures.get("parameters", {}).get("tables", {})
    norms = parameters.get(figures.get("norms", ""), {})
    rough = norms.get("manning")
    return {
        "name": str(figures.get("name", "")),
        "level": str(figures.get("level", "")),
        "norms": str(figures.get("norms", "")),
        "date": f"{drawn_on:%Y-%m-%d}" if drawn_on else "待填",
        "rough": f"粗糙系数 n = {rough:g}" if rough else "",
        "hidden": f"数据等级 {figures.get('level', '')}，不予给出：{'、'.join(hidden)}" if hidden else "",
        "secrecy": str(figures.get("secrecy", "内部")),
    }


def _title(one: CalcSystem) -> str:
    return f"系统 {one.system_id} {one.name}"


def _facts(one: CalcSystem, head: Mapping[str, str]) -> str:
    parts = [
        MODES.get(one.mode, one.mode), f"{one.households:,} 户", f"平均日污水量 {one.flow_m3_d:,.1f} m³/d",
        f"管长 {one.length_m:,.1f} m", f"标准表 {head['norms']}", head["rough"], f"日期 {head['date']}", head["hidden"],
    ]  # fmt: skip
    return "；".join(part for part in parts if part)


def _text(row: CalcRow, name: str, decimals: int | None) -> str:
    value = getattr(row, name)
    if decimals is None:
        return str(value)
    return "—" if isinstance(value, float) and not math.isfinite(value) else f"{value:,.{decimals}f}"


def _book(path: Path, systems: Sequence[CalcSystem], head: Mapping[str, str]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": False, "nan_inf_to_errors": False}) as book:
        book.set_properties({"title": f"{head['name']} 水力计算表", "created": _EPOCH})
        base = {"font_name": "宋体", "font_size": 9, "valign": "vcenter"}
        cell = base | {"border": 1, "border_color": "#9AA5A1"}
        forms: dict[Any, Any] = {None: book.add_format(cell | {"num_format": "@", "align": "center"})}
        for decimals in (0, 2, 3):
            places = "0." + "0" * decimals if decimals else "#,##0"
            forms[decimals] = book.add_format(cell | {"num_format": places})
        forms["head"] = book.add_format(
            cell | {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#E6F2F0"}
        )
        forms["big"] = book.add_format({"font_name": "黑体", "font_size": 14})
        forms["note"] = book.add_format(base | {"font_color": "#50605B"})
        forms["sum"] = book.add_format(cell | {"bold": True, "num_format": "#,##0.00"})
        forms["link"] = book.add_format(cell | {"font_color": "#0A5850", "underline": 1})
        _contents(book, systems, head, forms)
        for one in systems:
            _sheet(book, one, head, forms)


def _contents(book: Any, systems: Sequence[CalcSystem], head: Mapping[str, str], forms: Mapping[Any, Any]) -> None:
    sheet = book.add_worksheet("目录")
    sheet.write(0, 0, f"{head['name']} 污水管道水力计算表", forms["big"])
    sheet.write(1, 0, head["hidden"] or _NOTE, forms["note"])
    for c, (word, width) in enumerate(
        (("系统", 8), ("名称", 30), ("模式", 12), ("户数", 10), ("水量 m³/d", 12), ("管长 m", 12))
    ):
        sheet.set_column(c, c, width)
        sheet.write(2, c, word, forms["head"])
    for r, one in enumerate(systems, start=3):
        sheet.write_url(r, 0, f"internal:'系统{one.system_id}'!A1", forms["link"], str(one.system_id))
        sheet.write_string(r, 1, one.name, forms[None])
        sheet.write_string(r, 2, MODES.get(one.mode, one.mode), forms[None])
        sheet.write_number(r, 3, one.households, forms[0])
        sheet.write_number(r, 4, one.flow_m3_d if math.isfinite(one.flow_m3_d) else 0.0, forms[2])
        # The length is the sum of the system's own sheet, not a number written twice.
        last = 4 + len(one.rows)
        sheet.write_formula(r, 5, f"=SUM('系统{one.system_id}'!E5:E{last})", forms["sum"], round(one.length_m, 2))
    end = 3 + len(systems)
    sheet.write_string(end, 1, "合计", forms["head"])
    sheet.write_formula(end, 3, f"=SUM(D4:D{end})", forms["sum"], sum(s.households for s in systems))
    sheet.write_formula(end, 5, f"=SUM(F4:F{end})", forms["sum"], round(sum(s.length_m for s in systems), 2))
    sheet.freeze_panes(3, 0)
    _print_setup(sheet, head, landscape=False)


def _sheet(book: Any, one: CalcSystem, head: Mapping[str, str], forms: Mapping[Any, Any]) -> None:
    sheet = book.add_worksheet(f"系统{one.system_id}")
    sheet.write(0, 0, f"{_title(one)} 水力计算表", forms["big"])
    sheet.write(1, 0, _facts(one, head), forms["note"])
    sheet.set_row(2, 40)
    for c, (word, unit, _, _, width) in enumerate(CALC_COLUMNS):
        sheet.set_column(c, c, width)
        sheet.write(2, c, word, forms["head"])
        sheet.write(3, c, unit, forms["head"])
    for r, row in enumerate(one.rows, start=4):
        for c, (_, _, name, decimals, _) in enumerate(CALC_COLUMNS):
            value = getattr(row, name)
            if decimals is None or (isinstance(value, float) and not math.isfinite(value)):
                sheet.write_string(r, c, _text(row, name, decimals), forms[None])
            else:
                sheet.write_number(r, c, value, forms[decimals])
    end = 4 + len(one.rows)
    sheet.write_string(end, 0, "合计", forms["head"])
    sheet.write_formula(end, 4, f"=SUM(E5:E{end})", forms["sum"], round(one.length_m, 2))
    sheet.write(end + 1, 0, _NOTE, forms["note"])
    sheet.write(end + 2, 0, "计算              校核              审定              日期", forms["note"])
    sheet.freeze_panes(4, 3)
    _print_setup(sheet, head, landscape=True)
    sheet.repeat_rows(0, 3)


def _print_setup(sheet: Any, head: Mapping[str, str], *, landscape: bool) -> None:
    sheet.set_paper(8 if landscape else 9)  # A3 for the wide sheet, A4 for the contents
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.5, 0.5, 0.6, 0.6)
    sheet.set_footer(f"&L{head['secrecy']}&C&A&R第 &P 页 共 &N 页")


_STYLE = """body{font:12px/1.5 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:16px;color:#17211e}
h1{font-size:20px;margin:0 0 4px}h2{font-size:16px;margin:24px 0 2px}p{margin:0 0 6px;color:#50605b}
.w{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{border:1px solid #9aa5a1;padding:2px 5px;text-align:right;white-space:nowrap}th{background:#e6f2f0;text-align:center;white-space:normal}
td.t{text-align:center}tfoot td{font-weight:600}.sign{display:flex;gap:120px;margin-top:10px}a{color:#0a5850}
@page{size:A3 landscape;margin:12mm}@media print{body{margin:0}section{break-before:page}nav{display:none}thead{display:table-header-group}.w{overflow:visible}}"""


def _page(systems: Sequence[CalcSystem], head: Mapping[str, str]) -> str:
    links = " ".join(f'<a href="#s{one.system_id}">{escape(_title(one))}</a>' for one in systems)
    parts = [
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(head['name'])} 水力计算表</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(head['name'])} 污水管道水力计算表</h1><p>{escape(_NOTE)}</p><nav><p>{links}</p></nav>"
    ]
    heads = "".join(
        f"<th scope=col>{escape(word)}{f'<br>{escape(unit)}' if unit else ''}</th>"
        for word, unit, *_ in CALC_COLUMNS
    )
    for one in systems:
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td{' class=t' if decimals is None else ''}>{escape(_text(row, name, decimals))}</td>"
                for _, _, name, decimals, _ in CALC_COLUMNS
            )
            + "</tr>"
            for row in one.rows
        )
        parts.append(
            f'<section id="s{one.system_id}"><h2>{escape(_title(one))}</h2><p>{escape(_facts(one, head))}</p><div class="w"><table><thead><tr>{heads}'
            f"</tr></thead><tbody>{rows}</tbody><tfoot><tr><td class=t colspan=4>合计</td><td>{one.length_m:,.2f}</td>"
            f"<td colspan={len(CALC_COLUMNS) - 5}></td></tr></tfoot></table></div>"
            '<div class="sign"><span>计算</span><span>校核</span><span>审定</span></div></section>'
        )
    return "".join(parts) + "</body></html>"
