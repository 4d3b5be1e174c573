"""The books that the receiver's talk with devices reads and writes (satisfies ``qingxi.receiver.desk.Desk``)."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qingxi.reading.daily import BEIJING_S
from qingxi.reading.grid import Slot, newest_first
from qingxi.standard import load_table
from qingxi.store import commands
from qingxi.store.clock import clocks_to_set, note_set
from qingxi.store.gaps import GapBook, Line
from qingxi.store.gauges import gauges
from qingxi.store.register import open_side, published_devices, register_version
from qingxi.wire import Devices

_ORDER = ("hour", "minute", "day")
_RTD_PATIENCE_S = 3600


class Desk:
    """The books of one store, for one receiver process.

    Parameters
    ----------
    store : path or str
        SQLite file, or ``postgresql://…``.
    piece : callable
        Makes what is to be asked for: ``piece(mn, kind, first_s, end_s, slots)`` (the receiver's own type).
    """

    def __init__(self, store: Path | str, piece: Any) -> None:
        table = load_table("hj212")
        self.side = open_side(store)
        self.book = GapBook(self.side)
        self._piece = piece
        self._window_s = int(table["fill.window"] * 3600)
        self._life_ms = int(table["command.life"] * 3_600_000)
        wait_s = table["answer.timeout"] * (table["answer.resends"] + 2)
        self._named: dict[tuple[str, str], tuple[Line, int]] = {}
        now_ms = time.time_ns() // 1_000_000
        commands.unclear_commands(self.side, now_ms - int(wait_s * 1000), now_ms)

    def close(self) -> None:
        """Give the connection back."""
        self.side.close()

    def version(self) -> int:
        """Version of the register."""
        return register_version(self.side)

    def devices(self) -> Devices:
        """The register."""
        return published_devices(self.side)

    def catch_up(self) -> int:
        """Take what was received into the gap books."""
        return self.book.catch_up()

    def pieces(self, mns: Sequence[str], now_s: float) -> dict[str, list[Any]]:
        """What each device is to be asked for: hours first, then minutes, newest first.

        Gaps older than any device remembers, and real-time gaps older than an hour (no command asks for them), are
        named at once.
        """
        by_mn: dict[str, list[Line]] = {mn: [] for mn in mns}
        for at in range(0, len(mns), 500):
            some = mns[at : at + 500]
            for row in self.side.rows(
                "SELECT mn, kind, since_s, last_s, step_s FROM telemetry_line"
                f" WHERE mn IN ({','.join('?' * len(some))})",
                list(some),
            ):
                by_mn[row[0]].append(Line(*row))
        found, fills = {}, []
        for mn, lines in by_mn.items():
            mine = [piece for line in self._ordered(lines) for piece in self._of_line(line, now_s)]
            found[mn] = mine
            fills.append((mn, sum(piece.slots for piece in mine), int(now_s * 1000)))
        with self.side.writing():
            self.side.many(
                "INSERT INTO telemetry_fill (mn, state, open_slots, asked, failures, at_ms, said)"
                " VALUES (?, '', ?, 0, 0, ?, '')"
                " ON CONFLICT (mn) DO UPDATE SET open_slots=excluded.open_slots, at_ms=excluded.at_ms",
                fills,
            )
        return found

    def _ordered(self, lines: list[Line]) -> list[Line]:
        return sorted(lines, key=lambda line: _ORDER.index(line.kind) if line.kind in _ORDER else 9)

    def _of_line(self, line: Line, now_s: float) -> list[Any]:
        edge_s = int(now_s) - self.book.memory_s
        edge_s -= (edge_s + BEIJING_S) % line.step_s  # a period is asked for whole or not at all
        first_s = self._from(line, edge_s)
        gaps = [gap for gap in self.book.gaps(line, now_s, first_s) if gap.why is Slot.MISSING]
        if line.kind not in _ORDER:
            for gap in gaps:
                if gap.end_s < now_s - _RTD_PATIENCE_S:
                    self.book.name(line, gap.first_s, gap.end_s, Slot.NO_WAY)
            gaps = []
        young = []
        for gap in gaps:
            if gap.first_s < edge_s:
                self.book.name(line, gap.first_s, min(gap.end_s, edge_s), Slot.BEYOND)
            if gap.end_s > edge_s:
                begin_s = max(gap.first_s, edge_s)
                young.append(replace(gap, first_s=begin_s, slots=(gap.end_s - begin_s) // line.step_s))
        self._named[line.mn, line.kind] = replace(line, last_s=0), edge_s
        return [
            self._piece(line.mn, line.kind, gap.first_s, gap.end_s, gap.slots)
            for gap in newest_first(young, max(self._window_s, line.step_s))
        ]

    def _from(self, line: Line, edge_s: int) -> int:
        """From when on a line's gaps are looked for: what lies further back was named by this process before.

        Once a process all of a line's life is looked at, and again when its grid is another one; a fleet's books of years
        are not read each minute.
        """
        grid, named_s = self._named.get((line.mn, line.kind), (None, 0))
        return min(named_s, edge_s) if grid == replace(line, last_s=0) else 0

    def settle(self, namings: Iterable[Any]) -> None:
        """Name what is still missing; a naming from 0 on begins with the line."""
        for naming in namings:
            for line in self.book.lines(naming.mn):
                if line.kind != naming.kind:
                    continue
                first_s = max(naming.first_s, line.since_s)
                for gap in self.book.gaps(line, naming.end_s + line.step_s * 2 + self.book.grace_s, first_s):
                    if gap.why is Slot.MISSING and gap.first_s < naming.end_s:
                        self.book.name(line, gap.first_s, min(gap.end_s, naming.end_s), naming.why)

    def note_fill(self, rows: Iterable[tuple[str, str, str]], now_ms: int) -> None:
        """Keep how each device's back-fill stands."""
        with self.side.writing():
            self.side.many(
                "INSERT INTO telemetry_fill (mn, state, open_slots, asked, failures, at_ms, said)"
                " VALUES (?, ?, 0, 1, ?, ?, ?) ON CONFLICT (mn) DO UPDATE SET state=excluded.state,"
                " asked=telemetry_fill.asked+1, failures=telemetry_fill.failures+excluded.failures,"
                " at_ms=excluded.at_ms, said=excluded.said",
                [(mn, state, int(state != "done"), now_ms, said) for mn, state, said in rows],
            )

    def waiting(self, now_ms: int) -> Sequence[commands.Command]:
        """Commands that wait."""
        return commands.waiting_commands(self.side, now_ms)

    def claim(self, order: Any, qn: str, now_ms: int) -> bool:
        """Take a command to send it."""
        return commands.claim_command(self.side, order.id, qn, now_ms)

    def note(self, number: int, state: str, code: int | None, answer: Mapping[str, str], now_ms: int) -> None:
        """Keep how far a command has come."""
        commands.note_command(self.side, number, commands.Asked(state), code, answer, now_ms)

    def clocks(self, now_ms: int, online: Sequence[str]) -> int:
        """Queue the time for wrong clocks, at most once a day each."""
        here, told = set(online), 0
        for clock in clocks_to_set(self.side, now_ms):
            if clock.mn not in here:
                continue
            commands.put_command(
                self.side, f"clock/{clock.mn}/{now_ms // 86_400_000}", clock.mn, "1012", {}, by="系统校时", now_ms=now_ms,
                life_ms=self._life_ms,
            )  # fmt: skip
            note_set(self.side, clock.mn, now_ms)
            told += 1
        return told

    def tell_time(self, asked: Mapping[str, str], now_ms: int) -> None:
        """Queue the time for devices that asked for it by 1013 (HJ 212-2017 C.4), at most once in ten minutes each.

        ``asked``: by MN the instrument (PolId) it is for, empty for the logger itself.
        """
        for mn, pol in asked.items():
            commands.put_command(
                self.side, f"clock-asked/{mn}/{pol}/{now_ms // 600_000}", mn, "1012", {"PolId": pol} if pol else {},
                by="设备请求校时", now_ms=now_ms, life_ms=self._life_ms,
            )  # fmt: skip

    def gauges(self, now_s: float) -> str:
        """Figures of each device for Prometheus."""
        return gauges(self.side, now_s)
