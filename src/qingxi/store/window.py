"""What a chart of one facility needs: as many pieces as it has pixels, whatever the time it shows.

Three years at 15 minutes are 105,000 readings a quantity; a screen has some 1,400 columns. Pieces of a day or longer are
drawn from the daily level, of an hour or longer from the hourly one, shorter ones from packets. Days whose levels are not
up to date, and hot rows, always come from packets, so the newest minute is in every chart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qingxi.reading import BEIJING_S, DAY_S, KINDS, Samples, day_of
from qingxi.store.levels import LEVELS, made_from
from qingxi.store.pick import rows_with

if TYPE_CHECKING:
    from qingxi.store.readings import Readings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_PIXELS = 10_000


@dataclass(frozen=True)
class Pieces:
    """One quantity by pieces of time; a piece without a valid reading has n 0 and NaN.

    Attributes
    ----------
    n : int64[pixels]
        Valid readings.
    low, mean, high : float64[pixels]
        Of the valid readings, house unit.
    """

    n: Ints
    low: Floats
    mean: Floats
    high: Floats


@dataclass(frozen=True)
class Window:
    """A stretch of time in equal pieces.

    Attributes
    ----------
    start_s, end_s : int
        Seconds since 1970 UTC; the end is not in it.
    level : str
        ``"daily"``, ``"hourly"`` or ``"raw"``: what the pieces were made from.
    series : dict of str to Pieces
        By quantity; one without any valid reading in the window is not in it.
    """

    start_s: int
    end_s: int
    pixels: int
    level: str
    series: dict[str, Pieces]

    @property
    def step_s(self) -> float:
        """Length of a piece in seconds."""
        return (self.end_s - self.start_s) / self.pixels


class _Sums:
    """Adds up values that fall into pieces."""

    def __init__(self, start_s: int, end_s: int, pixels: int) -> None:
        self._start, self._span, self._pixels = start_s, end_s - start_s, pixels
        self.n = np.zeros(pixels, np.int64)
        self.total = np.zeros(pixels)
        self.low = np.full(pixels, np.inf)
        self.high = np.full(pixels, -np.inf)

    def add(self, at_s: Ints, n: Ints, total: Floats, low: Floats, high: Floats) -> None:
        place = (at_s - self._start) * self._pixels // self._span
        self.n += np.bincount(place, n, self._pixels).astype(np.int64)
        self.total += np.bincount(place, total, self._pixels)
        np.minimum.at(self.low, place, low)
        np.maximum.at(self.high, place, high)

    def pieces(self) -> Pieces:
        none = self.n == 0
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.total / self.n
        return Pieces(self.n, np.where(none, np.nan, self.low), mean, np.where(none, np.nan, self.high))


def level_of(step_s: float) -> str:
    """The coarsest level of which a piece of this length holds a row."""
    fits = [name for name, seconds in LEVELS.items() if step_s >= seconds]
    return max(fits, key=LEVELS.__getitem__, default="raw")


def window(
    readings: "Readings", facility: str, quantities: Sequence[str], start_s: int, end_s: int, pixels: int, *, point: str
) -> Window:  # fmt: skip
    """Least, mean and greatest by pieces; see :meth:`qingxi.store.Readings.window`.

    Raises
    ------
    ValueError
        For an end not after the start, or pixels not within 1 and 10,000.
    """
    if end_s <= start_s:
        raise ValueError(f"a window from {start_s} to {end_s} has no time in it")
    if not 1 <= pixels <= MOST_PIXELS:
        raise ValueError(f"{pixels} pixels: give 1 to {MOST_PIXELS}")
    level = level_of((end_s - start_s) / pixels)
    sums = {code: _Sums(start_s, end_s, pixels) for code in quantities}
    first, last = day_of(start_s), day_of(end_s - 1)
    trusted: set[str] = set()
    if level != "raw":
        hot = readings.hot_days_of(facility)
        for rows, days in _level_rows(readings, level, facility, first, last, hot):
            _add_level(rows, days, sums, start_s, end_s, point)
            trusted |= days
    for samples in _packets(readings, facility, quantities, first, last, trusted, point):
        if samples.quantity in sums:
            keep = samples.valid & (samples.at_s >= start_s) & (samples.at_s < end_s)
            at, values = samples.at_s[keep], samples.values[keep]
            sums[samples.quantity].add(at, np.ones(at.size, np.int64), values, values, values)
    series = {code: each.pieces() for code, each in sums.items() if each.n.any()}
    return Window(start_s, end_s, pixels, level, series)


def _level_rows(
    readings: "Readings", level: str, facility: str, first: date, last: date, hot: set[str]
) -> Iterator[tuple[pa.Table, set[str]]]:
    """Rows of the facility by month, and the month's days that they may be trusted for."""
    from qingxi.store.archive import archive_folder

    folder, db = archive_folder(readings.path), readings.database
    history = dict(
        db.execute(
            "SELECT day, sha256 FROM telemetry_history WHERE day >= ? AND day <= ?",
            (first.isoformat(), last.isoformat()),
        ).fetchall()
    )
    parts = db.execute(
        "SELECT month, file FROM telemetry_level WHERE level=? AND month >= ? AND month <= ?"
        " AND first_facility <= ? AND last_facility >= ? ORDER BY month",
        (level, first.isoformat()[:7], last.isoformat()[:7], facility, facility),
    ).fetchall()
    columns = ("point", "quantity", "at_s", "n", "sum", "low", "high")
    by_month: dict[str, set[str]] = {}
    for day in history:
        by_month.setdefault(day[:7], set()).add(day)
    files: dict[str, list[str]] = {}
    for month, file in parts:
        files.setdefault(month, []).append(file)
    for month, days in by_month.items():
        made = made_from(db, level, month)
        good = {day for day in days if made.get(day) == history[day] and day not in hot}
        for file in files.get(month, ()):
            yield rows_with(folder / file, "facility", [facility], columns), good
        if month not in files and good:
            yield pa.table({}), good  # made, and the facility said nothing


def _add_level(
    rows: pa.Table, days: set[str], sums: dict[str, _Sums], start_s: int, end_s: int, point: str
) -> None:
    if not rows.num_rows:
        return
    at = rows["at_s"].to_numpy()
    numbers = np.array(sorted((date.fromisoformat(day) - date(1970, 1, 1)).days for day in days), np.int64)
    keep = np.isin((at + BEIJING_S) // DAY_S, numbers) & (at >= start_s) & (at < end_s)
    keep &= pc.equal(rows["point"], point).to_numpy()
    names = rows["quantity"].combine_chunks().dictionary_encode()
    index = names.indices.to_numpy()
    columns = [rows[name].to_numpy() for name in ("n", "sum", "low", "high")]
    for number, code in enumerate(names.dictionary.to_pylist()):
        mine = keep & (index == number)
        if code in sums and mine.any():
            sums[code].add(at[mine], *(column[mine] for column in columns))


def _packets(
    readings: "Readings",
    facility: str,
    codes: Sequence[str],
    first: date,
    last: date,
    trusted: set[str],
    point: str,
) -> Iterator[Samples]:
    """Readings of the days that no level answers for, of each day the best kind of report."""
    for low, high in _stretches(first, last, trusted):
        found: dict[str, list[Samples]] = {}
        for (_, code), kinds in readings.samples(low, high, facility=facility, codes=codes, point=point).items():
            found.setdefault(code, []).extend(kinds)
        for kinds in found.values():
            yield from _best(sorted(kinds, key=lambda each: KINDS.index(each.kind)))


def _stretches(first: date, last: date, without: set[str]) -> Iterator[tuple[date, date]]:
    begun: date | None = None
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day.isoformat() in without:
            if begun is not None:
                yield begun, day - timedelta(days=1)
            begun = None
        elif begun is None:
            begun = day
    if begun is not None:
        yield begun, last


def _best(kinds: list[Samples]) -> Iterator[Samples]:
    """Of each day only the first kind with a valid reading; one series stays as it is."""
    if len(kinds) == 1:
        yield kinds[0]
        return
    taken: Any = np.empty(0, np.int64)
    for each in kinds:
        days = (each.at_s + BEIJING_S) // DAY_S
        own = each.valid & ~np.isin(days, taken)
        taken = np.union1d(taken, days[own])
        yield Samples(each.facility, each.quantity, each.kind, each.at_s, each.values, own, each.span_s)
