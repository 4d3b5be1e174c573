"""A case across a county border: the file that goes with the letter, and the other county's reply; both clocks kept.

The file is plain JSON of a stated form, so that a county without this software can read it and answer by hand.
"""

import json
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, TypeVar

from qingxi.calendar import WorkingDays
from qingxi.origin import Fault
from qingxi.standard import load_table

FORM_CASE = "qingxi-cross-county-case/1"
FORM_REPLY = "qingxi-cross-county-reply/1"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A problem as one county puts it to another. ``due_on`` is the asker's own term, ``reply_by`` the one asked for."""

    key: str
    title: str
    detail: str
    from_county: str
    to_county: str
    place: str
    found_on: date
    due_on: date | None
    sent_on: date
    reply_by: date
    asks: str
    number: str = ""  # 文号 of the letter, "" while it has none

    def text(self) -> str:
        """The file's content."""
        return _text(FORM_CASE, self)


@dataclass(frozen=True, slots=True)
class CaseReply:
    """The other county's answer: ``takes`` whether it takes the matter up, and its own term when it does."""

    key: str
    from_county: str
    answered_on: date
    takes: bool
    said: str
    own_key: str = ""
    own_due_on: date | None = None
    number: str = ""

    def text(self) -> str:
        """The file's content."""
        return _text(FORM_REPLY, self)


def reply_due(sent_on: date, working: WorkingDays | None = None) -> date:
    """Day by which an answer is asked for, in working days."""
    return (working or WorkingDays()).add(sent_on, int(load_table("issues")["crossing.reply"]))


def read_case(text: str, file: str = "") -> CaseFile | list[Fault]:
    """The case in a file, or every fault of it at once."""
    return _read(CaseFile, FORM_CASE, text, file, {"title", "from_county", "key"})


def read_reply(text: str, file: str = "") -> CaseReply | list[Fault]:
    """The reply in a file, or every fault of it at once."""
    return _read(CaseReply, FORM_REPLY, text, file, {"said", "from_county", "key"})


def _text(form: str, held: Any) -> str:
    plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(held).items()}
    return json.dumps({"form": form, **plain}, ensure_ascii=False, indent=2) + "\n"


_T = TypeVar("_T")


def _read(kind: type[_T], form: str, text: str, file: str, needed: set[str]) -> _T | list[Fault]:
    def fault(field: str, value: object, rule: str, code: str) -> Fault:
        return Fault(file, None, field, str(value)[:80], rule, "请对方重新导出，或照来函改正", code)

    try:
        raw = json.loads(text)
    except ValueError:
        return [fault("", text[:40], "文件要是 JSON", "case-json")]
    if not isinstance(raw, dict) or raw.get("form") != form:
        return [
            fault("form", raw.get("form", "") if isinstance(raw, dict) else "", f"form 要是 {form}", "case-form")
        ]
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field in fields(kind):  # type: ignore[arg-type]
        value, wanted = raw.get(field.name), str(field.type)
        if "date" in wanted:
            if value is None and "None" in wanted:
                values[field.name] = None
                continue
            try:
                values[field.name] = date.fromisoformat(value)  # type: ignore[arg-type]
            except (TypeError, ValueError):
                faults.append(fault(field.name, value, "要是日期 年-月-日", "case-date"))
        elif "bool" in wanted:
            if isinstance(value, bool):
                values[field.name] = value
            else:
                faults.append(fault(field.name, value, "要是 true 或 false", "case-yes-no"))
        elif value is None and field.name not in needed:
            values[field.name] = ""
        elif isinstance(value, str) and (value.strip() or field.name not in needed):
            values[field.name] = value
        else:
            faults.append(fault(field.name, value, "要写明", "case-missing"))
    return faults or kind(**values)
