"""Every packet of one device on one day (逐包), hot or filed, and the frames that it was read from.

A filed row no longer knows what was odd about its packet: that stands in the frame, and is read from there again.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow.parquet as pq
import zstandard

from qingxi.reading import day_start_s
from qingxi.store.archive import archive_folder
from qingxi.store.body import Body
from qingxi.store.late import joined
from qingxi.store.pick import rows_with
from qingxi.store.readings import Readings
from qingxi.store.wide import PACKET_COLUMNS, Row, ordered, read_rows, rows_of, wide
from qingxi.wire import Received

FAR = 120
"""Filed days that are looked through for the next one on which a device spoke."""


@dataclass(frozen=True, slots=True)
class DayPacket:
    """One packet as it is kept, one version of it.

    Attributes
    ----------
    kind : str
        ``"rtd"``, ``"minute"``, ...; empty for a packet without a DataTime, whose ``at_s`` is that of its QN or arrival.
    newest : bool
        Whether this version counts; a replaced one stays as evidence.
    raw : str
        Where its frames lie, for :func:`frames_of`.
    oddities : tuple of str or None
        Names of :class:`qingxi.wire.hj212.Oddity`; None for a filed packet.
    """

    cn: str
    kind: str
    at_s: int
    version: int
    newest: bool
    body: Body
    received_ms: int
    source: str
    raw: str
    oddities: tuple[str, ...] | None

    @property
    def key(self) -> str:
        """Its name among the packets of its device."""
        return f"{self.cn}-{self.at_s}-{self.version}"


def day_packets(store: Readings, mn: str, day: date) -> list[DayPacket]:
    """All packets whose time lies in the day (Beijing), every version, in the order of time."""
    start, db = day_start_s(day), store.database
    db.execute("BEGIN")  # so that no packet is seen both hot and filed, or neither
    try:
        hot = db.execute(
            f"SELECT {PACKET_COLUMNS}, oddities FROM telemetry_packet"
            " WHERE mn=? AND data_s + 0 >= ? AND data_s + 0 < ? ORDER BY id",
            (mn, start, start + 86400),
        ).fetchall()
        file = db.execute("SELECT file FROM telemetry_history WHERE day=?", (day.isoformat(),)).fetchone()
    finally:
        db.execute("COMMIT")
    came = read_rows(row[:-1] for row in hot)
    if file is None:
        table = ordered(wide(came))
    else:
        path = archive_folder(store.path) / file[0]
        table = joined(rows_with(path, "mn", [mn], pq.read_schema(path).names), came)
    odd = {part: row[-1] for row in hot for part in _parts(row)}
    rows = zip(rows_of(table), table["newest"].to_pylist(), strict=True)
    found = [_packet(row, newest, odd) for row, newest in rows]
    return sorted(found, key=lambda one: (one.at_s, one.cn, one.version))


def _parts(row: Row | tuple[Any, ...]) -> list[tuple[str, int, str]]:
    """A row's frames, named so that the same ones are found when it has become part of a filed row."""
    return [(row[1], row[3], place) for place in row[8].split(",")]


def _packet(row: Row, newest: bool, odd: dict[tuple[str, int, str], str]) -> DayPacket:
    said = [odd.get(part) for part in _parts(row)]
    known = [each for each in said if each is not None]
    names = dict.fromkeys(name for text in known for name in text.split(",") if name)
    return DayPacket(
        row[1], row[2], row[3], row[4], newest, row[5], row[6], row[7], row[8],
        tuple(names) if len(known) == len(said) else None,
    )  # fmt: skip


def frames_of(store: Readings, raw: str) -> list[Received | None]:
    """The frames a packet was read from, byte for byte; None for one that is not there any more."""
    return [_frame(store, place) for place in raw.split(",") if place]


def _frame(store: Readings, place: str) -> Received | None:
    batch, _, index = place.partition(":")
    if not (batch.isdigit() and index.isdigit()):
        return None
    try:
        return next(iter(store.raw_frames(place)), None)
    except (IndexError, OSError, ValueError, struct.error, zstandard.ZstdError):
        return (
            None  # a damaged piece or file is for the doctor; who asks for one frame is told that it is not there
        )


def days_beside(store: Readings, mn: str, day: date) -> tuple[date | None, date | None]:
    """The nearest days before and after on which a device said something; None where there is none within reach.

    Of filed days :data:`FAR` are looked through each way.
    """
    rows = store.database.execute(
        "SELECT DISTINCT (data_s + 28800) / 86400 FROM telemetry_packet WHERE mn=?", (mn,)
    ).fetchall()
    hot = sorted(date(1970, 1, 1) + timedelta(days=int(row[0])) for row in rows)
    before = max((each for each in hot if each < day), default=None)
    after = min((each for each in hot if each > day), default=None)
    filed_before = next(_filed(store, mn, day, "<", "DESC", before), None)
    filed_after = next(_filed(store, mn, day, ">", "ASC", after), None)
    return (
        max((each for each in (before, filed_before) if each), default=None),
        min((each for each in (after, filed_after) if each), default=None),
    )


def _filed(store: Readings, mn: str, day: date, side: str, order: str, near: date | None) -> Iterator[date]:
    """Filed days on this side, the nearest first, as far as the nearest hot one."""
    rows = store.database.execute(
        f"SELECT day, file FROM telemetry_history WHERE day {side} ? ORDER BY day {order} LIMIT {FAR}",
        (day.isoformat(),),
    ).fetchall()
    folder = archive_folder(store.path)
    for text, file in rows:
        each = date.fromisoformat(text)
        if near is not None and abs((each - day).days) >= abs((near - day).days):
            return
        if rows_with(folder / file, "mn", [mn], ["mn"]).num_rows:
            yield each
