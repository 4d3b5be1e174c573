"""A file against the books: what would be new, changed, the same, gone; what stands against a row; nothing is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qingxi.files.book_cells import plain
from qingxi.files.book_columns import Column, Spot
from qingxi.files.office_sheet import SentRow
from qingxi.origin import Fault, Severity
from qingxi_office.site.loading.sheets.book import Book, Objection, Row
from qingxi_office.site.loading.sheets.scope import Scope

_LOST = {"code-lost-digits", "bad-code"}


@dataclass
class Compared:
    """What a file would do: counts, the digest of its good rows, and its faults with their places."""

    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("new", "changed", "same", "gone", "wrong", "asks"), 0)
    )
    digest: str = ""
    faults: list[Fault] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)

    def add(self, fault: Fault, spot: Spot) -> None:
        self.faults.append(fault)
        self.spots.append(spot)


def compare(
    book: Book, scope: Scope, rows: Iterable[SentRow], said: Mapping[str, Any], out: Compared
) -> Iterator[dict[str, Any]]:
    """Hold every row against the books; gives the rows that change something or cannot, ready to be staged.

    ``said`` is the reading's sheet.json (file, places of the columns, faults with their spots); its faults come first in
    ``out``. Rows that are the same are only counted.
    """
    here = {_key(book.key(row)): row for row in book.here(scope.user)}
    names: dict[int, str] = {}
    columns = {c.field: c for c in book.table.columns}
    fields = [f for f in book.compared() if f in said["places"]]
    seen: set[str] = set()
    covered: set[str] = set()
    digest = hashlib.sha256()
    for sent in rows:
        names[sent.row] = str(sent.values.get("name") or sent.values.get("village_name") or "")
        key = _key(book.key(sent.values))
        if not sent.good:
            out.counts["wrong"] += 1
            seen.add(key)
            yield _staged(book, sent, "wrong", sent.values, {})
            continue
        was = here.get(key)
        row = {**(was or book.blank()), **{f: v for f, v in sent.values.items() if f in columns}}
        if was is not None:
            row |= {f: was[f] for f in fields if _same(columns[f], was[f], row[f])}
        seen.add(key)
        if book.cover is not None:
            covered.add(book.cover(row))
        wrong, asked = _object(book, scope, sent, row, was, said, columns, fields, out)
        changed = {f: was[f] for f in fields if was[f] != row[f]} if was is not None else {}
        if wrong:
            out.counts["asks" if asked else "wrong"] += 1
            yield _staged(book, sent, "wrong", row, changed)
            continue
        digest.update(json.dumps([key, [row.get(f) for f in fields]], ensure_ascii=False, default=str).encode())
        if was is None:
            out.counts["new"] += 1
            yield _staged(book, sent, "new", row, {})
        elif changed:
            out.counts["changed"] += 1
            yield _staged(book, sent, "changed", row, changed)
        else:
            out.counts["same"] += 1
    out.digest = digest.hexdigest()
    _offer(scope, said, names, out)
    if book.cover is not None:
        for key, row in here.items():
            if key not in seen and book.cover(row) in covered:
                out.counts["gone"] += 1
                yield {
                    "row": None,
                    "key": key[:200],
                    "label": book.label(row)[:120],
                    "verdict": "gone",
                    "values": {},
                    "was": {},
                }


def _key(parts: Sequence[Any]) -> str:
    return "/".join("" if p is None else str(p) for p in parts)


def _staged(book: Book, sent: SentRow, verdict: str, row: Row, was: Mapping[str, Any]) -> dict[str, Any]:
    try:
        label = book.label(row)
    except (KeyError, TypeError):
        label = ""
    key = _key(book.key(row))
    return {
        "row": sent.row,
        "key": key[:200],
        "label": label[:120],
        "verdict": verdict,
        "values": dict(row),
        "was": dict(was),
    }


def _same(column: Column, was: Any, now: Any) -> bool:
    """Whether a cell says what is there already: widths and blanks of a text do not count, nor does a number's form."""
    if was in (None, "") and now in (None, ""):
        return True
    if isinstance(was, str) and isinstance(now, str):
        return plain(was) == plain(now)
    if isinstance(was, int | float) and isinstance(now, int | float) and not isinstance(was, bool):
        return abs(was - now) <= 1e-9 * max(abs(was), 1.0)
    return bool(was == now)


def _object(
    book: Book, scope: Scope, sent: SentRow, row: Row, was: Row | None, said: Mapping[str, Any], columns: Mapping[str, Column],
    fields: Sequence[str], out: Compared,
) -> tuple[bool, bool]:  # fmt: skip
    """Note what stands against a row; gives whether it must stay out, and whether only for want of a reason."""
    found = book.object_to(scope, row, was)
    if was is not None:
        found += [o for f in fields if columns[f].falls for o in _fallen(columns[f], was[f], row[f])]
    wrong = False
    for objection in found:
        answered = objection.asks and bool(sent.reason.strip())
        column = columns.get(objection.field)
        heading = column.heading if column else objection.field
        value = row.get(objection.field)
        place = said["places"].get(objection.field, 0)
        rule = f"{objection.rule}（已说明：{sent.reason.strip()[:100]}）" if answered else objection.rule
        out.add(
            Fault(
                said["file"], sent.row, heading, "" if value is None else str(value), rule,
                "已按说明收下" if answered else objection.remedy, "reason-given" if answered else objection.code,
                Severity.WARNING if answered else Severity.ERROR,
            ),
            (sent.row, place),
        )  # fmt: skip
        if not answered:
            wrong = True
    return wrong, wrong and all(o.asks for o in found)


def _fallen(column: Column, was: Any, now: Any) -> list[Objection]:
    """A figure that should not fall without a reason: 管网长度比上次少 1.2 km."""
    if was is None or was == 0 or (now is not None and now >= was):
        return []
    less = was - (now or 0)
    rule = (
        f"{column.falls}比上次少 {less:.6g} {column.unit}，请说明"
        if now is not None
        else f"{column.falls}上次是 {was:.6g} {column.unit}，这次空着，请说明"
    )
    return [
        Objection(column.field, rule, "在“红格说明”里写明原因，再交一次；填错的请改正", "needs-reason", asks=True)
    ]


def _offer(scope: Scope, said: Mapping[str, Any], names: Mapping[int, str], out: Compared) -> None:
    """The reading's own faults, before ours; a code that lost its digits gets the match by name."""
    faults, spots = [], []
    for one, spot in zip(said["faults"], said["spots"], strict=True):
        if one["code"] in _LOST and one["row"] in names and (offer := scope.offer(names[one["row"]])):
            one = {**one, "remedy": f"{offer}；{one['remedy']}"}
        faults.append(Fault(**{**one, "severity": Severity(one["severity"])}))
        spots.append(None if spot is None else (spot[0], spot[1]))
    out.faults, out.spots = faults + out.faults, spots + out.spots
