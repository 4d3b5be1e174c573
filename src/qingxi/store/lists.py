"""Lists of a fleet that a page shows at once: read from the daily level, and computed only for days that it lacks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from qingxi.reading import DAY_S, Validity, day_start_s
from qingxi.store.levels import SCHEMA, as_level, made_from

if TYPE_CHECKING:
    from qingxi.store.readings import Readings


@dataclass(frozen=True, slots=True)
class Starved:
    """A facility whose flow stays far below its design.

    Attributes
    ----------
    mean_m3_d, design_m3_d : float
        Mean of the days that have a valid value, and what it was built for.
    days : int
        Days with a valid value.
    """

    facility: str
    mean_m3_d: float
    design_m3_d: float
    days: int


def starved_expression(days: Any, designs: Any, share: float) -> Any:
    """``facility, mean_m3_d, design_m3_d, days``, the emptiest first, of facilities below ``share`` of their design."""
    import ibis

    flow = days.filter(days.quantity == "flow", days.point == "effluent", days.value.notnull())
    means = flow.group_by("facility").agg(mean_m3_d=flow.value.mean(), days=flow.count())
    known = means.join(designs, "facility")
    low = known.filter(known.mean_m3_d < known.design_m3_d * share)
    return low.select("facility", "mean_m3_d", "design_m3_d", "days").order_by(
        [low.mean_m3_d / low.design_m3_d, ibis.asc("facility")]
    )


def starved(
    readings: "Readings", designs: Mapping[str, float], last: date, days: int, share: float
) -> list[Starved]:
    """See :meth:`qingxi.store.Readings.starved`."""
    import ibis

    first = last - timedelta(days=days - 1)
    engine = put_days(readings, first, last)
    engine.put(
        "designs",
        pa.table({"facility": list(designs), "design_m3_d": pa.array(list(designs.values()), pa.float64())}),
    )
    kinds = {"string": "string", "int64": "int64", "double": "float64"}
    table = ibis.table({field.name: kinds[str(field.type)] for field in SCHEMA}, name="days")
    plants = ibis.table({"facility": "string", "design_m3_d": "float64"}, name="designs")
    asked = starved_expression(table, plants, share)
    return [Starved(**row) for row in engine.run(asked).to_pylist()]


def put_days(readings: "Readings", first: date, last: date) -> Any:
    """Give the engine the table ``days`` (:data:`qingxi.store.levels.SCHEMA`) of these days; returns the engine."""
    from qingxi.store.archive import archive_folder

    folder, db, engine = archive_folder(readings.path), readings.database, readings.engine
    hot = set(readings.hot_days_of())
    history = dict(
        db.execute(
            "SELECT day, sha256 FROM telemetry_history WHERE day >= ? AND day <= ?",
            (first.isoformat(), last.isoformat()),
        ).fetchall()
    )
    files, lacking = [], hot & {(first + timedelta(days=at)).isoformat() for at in range((last - first).days + 1)}
    for month in sorted({day[:7] for day in history}):
        made = made_from(db, "daily", month)
        stale = {day for day, digest in history.items() if day[:7] == month and made.get(day) != digest}
        if stale or any(day[:7] == month for day in lacking):
            # Rare: a night's work was cut short, or late data came. The month's days asked for are computed.
            lacking |= {day for day in history if day[:7] == month}
            continue
        rows = db.execute("SELECT file FROM telemetry_level WHERE level='daily' AND month=?", (month,)).fetchall()
        files += [folder / row[0] for row in rows]
    parts = [SCHEMA.empty_table()]
    for low, high in _stretches(lacking):
        fleet = readings.fleet(low, high)
        parts.append(as_level(fleet.days(Validity.from_table(), ends=True), fleet.places))
    time = (day_start_s(first), day_start_s(last) + DAY_S)
    engine.put_files("days", files, pa.concat_tables(parts), SCHEMA, time)
    return engine


def _stretches(days: set[str]) -> list[tuple[date, date]]:
    out: list[tuple[date, date]] = []
    for day in sorted(date.fromisoformat(each) for each in days):
        if out and out[-1][1] + timedelta(days=1) == day:
            out[-1] = (out[-1][0], day)
        else:
            out.append((day, day))
    return out
