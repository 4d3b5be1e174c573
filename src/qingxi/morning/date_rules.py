"""Dates that cannot be: after today, before anything was built, a closing before the finding, a day that does not exist."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any, TypeVar, cast

from qingxi.morning.conflict import Cited
from qingxi.morning.docket import Docket
from qingxi.morning.ledger import FacilityLine, IssueLine, VillageLine
from qingxi.morning.setting import Setting

Line = TypeVar("Line", VillageLine, FacilityLine, IssueLine)
_PAST = {"recognised_on": ("认定日期", "day of recognition"), "commissioned": ("投运日期", "day of commissioning"),
         "tested_on": ("监测日期", "day of the test"), "found_on": ("发现日期", "day of finding"),
         "closed_on": ("销号日期", "day of closing")}  # fmt: skip
_NAMES = _PAST | {"due_on": ("期限", "deadline")}


def sound_dates(line: Line, setting: Setting, docket: Docket) -> Line:
    """The line without the dates that somebody decided to treat as empty; each impossible date is filed."""
    for name, why, why_en in _wrong(line, setting):
        zh, en = _NAMES[name]
        written = line.written
        who = written.said("name") or written.said("title") or written.said("id") or f"第 {written.row} 行"
        text = written.said(name)
        decision = docket.file(
            "date-impossible", f"row:{name}",
            {"what": f"{who}的{zh} {text}", "what_en": f"{en} {text} of {who}", "why": why, "why_en": why_en},
            (Cited(written, (name,)),), village=written.said("code"),
        )  # fmt: skip
        if decision is not None and decision.way == "blank":
            line = replace(line, **cast(dict[str, Any], {name: None}))
    return line


def _wrong(line: Line, setting: Setting) -> list[tuple[str, str, str]]:
    there = {f.name for f in fields(line)} & set(_NAMES)
    out = [(u.field, u.rule, "not a day") for u in line.unreadable if u.field in there]
    for name in sorted(there):
        day = getattr(line, name)
        if not isinstance(day, date):
            continue
        if name in _PAST and day > setting.on:
            out.append((name, f"晚于核对日 {setting.on}", f"later than {setting.on}"))
        elif day.year < setting.limits.first_year:
            out.append((name, f"早于 {setting.limits.first_year} 年", f"before {setting.limits.first_year}"))
    if isinstance(line, IssueLine) and line.found_on is not None:
        met = {name for name, _, _ in out}
        for name in ("closed_on", "due_on"):
            day = getattr(line, name)
            if day is not None and day < line.found_on and not {name, "found_on"} & met:
                out.append((name, f"早于发现日期 {line.found_on}", f"before it was found on {line.found_on}"))
    return out
