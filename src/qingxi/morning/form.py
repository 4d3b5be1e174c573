"""A form (表样) of the county: which columns, under which headings, by which formulas.

A form is data: TOML as the one shipped in ``forms/``, or the county's own. The three states are columns of their own; a
formula that adds two of them must own to it with ``adds_states = true``, and the sheet then says so below.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from qingxi.morning.formula import BadFormula, Formula
from qingxi.morning.records import FIELDS
from qingxi.origin import Fault

KNOWN = ("county", "quarter", "unit", "date")
"""What may stand in braces in the title and the lines above the table."""
FORMATS = ("text", "whole", "one", "percent")
_LAST = 60


class BadForm(ValueError):
    """A form that cannot be used, with every fault of it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("；".join(str(f) for f in faults))
        self.faults = faults


@dataclass(frozen=True)
class FormColumn:
    """One column: ``heading`` in two rows (group and name, or one name over both), ``width`` in characters."""

    id: str
    heading: tuple[str, str]
    field: str = ""
    formula: Formula | None = None
    format: str = "text"
    width: float = 9.0
    adds_states: bool = False


@dataclass(frozen=True)
class FormSheet:
    """One sheet of a form: ``rows`` is ``"township"`` or ``"village"``."""

    name: str
    rows: str
    columns: tuple[FormColumn, ...]


@dataclass(frozen=True)
class Form:
    """A whole form; ``{county}``, ``{quarter}``, ``{unit}``, ``{date}`` stand in title and lines for what is known."""

    id: str
    name: str
    title: str
    left: str
    right: str
    sign: tuple[str, ...]
    source: str
    trust: str
    sheets: tuple[FormSheet, ...]


def parse_form(text: str, file: str) -> Form:
    """Read a form.

    Raises
    ------
    BadForm
        With every fault: unknown fields, formulas of columns that are not there, states added without owning to it.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadForm(
            [Fault(file, None, "", "", f"不是 TOML：{error}", "请照默认表样改", "form-unreadable")]
        ) from None
    faults: list[Fault] = []

    def wrong(field: str, value: object, rule: str, remedy: str, code: str) -> None:
        faults.append(Fault(file, None, field, str(value), rule, remedy, code))

    for name in ("id", "name", "title", "source", "trust"):
        if not isinstance(told.get(name), str) or not told[name].strip():
            wrong(name, told.get(name, ""), "不能为空", f"请写明 {name}", "form-empty")
    for name in ("title", "left", "right"):
        try:
            str(told.get(name, "")).format_map(dict.fromkeys(KNOWN, ""))
        except (KeyError, ValueError, IndexError, AttributeError):
            wrong(
                name,
                told.get(name),
                "花括号里的名字不认识",
                "可用 " + "、".join(f"{{{k}}}" for k in KNOWN),
                "form-mark",
            )
    sheets: list[FormSheet] = []
    for each in told.get("sheet") or []:
        rows = str(each.get("rows", "township"))
        if rows not in ("township", "village"):
            wrong("rows", rows, "应为 township 或 village", "一行一个乡镇还是一个村", "form-rows")
        columns = [_column(c, wrong) for c in each.get("column") or []]
        if not 0 < len(columns) <= _LAST:
            wrong("column", len(columns), f"一张表有 1 到 {_LAST} 列", "请增减列", "form-columns")
        known = {c.id for c in columns}
        for c in columns:
            for name in sorted((c.formula.names if c.formula else frozenset()) - known):
                wrong(
                    "formula", name, f"列“{c.heading[1]}”的公式用了没有的列", "公式里写本表的列名", "form-formula"
                )
            if c.formula and c.formula.adds_states and not c.adds_states:
                rule = "已治理、已管控、未完成不能悄悄相加"
                wrong(
                    "formula",
                    c.formula.text,
                    rule,
                    "确实要合并的，在这一列写 adds_states = true",
                    "form-adds-states",
                )
        if len(known) < len(columns):
            wrong("id", "、".join(c.id for c in columns), "有两列同名", "给其中一列另写 id", "form-twice")
        title = str(each.get("name") or f"表{len(sheets) + 1}")
        if len(title) > 31 or set(title) & set("[]:*?/\\") or title in {s.name for s in sheets}:
            wrong("name", title, "工作表名最多 31 个字，不能重名，不能有 []:*?/\\", "请改名", "form-sheet-name")
        sheets.append(FormSheet(title[:31], rows, tuple(columns)))
    if not sheets:
        wrong("sheet", "", "至少要有一张表", "请加 [[sheet]]", "form-empty")
    if faults:
        raise BadForm(faults)
    sign = tuple(str(s) for s in told.get("sign") or ())
    left, right = str(told.get("left", "")), str(told.get("right", ""))
    return Form(
        told["id"], told["name"], told["title"], left, right, sign, told["source"], told["trust"], tuple(sheets)
    )


def _column(told: Mapping[str, Any], wrong: Any) -> FormColumn:
    said = told.get("heading", "")
    parts = [str(p) for p in said] if isinstance(said, list) else [str(said)]
    heading = (parts[0], parts[-1])
    field = str(told.get("field", ""))
    formula = None
    if told.get("formula"):
        try:
            formula = Formula(str(told["formula"]))
        except BadFormula as error:
            wrong("formula", told["formula"], str(error), "例如 treated / villages", "form-formula")
    elif field not in FIELDS:
        wrong(
            "field",
            field,
            "没有这个字段",
            "可用的有：" + "、".join(f"{k}（{v}）" for k, (v, _) in FIELDS.items()),
            "form-field",
        )
    shape = str(told.get("format", "text" if field and not FIELDS.get(field, ("", True))[1] else "whole"))
    if shape not in FORMATS:
        wrong("format", shape, "应为 " + "、".join(FORMATS), "改成其中之一", "form-format")
    try:
        width = float(told.get("width", 9))
    except (TypeError, ValueError):
        wrong("width", told.get("width"), "应为数字", "宽度按字数写", "form-width")
        width = 9.0
    column = str(told.get("id") or field or heading[1])
    return FormColumn(column, heading, field, formula, shape, width, bool(told.get("adds_states")))


def default_form_text() -> str:
    """The form that is shipped, as TOML, for a county to change."""
    path = resources.files("qingxi.morning") / "forms" / "quarterly.toml"
    return path.read_text(encoding="utf-8")


def default_form() -> Form:
    """The form that is shipped: 季度调度表."""
    return parse_form(default_form_text(), "quarterly.toml")
