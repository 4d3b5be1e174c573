"""The law of the hot tables' writer, the same on every engine: one batch, one transaction (a receiver's sink)."""

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from qingxi.store.body import dump, merged
from qingxi.store.pending import LONGEST_NAME, Isolated, Pending, Row, written
from qingxi.store.raw import pack
from qingxi.wire import Device, Received
from qingxi.wire.hj212 import Message
from qingxi.wire.hj212.plain import Plain

log = logging.getLogger("qingxi.store")

Key = tuple[str, str, int]
"""(MN, CN, DataTime in seconds): what is kept once. QN is no key, because devices repeat it after a restart."""


Newest = tuple[str, str, int, int, str]
"""(mn, part, data_s, turn, body): of one moment's packets the one with the highest turn was written last."""


class Outcome(StrEnum):
    """What became of a packet."""

    NEW = "new"
    DUPLICATE = "duplicate"
    MERGED = "merged"  # another part of a split packet
    CORRECTED = "corrected"  # a differing value: kept as a new version beside the old one


class Version(NamedTuple):
    """A row that is there already."""

    number: int
    version: int
    body: str
    raw: str


class StoreWriter(ABC):
    """Writes packets; satisfies the receiver's ``Sink``.

    Everything is gathered in memory until :meth:`commit`, which takes the write lock, writes and makes durable; so a
    batch is the store's for as short a time as can be, and several processes may write to one store.

    Idempotency: the key of a packet is (MN, CN, DataTime). The same values again change nothing; further factors of the
    same moment join the row; a differing value is kept as a new version, and the old one stays.

    Attributes
    ----------
    outcomes : dict
        What became of the packets so far.
    committed : callable or None
        Told, from the writing thread, after each commit and before its answers, of what is durable now: a list of
        (mn, kind, data_s), duplicates included. What it raises is logged and stops nothing.
    """

    def __init__(self) -> None:
        self._batch = Pending()
        self.outcomes: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
        self.committed: Callable[[list[tuple[str, str, int]]], None] | None = None

    # What the receiver calls.

    def keep_raw(self, received: Received) -> None:
        """Keep the bytes."""
        self._batch.frames.append(received)

    def put(self, message: Message, received: Received) -> None:
        """Keep a message's values; raises ValueError for one that the tables cannot hold."""
        self._batch.put(message, received)

    def put_plain(self, plain: Plain, received: Received) -> None:
        """Keep a plain frame's values."""
        self._batch.put_plain(plain, received)

    def quarantine(self, received: Received, why: str, detail: str = "", mn: str = "") -> None:
        """Keep what cannot be used; an unknown device becomes a candidate to admit.

        An MN too long to be a key names no device: its bytes are kept under none, with the beginning of it in the detail.
        """
        if len(mn) > LONGEST_NAME:
            detail, mn = f"{detail} MN 有 {len(mn)} 个字：{mn[:40]}…".strip(), ""
        self._batch.isolated.append(Isolated(received, why, written(detail), written(mn)))

    def release(self, quarantined: list[int], mn: str) -> None:
        """Take rows out of the quarantine, and the device off the list of candidates."""
        self._batch.released += quarantined
        self._batch.admitted.append(mn)

    def commit(self) -> None:
        """Durable when this returns; raises ValueError when the database refuses something in the batch for what it is."""
        try:
            self._write_batch()
        except Exception as error:
            if self._refuses(error):
                raise ValueError(str(error)) from error
            raise

    def _write_batch(self) -> None:
        batch = self._batch
        if not batch and not batch.admitted:
            return
        packed = pack(batch.frames) if batch.frames else b""  # before the lock is taken
        times = [frame.at_ms for frame in batch.frames]
        raw_id = self._begin()
        self._release(batch.released, batch.admitted)
        self._quarantine(batch.isolated)
        counts = self._packets(batch.rows, raw_id)
        self._heard([(mn, *rest) for mn, rest in sorted(batch.heard.items())])
        if packed:
            self._raw(raw_id, min(times), max(times), len(times), packed)
        self._commit()
        for outcome, count in counts.items():
            self.outcomes[outcome] += count
        if self.committed is not None and batch.rows:
            try:
                self.committed([(row.mn, row.kind, row.data_s) for row in batch.rows])
            except Exception:
                log.exception("what listens to the store failed; the batch is kept all the same")
        batch.clear()

    def rollback(self) -> None:
        """Forget what came since the last commit."""
        self._rollback()
        self._batch.clear()

    @abstractmethod
    def register(self, devices: Mapping[str, Device]) -> None:
        """Keep which device belongs to which facility; replaces what was known of these devices."""

    @abstractmethod
    def close(self) -> None:
        """Give the store back; what was not committed is forgotten."""

    # The law.

    def _packets(self, rows: Sequence[Row], raw_id: int) -> dict[Outcome, int]:
        if not rows:
            return {}
        missed = self._insert(rows, raw_id)
        newest: dict[tuple[str, str], Newest] = {}
        counts = {Outcome.NEW: len(rows) - len(missed)}
        there = self._versions({(rows[at].mn, rows[at].cn, rows[at].data_s) for at in missed}) if missed else {}
        skip = set(missed)
        for at, row in enumerate(rows):
            if at in skip:
                outcome = self._again(row, f"{raw_id}:{row.frame}" if row.frame >= 0 else "", there)
                counts[outcome] = counts.get(outcome, 0) + 1
                if outcome is Outcome.DUPLICATE:
                    continue
            if row.kind in ("rtd", "minute", "hour"):
                key = (row.mn, row.part)
                old = newest.get(key)
                if old is None or row.data_s >= old[2]:
                    newest[key] = (row.mn, row.part, row.data_s, raw_id << 16 | at, row.body)
        self._newest([newest[key] for key in sorted(newest)])
        return counts

    def _again(self, row: Row, place: str, there: dict[Key, list[Version]]) -> Outcome:
        """A packet whose key is there already."""
        versions = there[row.mn, row.cn, row.data_s]  # newest first
        said = None
        for known in versions:
            # An old packet sent again after its correction says nothing new, and must not undo the correction.
            if known.body == row.body:
                return Outcome.DUPLICATE
            said = said if said is not None else json.loads(row.body)
            before = json.loads(known.body)
            if merged(before, said) == (before, False):
                return Outcome.DUPLICATE
        newest = versions[0]
        both, differs = merged(json.loads(newest.body), json.loads(row.body))
        text = dump(both)
        if differs:
            versions.insert(0, self._add_version(row, newest.version + 1, text, place))
            return Outcome.CORRECTED
        raw = f"{newest.raw},{place}" if newest.raw else place
        self._join(newest.number, text, raw)
        versions[0] = Version(newest.number, newest.version, text, raw)
        return Outcome.MERGED

    # What an engine does.

    @abstractmethod
    def _refuses(self, error: Exception) -> bool:
        """Whether the database says by this that it will never take what it was given, however often it is tried."""

    @abstractmethod
    def _begin(self) -> int:
        """Open the transaction and give the number of this batch's raw piece."""

    @abstractmethod
    def _insert(self, rows: Sequence[Row], raw_id: int) -> list[int]:
        """Insert rows as version 1; the places of those whose key was there, or came earlier in the batch."""

    @abstractmethod
    def _versions(self, keys: set[Key]) -> dict[Key, list[Version]]:
        """The rows of these keys, the newest version first."""

    @abstractmethod
    def _add_version(self, row: Row, version: int, body: str, place: str) -> Version: ...

    @abstractmethod
    def _join(self, number: int, body: str, raw: str) -> None: ...

    @abstractmethod
    def _newest(self, rows: Sequence[Newest]) -> None: ...

    @abstractmethod
    def _heard(self, rows: Sequence[tuple[str, int, int, int, int]]) -> None: ...

    @abstractmethod
    def _quarantine(self, pieces: Iterable[Isolated]) -> None: ...

    @abstractmethod
    def _release(self, numbers: Sequence[int], mns: Sequence[str]) -> None: ...

    @abstractmethod
    def _raw(self, number: int, first_ms: int, last_ms: int, frames: int, body: bytes) -> None: ...

    @abstractmethod
    def _commit(self) -> None: ...

    @abstractmethod
    def _rollback(self) -> None: ...
