"""A whole fleet's hours or days: channels and widths made ready, the expression run, its wide answer made narrow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qingxi.quantity import QUANTITIES
from qingxi.reading import BEIJING_S, DAY_S, KINDS, Validity, day_start_s
from qingxi.standard import load_table
from qingxi.store import daily_query as query
from qingxi.store.engine import Engine, columns_of, only_value, rows_of_file, sql_of
from qingxi.store.wide import MARK, META, codes_in

Ints = npt.NDArray[np.int64]

_FIXED_S = {"hour": 3600, "day": DAY_S}


@dataclass(frozen=True)
class Held:
    """Where the packets of some days lie.

    Attributes
    ----------
    files : list of Path
        History of days that have no hot rows.
    extra : pyarrow.Table
        Hot packets as history rows, with the history of the same days.
    devices : list of (mn, facility, point, every_min)
    """

    files: list[Path]
    extra: pa.Table
    devices: list[tuple[str, str, str, int]]

    def codes(self) -> tuple[str, ...]:
        """Quantities that occur."""
        names = set(self.extra.column_names)
        for file in self.files:
            names |= columns_of(file)
        return codes_in(names)

    def kinds(self) -> tuple[frozenset[str], bool]:
        """Kinds of report that may occur (what statistics tell apart is left out), and whether all rows are of the one."""
        found = {only_value(file, "kind") for file in self.files}
        if None in found:
            return frozenset(KINDS), False
        found |= set(pc.unique(self.extra["kind"]).to_pylist())
        return frozenset(kind for kind in found if kind in KINDS), len(found) == 1


@lru_cache(maxsize=64)
def _sql(
    dialect: str, what: str, codes: tuple[str, ...], kinds: tuple[str, ...], alike: bool, width_s: int, ending: str,
    rules: Validity, ends: bool,
) -> str:  # fmt: skip
    """A question in an engine's words; it is put together once a process."""
    devices, channels = query.places_tables(codes, kinds, ending)
    packets = query.packets_table(codes)
    pieces = query.pieces_expression(packets, devices, codes, kinds, width_s, alike=alike, ends=ends)
    if what == "hours":
        return sql_of(query.hours_expression(pieces, channels, codes, width_s, rules), dialect)
    return sql_of(query.days_expression(pieces, channels, codes, width_s, rules, ends=ends), dialect)


class Fleet:
    """Questions to an engine about held packets."""

    def __init__(self, engine: Engine, held: Held, first: date, last: date, codes: Sequence[str] = ()) -> None:
        self.engine, self.held = engine, held
        wanted = {*codes, "flow"} if codes else set(QUANTITIES)
        self.codes = tuple(code for code in held.codes() if code in wanted)
        self.places = sorted({(facility, point) for _, facility, point, _ in held.devices})
        values = [(code, pa.float64()) for code in self.codes]
        marks = [(code + MARK, pa.string()) for code in self.codes]
        meta = [META.field(name) for name in ("mn", "kind", "at_s", "newest")]
        self._schema = pa.schema([*meta, *values, *marks])
        self._time = (day_start_s(first), day_start_s(last) + DAY_S)

    def days(self, rules: Validity, *, ends: bool = False) -> pa.Table:
        """``place, kind, quantity, at_s`` (midnight), ``n, value, coverage`` and, with ``ends``, ``sum, low, high``."""

        found = self._narrow(self._asked("days", rules, KINDS, ends=ends))
        if "at_s" in found.column_names:  # nobody is registered, or nobody spoke: an empty answer has all columns
            return found.drop_columns(["day"])
        at = pc.subtract(pc.multiply(found["day"], DAY_S), BEIJING_S)
        return best_kind(found.append_column("at_s", at).drop_columns(["day"]))

    def hours(self, rules: Validity) -> pa.Table:
        """As :meth:`days` with ``ends``, a row a piece; daily reports are not in it."""
        kinds = tuple(kind for kind in KINDS if kind != "day")
        return best_kind(self._narrow(self._asked("hours", rules, kinds, ends=True)))

    def days_wide(self, rules: Validity) -> list[pa.Table]:
        """The engine's own answers to :meth:`days`, one a width of piece, a row a place, kind and day."""
        return list(self._asked("days", rules, KINDS, ends=False))

    def newest(self) -> pa.Table:
        """``place, quantity, at_s, value, mark`` of what was said last, in order of place and quantity."""
        self._put_standing(self.held.devices)
        self.engine.put_files("packets", self.held.files, self.held.extra, self._schema, self._time)
        asked = query.newest_expression(query.packets_table(self.codes), query.standing_table(), self.codes)
        wide = self.engine.run(asked) if self.codes else None
        parts = []
        for number, code in enumerate(self.codes):
            assert wide is not None
            part = wide.select(["place", *(f"{code}_{name}" for name in ("at_s", "value", "mark"))])
            part = part.rename_columns(["place", "at_s", "value", "mark"])
            part = part.filter(pc.is_valid(part["at_s"]))
            parts.append(part.append_column("number", pa.array(np.full(part.num_rows, number, np.int32))))
        if not parts:
            return _NEWEST.empty_table()
        table = pa.concat_tables(parts).sort_by([("place", "ascending"), ("number", "ascending")])
        names = pa.array(self.codes, pa.string()).take(table["number"].combine_chunks())
        columns = {name: table[name] for name in ("place", "at_s", "value")} | {"quantity": names}
        columns["mark"] = pc.fill_null(table["mark"], "")
        return pa.table(
            {name: columns[name].cast(_NEWEST.field(name).type) for name in _NEWEST.names}, schema=_NEWEST
        )

    def _put_standing(self, devices: Sequence[tuple[str, str, str, int]]) -> None:
        number = {place: at for at, place in enumerate(self.places)}
        place = pa.array([number[facility, point] for _, facility, point, _ in devices], pa.int32())
        turn = pa.array(np.arange(len(devices), dtype=np.int32))
        self.engine.put(
            "standing",
            pa.table({"mn": pa.array([row[0] for row in devices], pa.string()), "place": place, "turn": turn}),
        )

    def _narrow(self, answers: Iterator[pa.Table]) -> pa.Table:
        parts = [narrowed(answer, self.codes) for answer in answers]
        return pa.concat_tables(parts) if parts else narrowed(None, self.codes)

    def _asked(self, what: str, rules: Validity, kinds: Sequence[str], *, ends: bool) -> Iterator[pa.Table]:
        there, alike = self.held.kinds()
        mine = tuple(kind for kind in kinds if kind in there)
        dialect, codes = self.engine.dialect, self.codes
        texts = [
            _sql(dialect, what, codes, mine, alike, width_s, ending, rules, ends)
            for width_s, ending in self._classes(mine)
        ]
        for files, extra in self._batches():
            self.engine.put_files("packets", files, extra, self._schema, self._time)
            for text in texts:
                yield self.engine.run_sql(text)

    def _batches(self) -> Iterator[tuple[list[Path], pa.Table]]:
        """What the engine is given at once: no day depends on another, and small tables of sums stay near the processor."""
        none, some, rows = META.empty_table(), list[Path](), 0
        for file in self.held.files:
            some.append(file)
            rows += rows_of_file(file)
            if rows >= self.engine.batch_rows:
                yield some, none
                some, rows = [], 0
        if some or self.held.extra.num_rows:
            yield some, self.held.extra

    def _classes(self, kinds: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Width and ending of its tables' names, for each width of piece that some channel has."""
        spans = self._spans(kinds)
        widths = np.clip(spans, 3600, DAY_S)
        number = {place: at for at, place in enumerate(self.places)}
        mns = pa.array([mn for mn, *_ in self.held.devices], pa.string())
        stands = np.array([number[facility, point] for _, facility, point, _ in self.held.devices], np.int32)
        for width in np.unique(widths).tolist():
            here = widths == width
            of_kind, of_place = np.nonzero(here.any(axis=2))
            ending = f"_{width}"
            # A channel is a kind of report at a place; every device that stands there reports into it.
            channel = np.full((len(kinds), len(self.places)), -1, np.int32)
            channel[of_kind, of_place] = np.arange(of_kind.size, dtype=np.int32)
            into = channel[:, stands]
            reporting = np.flatnonzero((into >= 0).any(axis=0))
            into = into[:, reporting]
            of_kind_here = {
                kind + query.CHANNEL: pa.array(row, mask=row < 0) for kind, row in zip(kinds, into, strict=True)
            }
            self.engine.put("devices" + ending, pa.table({"mn": mns.take(pa.array(reporting)), **of_kind_here}))
            columns: dict[str, Any] = {
                "channel": np.arange(of_kind.size, dtype=np.int32),
                "place": of_place.astype(np.int32),
                "kind": pa.array([kinds[at] for at in of_kind.tolist()], pa.string()),
            }
            for at, code in enumerate(self.codes):
                columns[code + query.SPAN] = pa.array(
                    spans[of_kind, of_place, at], pa.int64(), mask=~here[of_kind, of_place, at]
                )
            self.engine.put("channels" + ending, pa.table(columns))
            yield width, ending

    def _spans(self, kinds: Sequence[str]) -> Ints:
        """Seconds between readings by kind, place and quantity: the kind's own, as registered, or the commonest step."""
        number = {place: at for at, place in enumerate(self.places)}
        every = np.zeros(len(self.places), np.int64)
        for _, facility, point, every_min in self.held.devices:
            at = number[facility, point]
            every[at] = max(every[at], every_min * 60)
        default = int(load_table("validity")["interval.default"] * 60)
        spans = np.empty((len(kinds), len(self.places), len(self.codes)), np.int64)
        spans[:] = np.where(every > 0, every, default)[None, :, None]
        for at, kind in enumerate(kinds):
            if kind in _FIXED_S:
                spans[at] = _FIXED_S[kind]
        if (every == 0).any():
            self._infer(spans, np.nonzero(every == 0)[0], kinds)
        return spans

    def _infer(self, spans: Ints, places: Ints, kinds: Sequence[str]) -> None:
        unknown = {self.places[at] for at in places.tolist()}
        self._put_standing([row for row in self.held.devices if (row[1], row[2]) in unknown])
        packets = query.packets_table(self.codes)
        devices = query.standing_table()
        self.engine.put_files("packets", self.held.files, self.held.extra, self._schema, self._time)
        for at, code in enumerate(self.codes):
            steps = self.engine.run(query.steps_expression(packets, devices, code))
            best: dict[tuple[int, str], tuple[int, int]] = {}
            for row in steps.to_pylist():
                key, mark = (row["place"], row["kind"]), (row["times"], -row["step"])
                best[key] = max(best.get(key, mark), mark)
            for (place, kind), (_, step) in best.items():
                if kind in kinds:
                    spans[kinds.index(kind), place, at] = -step


def narrowed(wide: pa.Table | None, codes: Sequence[str]) -> pa.Table:
    """One row a quantity out of an engine's wide answer; rows without a valid reading fall out."""
    names = pa.array(codes, pa.string())
    parts = []
    wide = (
        wide.combine_chunks() if wide is not None else None
    )  # a few thousand rows a piece cost more than all together
    for at, code in enumerate(codes):
        if wide is None:
            break
        mine = [
            name for name in wide.column_names if name.startswith(code + "_") and name[len(code) + 1 :] in _ENDS
        ]
        keys = [name for name in ("place", "kind", "day", "at_s") if name in wide.column_names]
        part = wide.select([*keys, *mine]).rename_columns([*keys, *(name[len(code) + 1 :] for name in mine)])
        part = part.filter(pc.and_(pc.greater(part["n"], 0), pc.is_valid(part["coverage"])))
        index = pa.array(np.full(part.num_rows, at, np.int32))
        parts.append(part.append_column("quantity", pa.DictionaryArray.from_arrays(index, names)))
    if not parts:
        empty = {"place": pa.int32(), "kind": pa.string(), "day": pa.int64(), "at_s": pa.int64(), "n": pa.int64()}
        floats = dict.fromkeys(("value", "coverage", "sum", "low", "high"), pa.float64())
        return pa.schema([*empty.items(), *floats.items(), ("quantity", pa.string())]).empty_table()
    return pa.concat_tables(parts)


_NEWEST = pa.schema(
    [
        ("place", pa.int32()),
        ("quantity", pa.string()),
        ("at_s", pa.int64()),
        ("value", pa.float64()),
        ("mark", pa.string()),
    ]
)
_SPARSE = 4
_ENDS = ("n", "value", "coverage", "sum", "low", "high")


def best_kind(table: pa.Table) -> pa.Table:
    """For each place, quantity and moment the first kind of report that has a value; where none has, the best coverage.

    In order of place, quantity (the house's order) and time.
    """
    if not table.num_rows:
        return table
    table = table.combine_chunks()
    place = table["place"].to_numpy()
    at = table["at_s"].to_numpy()
    quantity = table["quantity"].combine_chunks().indices.to_numpy()
    kinds = pc.index_in(table["kind"], pa.array(KINDS)).to_numpy()
    if (kinds == kinds[0]).all():
        return table.take(pa.array(_order(place, quantity, at)))
    lacks = pc.is_null(table["value"]).to_numpy()
    coverage = table["coverage"].to_numpy()
    order = np.lexsort((kinds, np.where(lacks, -coverage, 0.0), lacks, at, quantity, place))
    same = np.ones(order.size, bool)
    for column in (place, at, quantity):
        same[1:] &= column[order][1:] == column[order][:-1]
    same[0] = False
    return table.take(pa.array(order[~same]))


def _order(place: Ints, quantity: Ints, at: Ints) -> Ints:
    """Rows by place, quantity and time; one kind of report has each at most once.

    A fleet's answer fills most of all places, quantities and times: rows are put where they belong instead of sorted.
    """
    first = int(at.min())
    step = max(1, int(np.gcd.reduce(at - first)))
    times = (int(at.max()) - first) // step + 1
    quantities, places = int(quantity.max()) + 1, int(place.max()) + 1
    if places * quantities * times > _SPARSE * at.size:
        return np.lexsort((at, quantity, place))
    where = (place.astype(np.int64) * quantities + quantity) * times + (at - first) // step
    rows = np.full(places * quantities * times, -1, np.int64)
    rows[where] = np.arange(at.size)
    order = rows[rows >= 0]
    return order if order.size == at.size else np.lexsort((at, quantity, place))
