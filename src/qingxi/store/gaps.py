"""Gap book-keeping: which periods of each device are there, from the packets themselves.

A cursor walks the packets in the order of their numbers, so that nothing is added to the hot path and nothing is lost
by a restart: what was not marked is met again, and marking twice changes nothing.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qingxi.reading.daily import BEIJING_S, DAY_S
from qingxi.reading.grid import (
    Coverage,
    Gap,
    Slot,
    covered,
    day_begin_s,
    day_number,
    fair_step,
    learned_step,
    mark,
    regrid,
    runs,
    slot_of,
)
from qingxi.standard import load_table
from qingxi.store.clock import note_clocks
from qingxi.store.side import Row, Side, is_postgres

_EPOCH = date(1970, 1, 1)
_FIXED_S = {"hour": 3600, "day": DAY_S}
_KINDS = ("rtd", "minute", "hour", "day")
_CURSOR = "gaps.packet"
_AT_ONCE = 20_000
_OVERLAP_MS = 60_000  # packets of several writers may become visible out of the order of their numbers for so long
_NEW = "SELECT id, mn, kind, data_s, received_ms, source, qn FROM telemetry_packet WHERE id > ? ORDER BY id LIMIT ?"


@dataclass(frozen=True, slots=True)
class Line:
    """One device's reports of one kind.

    Attributes
    ----------
    since_s, last_s : int
        Its first and newest DataTime.
    step_s : int
        Seconds of a period.
    """

    mn: str
    kind: str
    since_s: int
    last_s: int
    step_s: int


class GapBook:
    """The gaps of a store's devices.

    Parameters
    ----------
    side : Side
        The store's tables.
    """

    def __init__(self, side: Side) -> None:
        table = load_table("hj212")
        self.side = side
        self.grace_s = int(table["gap.grace"])
        self.memory_s = int(table["gap.memory"] * DAY_S)
        self._default_s = int(table["gap.minute_step"])

    def catch_up(self, most: int = 1_000_000) -> int:
        """Mark what came since the last call; gives how many packets were met."""
        met = 0
        while met < most:
            rows = self.side.rows(_NEW, (int(self.side.setting(_CURSOR, "0")), _AT_ONCE))
            if not rows:
                break
            with self.side.writing():
                self._take(rows)
                note_clocks(self.side, rows)
                self.side.set(_CURSOR, str(self._settled(rows)))
            met += len(rows)
            if len(rows) < _AT_ONCE:
                break
        return met

    def _settled(self, rows: list[Row]) -> int:
        """How far the cursor may go: behind it, packets of a slower writer may still appear on PostgreSQL."""
        if not is_postgres(self.side.store):
            return int(rows[-1][0])  # one writer at a time: numbers are in the order of commits
        newest = max(row[4] for row in rows)
        old = [row[0] for row in rows if row[4] < newest - _OVERLAP_MS]
        if len(rows) >= _AT_ONCE:
            return int(old[-1] if old else rows[_AT_ONCE // 2][0])
        return int(max(old)) if old else int(self.side.setting(_CURSOR, "0"))

    def _take(self, rows: list[Row]) -> None:
        by_line: dict[tuple[str, str], list[tuple[int, int, bool]]] = defaultdict(list)
        for _, mn, kind, data_s, received_ms, source, _ in rows:
            if kind in _KINDS:
                by_line[mn, kind].append((data_s, received_ms, source == "live"))
        known = self._lines(by_line)
        every = {
            mn: (minutes or 0) * 60 for mn, minutes in self.side.rows("SELECT mn, every_min FROM telemetry_device")
        }
        for (mn, kind), seen in by_line.items():
            self._take_line(mn, kind, seen, known.get((mn, kind)), every.get(mn, 0))

    def _lines(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int, int, int]]:
        mns = sorted({mn for mn, _ in wanted})
        found = {}
        for at in range(0, len(mns), 500):
            some = mns[at : at + 500]
            marks = ",".join("?" * len(some))
            for mn, kind, *rest in self.side.rows(
                f"SELECT mn, kind, since_s, last_s, step_s, learned FROM telemetry_line WHERE mn IN ({marks})", some
            ):
                found[mn, kind] = (rest[0], rest[1], rest[2], rest[3])
        return found

    def _take_line(
        self,
        mn: str,
        kind: str,
        seen: list[tuple[int, int, bool]],
        line: tuple[int, int, int, int] | None,
        registered_s: int,
    ) -> None:
        # A clock set back to the year 2000 must not open a gap of decades: only believable times begin a line.
        believable = [s for s, ms, _ in seen if -DAY_S < ms // 1000 - s < self.memory_s]
        since_s, last_s, step_s, learned = line or (0, 0, 0, 0)
        if believable:
            live = [s for s, ms, is_live in seen if is_live and -DAY_S < ms // 1000 - s < self.memory_s]
            since_s = min(since_s, *live) if since_s and live else since_s or min(live or believable)
            last_s = max(last_s, *believable)
        elif line is None:
            since_s = last_s = max(s for s, _, _ in seen)
        fixed_s = _FIXED_S.get(kind, registered_s if kind == "rtd" else 0)
        if fixed_s:
            new_s, learned = fair_step(fixed_s), 1
        else:
            new_s = step_s or (fair_step(registered_s) if registered_s else self._default_s)
            if not learned and (found := learned_step(self._times(mn, kind), 6)):
                new_s, learned = found, 1
        if (since_s, last_s, new_s, learned) != line:
            self.side.run(
                "INSERT INTO telemetry_line (mn, kind, since_s, last_s, step_s, learned) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (mn, kind) DO UPDATE SET since_s=excluded.since_s, last_s=excluded.last_s,"
                " step_s=excluded.step_s, learned=excluded.learned",
                (mn, kind, since_s, last_s, new_s, learned),
            )
        if line is not None and new_s != step_s:
            self._again(mn, kind, step_s, new_s)
        marks: dict[int, list[tuple[int, Slot]]] = defaultdict(list)
        for data_s, _, is_live in seen:
            day, at = slot_of(data_s, kind, new_s)
            marks[day].append((at, Slot.LIVE if is_live else Slot.LATE))
        self._write(mn, kind, marks, DAY_S // new_s)

    def _times(self, mn: str, kind: str) -> list[int]:
        return [
            row[0]
            for row in self.side.rows(
                "SELECT DISTINCT data_s FROM telemetry_packet WHERE mn=? AND kind=? ORDER BY data_s DESC LIMIT 60",
                (mn, kind),
            )
        ]

    def _again(self, mn: str, kind: str, old_s: int, new_s: int) -> None:
        """The grid was guessed wrongly: mark what is still hot again; named periods stay named.

        A day that is filed keeps its marks and is read on the new grid: its packets are no longer here to be marked anew.
        """
        filed = {
            (date.fromisoformat(day) - _EPOCH).days
            for (day,) in self.side.rows("SELECT day FROM telemetry_history")
        }
        days = self.side.rows("SELECT day FROM telemetry_gap WHERE mn=? AND kind=? AND named=0", (mn, kind))
        self.side.many(
            "DELETE FROM telemetry_gap WHERE mn=? AND kind=? AND day=? AND named=0",
            [(mn, kind, day) for (day,) in days if day not in filed],
        )
        marks: dict[int, list[tuple[int, Slot]]] = defaultdict(list)
        for data_s, source in self.side.rows(
            "SELECT data_s, source FROM telemetry_packet WHERE mn=? AND kind=?", (mn, kind)
        ):
            day, at = slot_of(data_s, kind, new_s)
            marks[day].append((at, Slot.LIVE if source == "live" else Slot.LATE))
        self._write(mn, kind, marks, DAY_S // new_s)

    def _write(self, mn: str, kind: str, marks: dict[int, list[tuple[int, Slot]]], count: int) -> None:
        put = []
        for day, some in marks.items():
            found = self.side.rows(
                "SELECT slots FROM telemetry_gap WHERE mn=? AND kind=? AND day=?", (mn, kind, day)
            )
            slots = regrid(bytes(found[0][0]), count) if found else bytearray(count)
            before = bytes(slots) if found and len(found[0][0]) == count else b""
            for at, state in some:
                mark(slots, at, state)
            if bytes(slots) != before:
                live, late, missing = slots.count(1), slots.count(2), slots.count(0)
                put.append((mn, kind, day, live, late, count - live - late - missing, bytes(slots)))
        self.side.many(
            "INSERT INTO telemetry_gap (mn, kind, day, live, late, named, slots) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (mn, kind, day) DO UPDATE SET live=excluded.live, late=excluded.late, named=excluded.named,"
            " slots=excluded.slots",
            put,
        )

    def lines(self, mn: str = "") -> list[Line]:
        """What each device reports, or one of them."""
        return [
            Line(*row)
            for row in self.side.rows(
                "SELECT mn, kind, since_s, last_s, step_s FROM telemetry_line WHERE ?='' OR mn=? ORDER BY mn, kind",
                (mn, mn),
            )
        ]

    def due_until_s(self, line: Line, now_s: float) -> int:
        """Up to when a line's periods are due: a mean is due when its period is over, and a little later."""
        return int(now_s) - self.grace_s - (0 if line.kind == "rtd" else line.step_s)

    def gaps(self, line: Line, now_s: float, first_s: int = 0) -> list[Gap]:
        """Gaps of a line up to now (not before ``first_s``), oldest first, open and named."""
        since_s, until_s = self._span(line, now_s, first_s)
        return list(runs(self.days(line, since_s, until_s), line.step_s, since_s, until_s))

    def coverage(self, line: Line, now_s: float, first_s: int = 0) -> Coverage:
        """How much of what was due is there."""
        since_s, until_s = self._span(line, now_s, first_s)
        return covered(self.days(line, since_s, until_s), line.step_s, since_s, until_s)

    def _span(self, line: Line, now_s: float, first_s: int) -> tuple[int, int]:
        until_s = self.due_until_s(line, now_s) + (0 if line.kind == "rtd" else line.step_s)
        return max(line.since_s, first_s), until_s

    def days(self, line: Line, since_s: int, until_s: int) -> dict[int, bytes]:
        """The grids of a line between two times, by day."""
        return {
            day: bytes(slots)
            for day, slots in self.side.rows(
                "SELECT day, slots FROM telemetry_gap WHERE mn=? AND kind=? AND day BETWEEN ? AND ?",
                (line.mn, line.kind, day_number(since_s), day_number(until_s)),
            )
        }

    def name(self, line: Line, first_s: int, end_s: int, why: Slot) -> int:
        """Say why the periods still missing between two times stay so; gives how many were named."""
        named = 0
        with self.side.writing():
            for day in range(day_number(first_s), day_number(end_s - 1) + 1):
                low = max(0, (first_s - day_begin_s(day)) // line.step_s)
                high = min(DAY_S // line.step_s, -(-(end_s - day_begin_s(day)) // line.step_s))
                self._write(line.mn, line.kind, {day: [(at, why) for at in range(low, high)]}, DAY_S // line.step_s)
                named += high - low
        return named

    def summary(self, now_s: float | None = None, days: int = 30) -> dict[str, Coverage]:
        """Coverage of every device over the last days, of the report that says most: minutes, hours, real time."""
        now_s = time.time() if now_s is None else now_s
        first_day, last_day = day_number(int(now_s)) - days + 1, day_number(int(now_s) - self.grace_s)
        # A day in which a line began and the day that runs are counted slot by slot: what lies before or after is not due.
        begun = f"(l.since_s + {BEIJING_S}) / {DAY_S}"
        book = "FROM telemetry_gap g JOIN telemetry_line l ON l.mn = g.mn AND l.kind = g.kind WHERE g.day"
        sums = {
            (mn, kind): (live, late, named)
            for mn, kind, live, late, named in self.side.rows(
                f"SELECT g.mn, g.kind, sum(g.live), sum(g.late), sum(g.named) {book} >= ? AND g.day < ? AND g.day > {begun}"
                " GROUP BY g.mn, g.kind",
                (first_day, last_day),
            )
        }
        edges: dict[tuple[str, str], dict[int, bytes]] = defaultdict(dict)
        for mn, kind, day, slots in self.side.rows(
            f"SELECT g.mn, g.kind, g.day, g.slots {book} >= ? AND (g.day = ? OR g.day = {begun})",
            (first_day, last_day),
        ):
            edges[mn, kind][day] = bytes(slots)
        best: dict[str, Line] = {}
        order = ("minute", "hour", "rtd", "day")
        for line in self.lines():
            if line.mn not in best or order.index(line.kind) < order.index(best[line.mn].kind):
                best[line.mn] = line
        out = {}
        for mn, line in best.items():
            since_s, until_s = self._span(line, now_s, day_begin_s(first_day))
            edge = covered(edges[mn, line.kind], line.step_s, since_s, until_s)
            live, late, named = (int(n) for n in sums.get((mn, line.kind), (0, 0, 0)))
            out[mn] = Coverage(edge.due, edge.live + live, edge.late + late, edge.named + named)
        return out
