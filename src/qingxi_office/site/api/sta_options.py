"""The query options of SensorThings 1.1 that are understood: what was asked, or what cannot be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST = 1000
USUAL = 100

_KNOWN = ("$top", "$skip", "$count", "$orderby", "$filter", "$expand", "$select", "$resultFormat")
_PART = re.compile(r"\(*\s*phenomenonTime\s+(eq|ge|gt|le|lt)\s+'?([0-9TZ:.+\- ]+?)'?\s*\)*", re.IGNORECASE)


class NotUnderstood(ValueError):
    """An option that cannot be answered; the message says which and what would be."""


@dataclass(frozen=True)
class Options:
    """``start_s`` and ``end_s`` bound phenomenonTime in seconds, the end not in it; None is open."""

    top: int = USUAL
    skip: int = 0
    count: bool = False
    descending: bool = False
    start_s: int | None = None
    end_s: int | None = None
    expand: tuple[str, ...] = ()
    select: tuple[str, ...] = field(default=())


def read_options(query: Mapping[str, str]) -> Options:
    """Options of a request.

    Raises
    ------
    NotUnderstood
        For an unknown option or one that goes further than this service does.
    """
    if unknown := [name for name in query if name.startswith("$") and name not in _KNOWN]:
        raise NotUnderstood(f"{unknown[0]} 不认得；可以用 {'、'.join(_KNOWN)}")
    if query.get("$resultFormat", "") not in ("", "default"):
        raise NotUnderstood("$resultFormat 只有 default")
    start, end = _times(query.get("$filter", ""))
    return Options(
        top=min(MOST, _number(query, "$top", USUAL)),
        skip=_number(query, "$skip", 0),
        count=_flag(query.get("$count", "false")),
        descending=_descending(query.get("$orderby", "")),
        start_s=start,
        end_s=end,
        expand=_expand(query.get("$expand", "")),
        select=tuple(name.strip() for name in query.get("$select", "").split(",") if name.strip()),
    )


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, str(usual))
    if not text.isdigit() or len(text) > 9:
        raise NotUnderstood(f"{name} 是 {text[:20]}，要是不为负的整数")
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise NotUnderstood("$count 是 true 或 false")
    return text == "true"


def _descending(text: str) -> bool:
    words = text.split()
    if not words:
        return False
    if (
        words[0] not in ("phenomenonTime", "id", "@iot.id")
        or len(words) > 2
        or words[1:] not in ([], ["asc"], ["desc"])
    ):
        raise NotUnderstood("$orderby 可以是 phenomenonTime 或 id，后面 asc 或 desc")
    return words[1:] == ["desc"]


def _expand(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if any("/" in name or "(" in name for name in names):
        raise NotUnderstood("$expand 只展开一层，里面不带别的条件")
    return names


def _times(text: str) -> tuple[int | None, int | None]:
    """Bounds in whole seconds: what is later than the start of a second begins with the next."""
    start: int | None = None
    end: int | None = None
    if not text.strip():
        return None, None
    for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE):
        found = _PART.fullmatch(part.strip())
        if found is None:
            raise NotUnderstood("$filter 可以是 phenomenonTime 的 eq、ge、gt、le、lt，用 and 连")
        at = _moment(found[2].strip())
        low, high = {"eq": (at, at + 1), "ge": (at, None), "gt": (at + 1, None), "le": (None, at + 1), "lt": (None, at)}[found[1].lower()]  # fmt: skip
        start = low if start is None else start if low is None else max(start, low)
        end = high if end is None else end if high is None else min(end, high)
    return start, end


def _moment(text: str) -> int:
    try:
        at = dt.datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise NotUnderstood(f"{text[:40]} 不是时间；写成 2026-11-22T08:00:00Z") from None
    return int((at if at.tzinfo else at.replace(tzinfo=dt.UTC)).timestamp())
