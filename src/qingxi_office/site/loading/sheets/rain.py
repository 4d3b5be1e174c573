"""Rain gauges and their rain as tables, as the water bureau, the weather station or our own logger hand them out."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from qingxi.files.office_tables import TABLES
from qingxi.reading.pushed import WHOLE_DAY
from qingxi_office.readings.actions.rain import take_in_gauges, take_in_rain
from qingxi_office.readings.models import RainGauge
from qingxi_office.readings.rain import gauges, rain_days
from qingxi_office.site.loading.sheets.book import Book, Objection, Row, text
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer, TakenIn

_BEGINS = {"水利": 8, "气象": 20, "自建": 0}
_MIDNIGHT = "24"


def _gauges_here(user: Any) -> list[Row]:
    return [
        {
            "key": g.key, "name": g.name, "source": g.source, "lon": g.lon, "lat": g.lat, "village": "", "day_begins": g.day_begins,
            "note": g.note,
        }
        for g in gauges(user)
    ]  # fmt: skip


def _point(scope: Scope, row: Row) -> tuple[float, float] | None:
    if row["lon"] is not None and row["lat"] is not None:
        return row["lon"], row["lat"]
    place = scope.village_of(text(row["village"]))
    return (place.lon, place.lat) if place is not None and place.lon is not None and place.lat is not None else None


def _against_gauge(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = []
    if row["village"] and scope.village_of(text(row["village"])) is None:
        found.append(Objection("village", "代码不是本辖区的行政村", "请核对代码，或改写经纬度", "place-unknown"))
    elif _point(scope, row) is None:
        found.append(Objection("lon", "不知道站在哪里", "写经度和纬度，或写所在行政村的代码", "no-point"))
    if row["day_begins"] not in (None, 0, 8, 20):
        found.append(
            Objection("day_begins", "日界只有 0、8、20 时", "水利写 8，气象写 20，自己的写 0", "day-begins")
        )
    return found


def _take_gauges(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    out = []
    for r in rows:
        point = _point(scope, r)
        if point is not None:
            begins = _BEGINS[r["source"]] if r["day_begins"] is None else r["day_begins"]
            out.append(
                {
                    "key": r["key"], "name": text(r["name"])[:60], "source": r["source"], "lon": point[0], "lat": point[1],
                    "day_begins": begins, "note": text(r["note"])[:200],
                }
            )  # fmt: skip
    return take_in_gauges(out, by=by)


GAUGES = Book(
    TABLES["gauges"],
    _gauges_here,
    _against_gauge,
    _take_gauges,
    label=lambda r: str(r["name"]),
    known=("village",),
)


def _rain_here(user: Any) -> list[Row]:
    """A row a value; the last hour of a day stands at the next midnight too, as sheets by the hour write it."""
    out: list[Row] = []
    rows = rain_days(user).order_by().values_list("gauge__key", "gauge__name", "day", "values")
    whole = set()
    midnights: list[tuple[str, str, dt.date, float]] = []
    for key, name, day, values in rows.iterator(5000):
        for hour, mm in values.items():
            if hour == WHOLE_DAY:
                whole.add((key, day))
                out.append({"gauge": key, "gauge_name": name, "at": day.isoformat(), "mm": mm})
            elif hour == _MIDNIGHT:
                midnights.append((key, name, day + dt.timedelta(days=1), mm))
            else:
                out.append(
                    {"gauge": key, "gauge_name": name, "at": f"{day.isoformat()}T{hour}:00:00+08:00", "mm": mm}
                )
    out += [
        {"gauge": key, "gauge_name": name, "at": day.isoformat(), "mm": mm}
        for key, name, day, mm in midnights
        if (key, day) not in whole
    ]
    return out


def _known(scope: Scope) -> dict[str, RainGauge]:
    held: dict[str, RainGauge] = scope.__dict__.setdefault("gauges", {g.key: g for g in gauges(scope.user)})
    return held


def _moment(said: Any) -> dt.datetime | dt.date:
    word = str(said)
    return dt.datetime.fromisoformat(word) if "T" in word else dt.date.fromisoformat(word[:10])


def _against_rain(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = []
    if row["gauge"] not in _known(scope):
        found.append(
            Objection("gauge", "雨量站台账里没有这个站", "请核对编号，或先交“雨量站台账”登记它", "gauge-unknown")
        )
    at = _moment(row["at"])
    if isinstance(at, dt.datetime):
        if (at.minute, at.second) != (0, 0):
            found.append(Objection("at", "不是整点", "请按小时汇总，时间写时段末的整点", "rain-not-hourly"))
        if at.date() > clock.today():
            found.append(Objection("at", "时间比现在晚", "请核对时间", "in-the-future"))
    elif at > clock.today() + dt.timedelta(days=1):  # the last hour of today ends tomorrow at midnight
        found.append(Objection("at", "日期比今天晚", "请核对日期", "in-the-future"))
    if isinstance(at, dt.datetime) and row["mm"] is not None and row["mm"] > 200:
        found.append(
            Objection(
                "mm", "一小时超过 200 mm，全国记录才 201.9", "请核对单位和小数点", "rain-implausible", asks=True
            )
        )
    return found


def _take_rain(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    """Of a gauge whose rows are by the hour, a day without a time is the hour that ended at its midnight."""
    values: dict[tuple[str, dt.date], dict[str, float]] = defaultdict(dict)
    days: list[tuple[str, dt.date, float]] = []
    for r in rows:
        at = _moment(r["at"])
        if isinstance(at, dt.datetime):
            values[r["gauge"], at.date()][f"{at.hour:02d}"] = r["mm"]
        else:
            days.append((r["gauge"], at, r["mm"]))
    by_hour = {key for key, _ in values}
    for key, day, mm in days:
        if key in by_hour:
            values[key, day - dt.timedelta(days=1)][_MIDNIGHT] = mm
        else:
            values[key, day][WHOLE_DAY] = mm
    taken = take_in_rain(values, by=by)
    return TakenIn(taken.new, taken.changed, taken.same, {})


RAIN = Book(
    TABLES["rain"], _rain_here, _against_rain, _take_rain,
    label=lambda r: f"{r['gauge']} {str(r['at'])[:16].replace('T', ' ')}", known=("gauge_name",),
)  # fmt: skip
