"""What upper platforms have still to hear: raw frames behind each platform's own position, and that position.

Positions are (number of the raw batch, number of the frame in it). The raw batches are the receiver's own; reading
them takes nothing from it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from qingxi.store.archive import archive_folder
from qingxi.store.filed_frames import FiledFrames, Piece
from qingxi.store.raw import readable
from qingxi.store.side import Side, is_postgres
from qingxi.wire import Received

_HOLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Position:
    """Where a platform stands: the next frame to be sent, and what was done for it so far.

    ``behind`` counts raw frames not yet looked at; ``state`` is ``"up"``, ``"down"`` or ``"rest"``.
    """

    platform: str
    raw_id: int = 0
    frame: int = 0
    acked: int = 0
    resent: int = 0
    refused: int = 0
    behind: int = 0
    state: str = "rest"
    said: str = ""
    at_ms: int = 0
    acked_ms: int = 0


class Outgoing:
    """A store's frames for forwarding, those that were filed since as well."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._filed = FiledFrames(side.rows, archive_folder(side.store))
        self._hole_since: dict[int, float] = {}

    def position(self, platform: str) -> Position:
        """Where a platform stands; a new one at the beginning."""
        rows = self.side.rows(
            "SELECT platform, raw_id, frame, acked, resent, refused, behind, state, said, at_ms, acked_ms"
            " FROM telemetry_forward WHERE platform=?",
            (platform,),
        )
        return Position(*rows[0]) if rows else Position(platform)

    def keep(self, position: Position) -> None:
        """Write a position down."""
        self.side.run(
            "INSERT INTO telemetry_forward (platform, raw_id, frame, acked, resent, refused, behind, state, said, at_ms,"
            " acked_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (platform) DO UPDATE SET"
            " raw_id=excluded.raw_id, frame=excluded.frame, acked=excluded.acked, resent=excluded.resent,"
            " refused=excluded.refused, behind=excluded.behind, state=excluded.state, said=excluded.said,"
            " at_ms=excluded.at_ms, acked_ms=excluded.acked_ms",
            (
                position.platform, position.raw_id, position.frame, position.acked, position.resent, position.refused,
                position.behind, position.state, position.said, position.at_ms, position.acked_ms,
            ),
        )  # fmt: skip

    def behind(self, raw_id: int, frame: int) -> int:
        """Frames from a position on."""
        rows = self.side.rows("SELECT coalesce(sum(frames), 0) FROM telemetry_raw WHERE id >= ?", (raw_id,))
        return max(0, int(rows[0][0]) + self._filed.behind(raw_id) - frame) if rows else 0

    def start(self, since_ms: int) -> int:
        """The first raw batch with a frame of this moment or later; behind the last one when there is none yet."""
        if not since_ms:
            return 0
        rows = self.side.rows(
            "SELECT coalesce((SELECT min(id) FROM telemetry_raw WHERE last_ms >= ?),"
            " (SELECT coalesce(max(id), 0) + 1 FROM telemetry_raw))",
            (since_ms,),
        )
        filed = self._filed.since(since_ms)
        found = [int(rows[0][0])] if rows else []
        return min([*found, *([filed] if filed is not None else [])], default=0)

    def after(self, raw_id: int, frame: int, batches: int = 20) -> Iterator[tuple[int, int, Received]]:
        """Frames from a position on, in order: (batch, number in it, frame).

        On PostgreSQL numbers are given before the commit: behind a number that is not there yet one waits a while,
        because it may still appear.
        """
        expected = raw_id
        for number, frames in self._pieces(raw_id, batches):
            if is_postgres(self.side.store) and expected and number > expected:
                since = self._hole_since.setdefault(expected, time.monotonic())
                if time.monotonic() - since < _HOLE_S:
                    return
                self._hole_since.clear()
            for at, received in enumerate(frames):
                if number > raw_id or at >= frame:
                    yield number, at, received
            expected = number + 1

    def _pieces(self, raw_id: int, batches: int) -> list[Piece]:
        # The hot ones first: what is filed between the two questions is then in both and in neither never.
        rows = self.side.rows(
            "SELECT id, body FROM telemetry_raw WHERE id >= ? ORDER BY id LIMIT ?", (raw_id, batches)
        )
        filed = dict(islice(self._filed.after(raw_id), batches))
        ready = sorted({number for number, _ in rows} | set(filed))[:batches]
        bodies: dict[int, bytes] = dict(rows)
        return [(n, filed[n] if n in filed else readable(n, bytes(bodies[n]))) for n in ready]
