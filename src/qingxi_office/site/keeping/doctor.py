"""The doctor: what must be well for an office to be relied on, each point with what was seen and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from qingxi_office.trail import clock

RECORD = "doctor.json"


class State(StrEnum):
    """How one point is."""

    OK = "ok"
    SUSPICIOUS = "suspicious"
    WRONG = "wrong"

    @property
    def word(self) -> str:
        return {State.OK: _("正常"), State.SUSPICIOUS: _("可疑"), State.WRONG: _("不对")}[self]


@dataclass(frozen=True, slots=True)
class Found:
    """One point: what was looked at, how it is, what was seen, and what to do when it is not well."""

    key: str
    title: str
    state: State
    words: str
    remedy: str = ""
    seen_at: datetime | None = None  # of what is not looked at anew each time

    def line(self) -> str:
        """One line for a terminal."""
        return f"{self.state.word} {self.title}:{self.words}" + (f" → {self.remedy}" if self.remedy else "")


Check = Callable[[bool], Iterable[Found]]
"""Takes whether to look deep (minutes on a large county), gives what was found."""


def _checks() -> tuple[Check, ...]:
    from qingxi_office.site.keeping import checks_books, checks_machine, checks_way

    return (*checks_books.CHECKS, *checks_machine.CHECKS, *checks_way.CHECKS)


_GROWING = frozenset({"books", "files", "store"})
"""Checks that read as much as the office holds."""
_HELD = timedelta(minutes=10)
_held: dict[tuple[str, str, str | None], list[Found]] = {}


def _young(check: Check, name: str) -> list[Found]:
    """What a growing check found in the last ten minutes, if it was well; else it looks."""
    key, now = (str(settings.HOME), name, translation.get_language()), clock.real_now()
    held = _held.get(key)
    if held is None or not all(one.seen_at and timedelta() <= now - one.seen_at < _HELD for one in held):
        held = [replace(one, seen_at=now) for one in check(False)]
        _held.pop(key, None)
        if all(one.state is State.OK for one in held):
            _held[key] = held
    return held


def examine(*, deep: bool = False, held: bool = False) -> list[Found]:
    """Look at every point; a check that breaks is a point that is wrong, and the others go on.

    ``held``: what reads as much as the office holds and was well is told as it was up to ten minutes ago, with when that was.
    """
    found: list[Found] = []
    for check in _checks():
        name = getattr(check, "__name__", "")
        try:
            found += _young(check, name) if held and name in _GROWING else check(deep)
        except Exception as error:
            name = getattr(check, "__name__", "check").strip("_")
            found.append(
                Found(name, name, State.WRONG, f"{type(error).__name__}:{error}"[:300],
                      _("这一项没能查成:看日志;账本打不开时先看“账本”一项"))
            )  # fmt: skip
    order = [State.WRONG, State.SUSPICIOUS, State.OK]
    return sorted(found, key=lambda one: order.index(one.state))


def record(found: list[Found]) -> None:
    """Keep what a deep look found, for the page; what only a deep look tells, in every language of the pages."""
    from qingxi_office.site.keeping import checks_books

    said: dict[str, list[dict[str, Any]]] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            said[code] = [asdict(one) for one in checks_books.trail(True)]
    path = Path(settings.HOME) / RECORD
    at = clock.real_now().astimezone().isoformat(timespec="seconds")
    part = path.with_suffix(".part")
    kept = {"at": at, "deep": said, "found": [asdict(one) for one in found]}
    part.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(path)


def recorded() -> tuple[datetime, list[Found]] | None:
    """The last deep look: when, and what only it tells, in the reader's language; None when there was none."""
    path = Path(settings.HOME) / RECORD
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        rows = kept["deep"].get(translation.get_language()) or kept["deep"][settings.LANGUAGE_CODE]
        return datetime.fromisoformat(kept["at"]), [Found(**{**one, "state": State(one["state"])}) for one in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return None
