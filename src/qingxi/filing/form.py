"""A form that is owed every period (报表): who owes it, its fields, its checks. Data: TOML, shipped or the county's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from qingxi.filing.period import PeriodKind
from qingxi.filing.sources import carried, sources
from qingxi.origin import Fault

TYPES = ("whole", "number", "text")
ADDS = ("sum", "none")
CHECKS = ("at_most", "parts", "drop", "jump", "grows_by")
ASKS = ("explain", "mend")
SHIPPED = ("monthly", "quarterly", "half_year")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_MOST = 120
Wrong = Callable[[str, object, str, str, str], None]


class BadForm(ValueError):
    """A form that cannot be used, with every fault of it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("；".join(str(f) for f in faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class FormField:
    """One figure or text of a form.

    ``source`` names what the books know (empty: it is typed); ``editable`` lets a clerk put another value over the books',
    with a reason. ``add`` says how the county's figure is made of the units'. ``basis`` and ``trust`` say where the field
    comes from and how sure that is.
    """

    id: str
    name: str
    unit: str = ""
    type: str = "whole"
    group: str = ""
    source: str = ""
    editable: bool = False
    needed: bool = True
    low: float | None = None
    high: float | None = None
    add: str = "sum"
    meaning: str = ""
    basis: str = ""
    trust: str = ""

    @property
    def is_text(self) -> bool:
        return self.type == "text"


@dataclass(frozen=True)
class Check:
    """One check over fields of a form; ``ask`` is ``"explain"`` (a reason lets it stand) or ``"mend"`` (it must be put right).

    ``at_most``: ``field`` ≤ ``other`` × ``factor``; ``parts``: the ``parts`` add up to ``field``; ``drop``: ``field`` is less than
    last period's by more than ``by``; ``jump``: more than ``factor`` times last period's and by more than ``by``;
    ``grows_by``: ``field`` grew since last period by ``other`` × ``factor``, within ``by``.
    """

    id: str
    kind: str
    field: str
    other: str = ""
    parts: tuple[str, ...] = ()
    factor: float = 1.0
    by: float = 0.0
    ask: str = "explain"
    basis: str = ""


@dataclass(frozen=True)
class Form:
    """A whole form. Due ``due_working_days`` working days after the period's last day, by every unit of the level and kind."""

    id: str
    name: str
    title: str
    period: PeriodKind
    due_working_days: int
    owes_level: str
    owes_kind: str
    fields: tuple[FormField, ...]
    checks: tuple[Check, ...]
    basis: str
    trust: str
    to: str = ""

    def field(self, name: str) -> FormField:
        """The field of an id; raises KeyError for none."""
        return next((f for f in self.fields if f.id == name), None) or _no(name)

    @property
    def asked(self) -> tuple[FormField, ...]:
        """The fields that no book knows."""
        return tuple(f for f in self.fields if not f.source)


def _no(name: str) -> FormField:
    raise KeyError(name)


def parse_form(text: str, file: str) -> Form:
    """Read a form.

    Raises
    ------
    BadForm
        With every fault: unknown sources, checks over fields that are not there, doubled ids.
    """
    faults: list[Fault] = []

    def wrong(field: str, value: object, rule: str, remedy: str, code: str) -> None:
        faults.append(Fault(file, None, field, str(value), rule, remedy, code))

    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadForm(
            [Fault(file, None, "", "", f"不是 TOML：{error}", "请照随带的表样改", "form-unreadable")]
        ) from None
    for name in ("id", "name", "title", "basis", "trust"):
        if not isinstance(told.get(name), str) or not told[name].strip():
            wrong(name, told.get(name, ""), "不能为空", f"请写明 {name}", "form-empty")
    if isinstance(told.get("id"), str) and not _ID.match(told["id"]):
        wrong("id", told["id"], "应为小写字母、数字和下划线", "例如 monthly", "form-id")
    try:
        kind = PeriodKind(str(told.get("period", "")))
    except ValueError:
        kind = PeriodKind.MONTH
        wrong("period", told.get("period", ""), "应为 " + "、".join(PeriodKind), "改成其中之一", "form-period")
    due = told.get("due_working_days", 5)
    if not isinstance(due, int) or isinstance(due, bool) or not 0 <= due <= 60:
        wrong("due_working_days", due, "应为 0 到 60 的整数", "期末以后几个工作日内报", "form-due")
        due = 5
    owes = told.get("owes") if isinstance(told.get("owes"), dict) else {}
    fields = tuple(_field(each, wrong) for each in _tables(told.get("field")))
    if not 0 < len(fields) <= _MOST:
        wrong("field", len(fields), f"一张表有 1 到 {_MOST} 项", "请增减 [[field]]", "form-fields")
    _twice("field", [f.id for f in fields], wrong)
    checks = tuple(_check(each, {f.id: f for f in fields}, wrong) for each in _tables(told.get("check")))
    _twice("check", [c.id for c in checks], wrong)
    if faults:
        raise BadForm(faults)
    return Form(
        told["id"], told["name"], told["title"], kind, due, str((owes or {}).get("level", "乡镇")), str((owes or {}).get("kind", "")),
        fields, checks, told["basis"], told["trust"], str(told.get("to", "")),
    )  # fmt: skip


def _tables(told: object) -> list[Mapping[str, Any]]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _twice(what: str, ids: Sequence[str], wrong: Wrong) -> None:
    for one in sorted({i for i in ids if ids.count(i) > 1}):
        wrong(what, one, "写了两次", "给其中一个另写 id", "form-twice")


def _number(told: Mapping[str, Any], name: str, default: float | None, wrong: Wrong) -> float | None:
    value = told.get(name, default)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None if value is None else float(value)
    wrong(name, value, "应为数字", "写一个数", "form-number")
    return default


def _field(told: Mapping[str, Any], wrong: Wrong) -> FormField:
    name = str(told.get("id", ""))
    if not _ID.match(name):
        wrong("field", name, "id 应为小写字母、数字和下划线", "例如 sludge_t", "form-id")
    source = str(told.get("source", ""))
    known = sources().get(source)
    try:
        from_return = carried(source)
    except ValueError:
        from_return = None
    if source and known is None and from_return is None:
        offered = "、".join(f"{s.name}（{s.words}）" for s in sources().values())
        wrong("source", source, "账里没有这个数", f"可用的有：{offered}；或 return:表.项:sum", "form-source")
    kind = str(told.get("type", known.type if known else "whole"))
    if kind not in TYPES:
        wrong("type", kind, "应为 " + "、".join(TYPES), "改成其中之一", "form-type")
    add = str(told.get("add", "none" if kind == "text" else "sum"))
    if add not in ADDS:
        wrong("add", add, "应为 " + "、".join(ADDS), "改成其中之一", "form-add")
    words = str(told.get("name", known.words if known else ""))
    if not words.strip():
        wrong("name", name, "每一项要有名称", "写 name", "form-empty")
    return FormField(
        name, words, str(told.get("unit", known.unit if known else "")), kind, str(told.get("group", "")), source,
        bool(told.get("editable", False)), bool(told.get("needed", True)), _number(told, "low", 0.0 if kind != "text" else None, wrong),
        _number(told, "high", None, wrong), add, str(told.get("meaning", known.meaning if known else "")), str(told.get("basis", "")),
        str(told.get("trust", "")),
    )  # fmt: skip


def _check(told: Mapping[str, Any], fields: Mapping[str, FormField], wrong: Wrong) -> Check:
    kind, ask = str(told.get("kind", "")), str(told.get("ask", "explain"))
    parts = tuple(str(p) for p in told.get("parts") or ())
    made = Check(
        str(told.get("id", "")), kind, str(told.get("field", "")), str(told.get("other", "")), parts,
        _number(told, "factor", 1.0, wrong) or 0.0, _number(told, "by", 0.0, wrong) or 0.0, ask, str(told.get("basis", "")),
    )  # fmt: skip
    if not re.match(r"[a-z][a-z0-9_-]{0,39}\Z", made.id):
        wrong("check", made.id, "id 应为小写字母、数字和横线", "例如 sewer-shorter", "form-id")
    if kind not in CHECKS:
        wrong("kind", kind, "应为 " + "、".join(CHECKS), "改成其中之一", "form-check")
    if ask not in ASKS:
        wrong("ask", ask, "应为 " + "、".join(ASKS), "改成其中之一", "form-check")
    need = (
        made.field,
        *((made.other,) if kind in ("at_most", "grows_by") else ()),
        *(parts if kind == "parts" else ()),
    )
    for name in need:
        if name not in fields or fields[name].is_text:
            wrong(
                "check", f"{made.id}：{name}", "查的这一项不在表里，或不是数", "写本表里数字项的 id", "form-check"
            )
    if kind == "parts" and not parts:
        wrong("parts", made.id, "要写由哪几项相加", '例如 parts = ["a", "b"]', "form-check")
    return made


def shipped_text(name: str) -> str:
    """A form that is shipped, as TOML, for a county to change; raises KeyError for a name that is none."""
    if name not in SHIPPED:
        raise KeyError(name)
    return (resources.files("qingxi.filing") / "forms" / f"{name}.toml").read_text(encoding="utf-8")


def shipped(name: str) -> Form:
    """A form that is shipped: 月调度表, 季报, 半年水质监测报表."""
    return parse_form(shipped_text(name), f"{name}.toml")
