"""The queue of commands to devices, one a device at a time; the receiver that holds the device's line takes them.

A command that was sent when its receiver died stays "unclear": it may have moved something, so it is never said again
by itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qingxi.store.side import Side


class Asked(StrEnum):
    """Where a command stands."""

    QUEUED = "queued"
    SENT = "sent"
    READY = "ready"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNANSWERED = "unanswered"
    EXPIRED = "expired"
    UNCLEAR = "unclear"
    WITHDRAWN = "withdrawn"


OPEN = (Asked.QUEUED, Asked.SENT, Asked.READY)
"""States that something still leads out of."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes
    ----------
    token : str
        The asker's own key: the same command put in twice is there once.
    fields : mapping
        What stands in the data area, as text.
    code : int or None
        QnRtn or ExeRtn that settled it.
    answer : mapping
        What the device said, by key; ``packets`` counts data messages.
    """

    id: int
    token: str
    mn: str
    cn: str
    fields: Mapping[str, str]
    asked_by: str
    asked_ms: int
    expires_ms: int
    state: Asked
    code: int | None
    qn: str
    sent_ms: int
    ended_ms: int
    answer: Mapping[str, str]


_COLUMNS = "id, token, mn, cn, fields, asked_by, asked_ms, expires_ms, state, code, qn, sent_ms, ended_ms, answer"


def _commands(rows: Sequence[tuple[Any, ...]]) -> list[Command]:
    found = []
    for number, token, mn, cn, fields, by, asked, expires, state, code, qn, sent, ended, answer in rows:
        fields, answer, state = json.loads(fields), json.loads(answer), Asked(state)
        found.append(
            Command(number, token, mn, cn, fields, by, asked, expires, state, code, qn, sent, ended, answer)
        )
    return found


def put_command(
    side: Side, token: str, mn: str, cn: str, fields: Mapping[str, str], *, by: str, now_ms: int, life_ms: int
) -> None:
    """Queue a command; the same token again changes nothing."""
    side.run(
        "INSERT INTO telemetry_command (token, mn, cn, fields, asked_by, asked_ms, expires_ms, state, qn, sent_ms,"
        " ended_ms, answer) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', '', 0, 0, '{}') ON CONFLICT (token) DO NOTHING",
        (token, mn, cn, json.dumps(dict(fields), ensure_ascii=False), by, now_ms, now_ms + life_ms),
    )


def withdraw_command(side: Side, token: str, now_ms: int) -> bool:
    """Take a command back that was not sent yet; False when it is too late."""
    return (
        side.run(
            "UPDATE telemetry_command SET state='withdrawn', ended_ms=? WHERE token=? AND state='queued'",
            (now_ms, token),
        )
        == 1
    )


def waiting_commands(side: Side, now_ms: int) -> list[Command]:
    """Queued commands, the oldest first; those whose time is over become expired."""
    if side.rows("SELECT 1 FROM telemetry_command WHERE state='queued' AND expires_ms < ? LIMIT 1", (now_ms,)):
        side.run(
            "UPDATE telemetry_command SET state='expired', ended_ms=? WHERE state='queued' AND expires_ms < ?",
            (now_ms, now_ms),
        )
    return _commands(
        side.rows(f"SELECT {_COLUMNS} FROM telemetry_command WHERE state='queued' ORDER BY id LIMIT 1000")
    )


def claim_command(side: Side, number: int, qn: str, now_ms: int) -> bool:
    """Take a queued command to be sent; False when somebody else has."""
    return (
        side.run(
            "UPDATE telemetry_command SET state='sent', qn=?, sent_ms=? WHERE id=? AND state='queued'",
            (qn, now_ms, number),
        )
        == 1
    )


def note_command(
    side: Side, number: int, state: Asked, code: int | None, answer: Mapping[str, str], now_ms: int
) -> None:
    """Write down how far a command has come."""
    side.run(
        "UPDATE telemetry_command SET state=?, code=?, answer=?, ended_ms=? WHERE id=?",
        (
            state.value, code, json.dumps(dict(answer), ensure_ascii=False), 0 if state in OPEN else now_ms, number,
        ),
    )  # fmt: skip


def unclear_commands(side: Side, before_ms: int, now_ms: int) -> int:
    """Commands sent before a moment and never settled: their receiver died. Gives how many."""
    return side.run(
        "UPDATE telemetry_command SET state='unclear', ended_ms=? WHERE state IN ('sent', 'ready') AND sent_ms < ?",
        (now_ms, before_ms),
    )


def commands_of(side: Side, mn: str, limit: int = 50) -> list[Command]:
    """A device's commands, the newest first."""
    return _commands(
        side.rows(f"SELECT {_COLUMNS} FROM telemetry_command WHERE mn=? ORDER BY id DESC LIMIT ?", (mn, limit))
    )


def commands_by_token(side: Side, tokens: Sequence[str]) -> dict[str, Command]:
    """Commands by their askers' keys."""
    found: dict[str, Command] = {}
    for at in range(0, len(tokens), 500):
        some = tokens[at : at + 500]
        rows = side.rows(
            f"SELECT {_COLUMNS} FROM telemetry_command WHERE token IN ({','.join('?' * len(some))})", list(some)
        )
        found |= {command.token: command for command in _commands(rows)}
    return found
