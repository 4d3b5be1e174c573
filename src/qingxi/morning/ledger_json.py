"""Ledgers as plain JSON and back, so that an office can keep what was read and ask again after each decision."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from qingxi.morning.ledger import (
    Book,
    CellSaid,
    FacilityLine,
    IssueLine,
    Ledgers,
    TotalLine,
    Unreadable,
    VillageLine,
    Written,
)
from qingxi.morning.state import State

_DATES = {"recognised_on", "commissioned", "tested_on", "found_on", "due_on", "closed_on"}


def ledgers_as_json(ledgers: Ledgers) -> dict[str, Any]:
    """All lines as lists and plain values."""
    return {
        "villages": [_plain(line) for line in ledgers.villages],
        "facilities": [_plain(line) for line in ledgers.facilities],
        "issues": [_plain(line) for line in ledgers.issues],
        "totals": [{"written": _written(t.written), "values": [list(v) for v in t.values]} for t in ledgers.totals],
    }


def ledgers_from_json(told: dict[str, Any]) -> Ledgers:
    """The ledgers that :func:`ledgers_as_json` wrote."""
    return Ledgers(
        tuple(
            VillageLine(**_line(v) | {"state": State(v["state"]) if v["state"] else None}) for v in told["villages"]
        ),
        tuple(FacilityLine(**_line(v)) for v in told["facilities"]),
        tuple(IssueLine(**_line(v)) for v in told["issues"]),
        tuple(
            TotalLine(written_from_json(t["written"]), tuple((n, v) for n, v in t["values"]))
            for t in told["totals"]
        ),
    )


def _written(w: Written) -> list[Any]:
    return [w.book.value, w.file, w.sheet, w.row, [[c.field, c.heading, c.text] for c in w.cells]]


def written_from_json(told: list[Any]) -> Written:
    """One row as it was written."""
    book, file, sheet, row, cells = told
    return Written(Book(book), file, sheet, row, tuple(CellSaid(*c) for c in cells))


def written_as_json(w: Written) -> list[Any]:
    """The row as a list; see :func:`written_from_json`."""
    return _written(w)


def _plain(line: VillageLine | FacilityLine | IssueLine) -> dict[str, Any]:
    out = asdict(line)
    out["written"] = _written(line.written)
    out["unreadable"] = [[u.field, u.text, u.rule] for u in line.unreadable]
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in out.items()}


def _line(told: dict[str, Any]) -> dict[str, Any]:
    out = {k: date.fromisoformat(v) if k in _DATES and v else v for k, v in told.items()}
    out["written"] = written_from_json(told["written"])
    out["unreadable"] = tuple(Unreadable(*u) for u in told["unreadable"])
    return out
