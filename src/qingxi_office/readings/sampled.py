"""What devices really said, quarter-hour by quarter-hour, as the rules of findings take it; out of the readings' store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from qingxi.reading import DailySeries, Samples, at_one_beat, day_of
from qingxi_office.readings import lines
from qingxi_office.readings.series import open_store

if TYPE_CHECKING:
    from qingxi.store import Readings

AT_ONCE = 40
"""Facilities read together: a day's file is opened once for all of them, and four months of them are some 200 MB."""

_OUT = ("flow", "energy", "cod", "nh3n", "tn", "tp", "bod5", "ph", "do", "level", "water_temp")
_IN = {"cod": "cod_in", "nh3n": "nh3n_in"}
_KWH_D_A_KW = 24.0


def sampled_codes(facility: str) -> set[str]:
    """Quantities of which a facility's devices ever sent readings; a chart of them can ask the store for detail."""
    found = open_store()
    if found is None:
        return set()
    with found:
        return set(found.latest(facility))


@dataclass(frozen=True)
class Said:
    """A facility's readings by quantity as :class:`qingxi.finding.Evidence` names them, and its clock's offset by day."""

    samples: dict[str, Samples]
    clock: DailySeries | None = None


def arrivals() -> dict[str, tuple[int, int, int]]:
    """What came of each facility so far (packets, newest time, last arrival): another value means something new.

    Empty where no device ever called. One question to the store.
    """
    found = open_store()
    if found is None:
        return {}
    with found:
        return found.arrivals()


def said(facilities: Sequence[str], first: date, last: date) -> Iterator[tuple[str, Said]]:
    """Each facility that said something within these days, both with; some dozens are in memory at a time."""
    found = open_store()
    if found is None:
        return
    with found:
        there = set(found.facilities())
        wanted = [key for key in facilities if key in there]
        clocks = _clocks(first, last) if wanted else {}
        inflow = {
            row[0]
            for row in found.database.execute("SELECT facility FROM telemetry_device WHERE point = 'influent'")
        }
        for at in range(0, len(wanted), AT_ONCE):
            some = wanted[at : at + AT_ONCE]
            read = _read(found, some, [key for key in some if key in inflow], first, last)
            for key in some:
                if samples := read.get(key):
                    yield key, Said(samples, clocks.get(key))


def _read(
    store: Readings, some: list[str], inflow: list[str], first: date, last: date
) -> dict[str, dict[str, Samples]]:
    out: dict[str, dict[str, Samples]] = {}
    for (key, code), parts in store.samples(first, last, facility=some, codes=_OUT).items():
        if (one := at_one_beat(parts)) is not None:
            out.setdefault(key, {})["power" if code == "energy" else code] = (
                _as_power(one) if code == "energy" else one
            )
    if inflow:
        for (key, code), parts in store.samples(
            first, last, facility=inflow, point="influent", codes=tuple(_IN)
        ).items():
            if (one := at_one_beat(parts)) is not None:
                out.setdefault(key, {})[_IN[code]] = _named(one, _IN[code])
    return out


def _as_power(energy: Samples) -> Samples:
    """The rate at which energy is drawn, kWh/d as the house keeps it, as the power that the rules speak of, kW."""
    return Samples(
        energy.facility, "power", energy.kind, energy.at_s, energy.values / _KWH_D_A_KW, energy.valid, energy.span_s
    )


def _named(one: Samples, quantity: str) -> Samples:
    return Samples(one.facility, quantity, one.kind, one.at_s, one.values, one.valid, one.span_s)


def _clocks(first: date, last: date) -> dict[str, DailySeries]:
    """Offset of each facility's clock, s, on the days of which it is known: since it went wrong, else the last day only.

    Of several devices the worst counts. The store keeps the last offset and since when it is wrong, not each day's.
    """
    import numpy as np

    from qingxi.store import clocks

    with lines.reading() as side:
        if side is None:
            return {}
        try:
            known = clocks(side)
            of = dict(side.rows("SELECT mn, facility FROM telemetry_device"))
        except Exception as wrong:
            if "telemetry_clock" in str(wrong):  # a store that no receiver of today ever opened has no such table
                return {}
            raise
    out: dict[str, DailySeries] = {}
    for clock in sorted(known, key=lambda one: abs(one.offset_s)):
        end = min(last, day_of(clock.at_ms // 1000))
        begin = max(first, day_of((clock.wrong_since_ms or clock.at_ms) // 1000))
        if clock.mn in of and begin <= end:
            days = (end - begin + timedelta(days=1)).days
            key = of[clock.mn]
            out[key] = DailySeries(key, "clock_offset", begin, np.full(days, clock.offset_s), np.ones(days))
    return out
