"""One batch on its way into the hot tables: everything about it that needs no database."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from qingxi.standard import load_table
from qingxi.store.body import PERIOD, Body, dump, packets
from qingxi.store.form import Form
from qingxi.wire import Received
from qingxi.wire.hj212 import COMMANDS, Message, device_time
from qingxi.wire.hj212.plain import Plain, Shape

_NEWEST = ("rtd", "minute", "hour")
"""Kinds whose packets tell the newest values; a day's sum carries the midnight it began at."""

_HOLDS = 2**63

LONGEST_NAME = 100
"""Characters of an MN or a CN that can be a key: an index of PostgreSQL takes 2,700 bytes, a frame's MN may have 9,000."""

_LONGEST_PART = 1100  # bytes; a plain frame never has more


class Row(NamedTuple):
    """A packet to be kept. ``frame`` is its place among the batch's frames, -1 for none; ``part`` names its values."""

    mn: str
    cn: str
    data_s: int
    kind: str
    body: str
    received_ms: int
    source: str
    qn: str
    edition: int
    oddities: str
    frame: int
    part: str


class Isolated(NamedTuple):
    """A piece to be put in quarantine."""

    received: Received
    why: str
    detail: str
    mn: str


@lru_cache(maxsize=512)
def _second(text: str) -> int:
    at = device_time(text)
    assert at is not None  # a shape takes no other
    return int(at.timestamp())


class Pending:
    """What a batch will write, in the order it came."""

    def __init__(self) -> None:
        self.frames: list[Received] = []
        self.rows: list[Row] = []
        self.isolated: list[Isolated] = []
        self.released: list[int] = []
        self.admitted: list[str] = []
        self.heard: dict[str, tuple[int, int, int, int]] = {}
        late_s = load_table("hj212")["late.after"]
        self._late_ms = {
            kind: 1000 * int(late_s + PERIOD.get(kind, timedelta(0)).total_seconds())
            for kind in ("", "rtd", "minute", "hour", "day", "state")
        }
        self._forms: dict[Shape, Form] = {}

    def __bool__(self) -> bool:
        return bool(self.frames or self.rows or self.isolated or self.released)

    def clear(self) -> None:
        """Begin anew; the forms stay."""
        self.frames, self.rows, self.isolated = [], [], []
        self.released, self.admitted, self.heard = [], [], {}
        if len(self._forms) > 20_000:
            self._forms.clear()

    def put_plain(self, plain: Plain, received: Received) -> None:
        """A plain frame that a shape has taken."""
        shape = plain.shape
        assert shape is not None
        form = self._forms.get(shape)
        if form is None:
            form = self._forms[shape] = Form(shape)
        data_s = _second(plain.values[0])
        kind = COMMANDS[plain.cn].kind
        at_ms = received.at_ms
        late = plain.rf is not None or shape.resent or at_ms - 1000 * data_s > self._late_ms[kind]
        mn = plain.mn
        edition = plain.edition
        self.rows.append(
            Row(
                mn, plain.cn, data_s, kind, form.body(plain.values), at_ms, "resend" if late else "live", plain.qn,
                edition, "", len(self.frames) - 1, form.part,
            )
        )  # fmt: skip
        heard_ms, newest, _, count = self.heard.get(mn, (0, 0, 0, 0))
        self.heard[mn] = (
            at_ms if at_ms > heard_ms else heard_ms, data_s if data_s > newest else newest, edition, count + 1,
        )  # fmt: skip

    def put(self, message: Message, received: Received) -> None:
        """Any message; raises ValueError for one that no table can hold."""
        oddities = ",".join(oddity.name for oddity in message.oddities)
        newest = 0
        rows: list[Row] = []
        for packet in packets(message, received.at_ms):
            late = message.resent or received.at_ms - 1000 * packet.data_s > self._late_ms[packet.kind]
            row = Row(
                packet.mn, packet.cn, packet.data_s, packet.kind, dump(packet.body), received.at_ms,
                "resend" if late else "live", message.qn, message.edition, oddities, len(self.frames) - 1,
                _part(packet.body),
            )  # fmt: skip
            _check(row, packet.body)
            rows.append(row)
            newest = max(newest, packet.data_s)
        self.rows += rows
        heard_ms, data_s, _, count = self.heard.get(message.mn, (0, 0, 0, 0))
        self.heard[message.mn] = (
            max(heard_ms, received.at_ms), max(data_s, newest), message.edition, count + 1,
        )  # fmt: skip

    @staticmethod
    def tells_newest(row: Row) -> bool:
        """Whether a row may hold a device's newest values."""
        return row.kind in _NEWEST


def _part(names: Iterable[str]) -> str:
    """The names of a packet's values as one key; so many that no index takes them stand as their sum."""
    text = ",".join(names)
    return text if len(text.encode()) <= _LONGEST_PART else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _check(row: Row, body: Body) -> None:
    for cell in row:
        if isinstance(cell, int):
            good = -_HOLDS <= cell < _HOLDS
        else:
            # A NUL is no text to PostgreSQL, half a surrogate to neither.
            good = _writable(cell)
        if not good:
            raise ValueError(f"message {row.cn} of {row.mn} cannot be kept: {cell!r}")
    if len(row.mn) > LONGEST_NAME or len(row.cn) > LONGEST_NAME:
        raise ValueError(f"message {row.cn[:40]} of {row.mn[:40]} cannot be kept: its name is too long for a key")
    if "\\u0000" in row.body and not all(map(_writable, _texts(body))):  # in JSON a NUL hides behind an escape
        raise ValueError(f"message {row.cn} of {row.mn} cannot be kept: a NUL among its values")


def _texts(body: Body) -> Iterator[str]:
    for name, cells in body.items():
        yield name
        for statistic, value in cells.items():
            yield statistic
            if isinstance(value, str):
                yield value


def _writable(cell: object) -> bool:
    if not isinstance(cell, str) or "\0" in cell:
        return False
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def written(text: str) -> str:
    """A text as every database takes it: a blank for a NUL, ``?`` for half a surrogate."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()
