"""What a vendor's cloud says (厂家平台): items of device, time and values into readings by day, with every fault named.

An item is what one JSON object, or one row, says: ``{"device": …, "at": …, <field>: value}``. The county's own mapping
says which facility and quantity a device's field is, and by which factor its unit becomes the house's.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from qingxi.origin import Fault
from qingxi.quantity import quantity as quantity_of
from qingxi.reading.daily import Validity, best_daily, daily, day_start_s
from qingxi.reading.samples import Samples, make_samples, span_of
from qingxi.reading.series import DailySeries
from qingxi.reading.totals import END_OF_DAY, is_count, name_of

WHOLE_DAY = "day"
"""Key of a value that stands for its whole day, beside those at ``HH:MM:SS``."""

MOST_COUNTED = 1e10
"""A running total beyond this is no register's."""

_BEIJING = timezone(timedelta(hours=8))
_EARLIEST, _AHEAD = 2000, timedelta(hours=1)
_WRITTEN = re.compile(
    r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[ T]?(\d{2}):?(\d{2})(?::?(\d{2})(?:\.\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_LONGEST_SPAN_S = 3600  # rarer readings are not taken to stand for more than their hour


@dataclass(frozen=True, slots=True)
class CloudPoint:
    """One field of one device of a vendor: whose reading it is. House value = their value x ``factor``."""

    number: str
    field: str
    facility: str
    quantity: str
    factor: float
    total: bool = False
    """A running total: it is the difference of two that counts (:mod:`qingxi.reading.totals`)."""


@dataclass
class Pushed:
    """What could be taken of a batch.

    Attributes
    ----------
    values : dict
        (facility, quantity, day) -> time of day in Beijing (``"08:15:00"``, :data:`WHOLE_DAY`, or the name of a count) ->
        house value; of a count m³ or kWh.
    faults : list of Fault
        Everything that could not; ``row`` is the item's index from 0.
    items, good : int
        Items there were; items of which at least one value was taken.
    newest : datetime or None
        The latest time of a good item.
    """

    values: dict[tuple[str, str, date], dict[str, float]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    items: int = 0
    good: int = 0
    newest: datetime | None = None


def read_pushed(
    items: Iterable[Any], points: Iterable[CloudPoint], *, now: datetime, whole_days: bool = False, file: str = ""
) -> Pushed:
    """Read a vendor's items against the mapping; good values go on, everything else is named. Never raises for an item.

    Parameters
    ----------
    now : datetime
        With zone; a time more than an hour later is refused.
    whole_days : bool
        Each item stands for its day, whatever time of day it bears.
    """
    by_device: dict[str, list[CloudPoint]] = {}
    for point in points:
        by_device.setdefault(point.number, []).append(point)
    out = Pushed()
    for index, item in enumerate(items):
        out.items += 1

        def fault(name: str, value: Any, rule: str, remedy: str, code: str, row: int = index) -> None:
            out.faults.append(Fault(file, row, _shown(name), _shown(value), rule, remedy, code))

        if not isinstance(item, Mapping):
            fault("", item, "每一条要是一个对象", '写成 {"device": …, "at": …, "flow": …}', "item-not-object")
            continue
        number = item.get("device")
        known = by_device.get(_name_of(number), [])
        at: tuple[date, str, datetime] | None = None
        try:
            at = read_time(item.get("at"), now, whole_days=whole_days)
        except ValueError as why:
            fault("at", item.get("at"), str(why), "写成 2026-11-20T08:15:00+08:00，整天的写 2026-11-20", "bad-time")
        if not known:
            fault(
                "device",
                number,
                "这个设备号没有对应到设施",
                "请县里在“厂家接入”页补上对应，再送一次",
                "device-unmapped",
            )
            continue
        taken = _values_of(item, known, at, out, fault)
        if taken and at is not None:
            out.good += 1
            out.newest = at[2] if out.newest is None else max(out.newest, at[2])
    return out


def _values_of(
    item: Mapping[Any, Any], known: list[CloudPoint], at: tuple[date, str, datetime] | None, out: Pushed,
    fault: Callable[[str, Any, str, str, str], None],
) -> bool:  # fmt: skip
    """Take the values of one item; gives whether there was a good one."""
    taken, said = False, False
    fields = {point.field: point for point in known}
    for name, value in item.items():
        if name in ("device", "at") or value is None:
            continue
        point = fields.get(name) if isinstance(name, str) else None
        if point is None:
            fault(str(name), value, "这台设备没有对应这个量", "可不理；要收的请县里补上对应", "field-unmapped")
            continue
        said = True
        try:
            number = _number(value) * point.factor
        except ValueError as why:
            fault(name, value, str(why), "没有读到的写 null 或不写，不要写 0 或文字", "not-a-number")
            continue
        law = quantity_of(point.quantity)
        if point.total:
            if not 0 <= number < MOST_COUNTED:
                rule = f"累计{law.chinese}换算后是 {number:.6g}，不是表上会有的数"
                fault(name, value, rule, "请核对单位和换算系数", "implausible")
                continue
        elif not law.plausible(number):
            rule = f"{law.chinese}换算后是 {number:.6g} {law.unit}，不在 {law.low:g} 到 {law.high:g} 之间"
            fault(name, value, rule, "请核对单位和换算系数", "implausible")
            continue
        if at is not None:
            time = at[1]
            if point.total:
                time = name_of(point.number, END_OF_DAY if time == WHOLE_DAY else time)
            out.values.setdefault((point.facility, point.quantity, at[0]), {})[time] = float(f"{number:.10g}")
            taken = True
    if not said:
        fault("", "", "这一条里没有对应上的数", f"可以写 {'、'.join(sorted(fields))}", "no-value")
    return taken


def read_time(said: Any, now: datetime, *, whole_days: bool = False) -> tuple[date, str, datetime]:
    """Day in Beijing, time of day (or :data:`WHOLE_DAY`) and moment of what was sent: text, or seconds or ms since 1970.

    A time without a zone is Beijing's. Raises ValueError with the rule that was broken.
    """
    day_only = False
    if isinstance(said, int | float) and not isinstance(said, bool):
        if not 0 < said < 1e14:
            raise ValueError("时间不是 1970 年以来的秒或毫秒")
        at = datetime.fromtimestamp(said / 1000 if said > 1e11 else said, UTC)
    elif isinstance(said, str) and (found := _WRITTEN.fullmatch(said.strip())):
        year, _dash, month, dom, hour, minute, second, zone = found.groups()
        day_only = hour is None
        try:
            at = datetime(
                int(year),
                int(month),
                int(dom),
                int(hour or 0),
                int(minute or 0),
                int(second or 0),
                tzinfo=_zone(zone),
            )
        except ValueError:
            raise ValueError("没有这个时间") from None
    else:
        raise ValueError("应为时间")
    if not _EARLIEST <= at.year < 9999:
        raise ValueError(f"时间早于 {_EARLIEST} 年或太晚")
    local = at.astimezone(_BEIJING)
    if local > now + _AHEAD:
        raise ValueError("时间比现在晚")
    return local.date(), WHOLE_DAY if day_only or whole_days else f"{local:%H:%M:%S}", local


def _zone(said: str | None) -> timezone:
    if not said:
        return _BEIJING
    if said == "Z":
        return UTC
    minutes = int(said[1:3]) * 60 + int(said[-2:])
    return timezone(timedelta(minutes=minutes if said[0] == "+" else -minutes))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("应为数字")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError("应为数字") from None
    if not math.isfinite(number):
        raise ValueError("应为有限的数字")
    return number


def _name_of(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _shown(value: Any) -> str:
    """A value as a fault tells it: short, without what no database takes."""
    try:
        said = "" if value is None else str(value)
    except ValueError:  # a number of too many digits
        return "（太长）"
    return "".join(c if c.isprintable() else "?" for c in said[:120])


def day_value(
    facility: str,
    quantity: str,
    day: date,
    values: Mapping[str, float],
    flow: Mapping[str, float] | None = None,
    rules: Validity | None = None,
) -> tuple[float, float] | None:
    """The day's value (house unit) and coverage of what a vendor said of it; None where it has no valid one.

    Readings become a day by the house's rules of validity (:func:`qingxi.reading.daily`); a value for the whole day
    counts where they do not suffice. ``flow`` of the same day weights concentrations.
    """
    by_kind: dict[str, DailySeries] = {}
    for kind in ("minute", "day"):
        samples = _samples(facility, quantity, day, values, kind)
        if samples is not None:
            beside = _samples(facility, "flow", day, flow, kind) if flow and quantity != "flow" else None
            by_kind[kind] = daily(samples, day, day, flow=beside, rules=rules)
    if not by_kind:
        return None
    best = best_daily(by_kind)
    value = float(best.values[0])
    return None if math.isnan(value) else (value, float(min(max(best.coverage[0], 0.0), 1.0)))


def _samples(facility: str, quantity: str, day: date, values: Mapping[str, float], kind: str) -> Samples | None:
    begin = day_start_s(day)
    if kind == "day":
        at = {begin: values[WHOLE_DAY]} if WHOLE_DAY in values else {}
    else:
        at = {
            begin + _seconds(name): value
            for name, value in values.items()
            if name != WHOLE_DAY and not is_count(name)
        }
    if not at:
        return None
    times = sorted(at)
    every_min = 0
    if kind == "minute":
        import numpy as np

        every_min = max(1, min(span_of(np.array(times, np.int64), kind), _LONGEST_SPAN_S) // 60)
    return make_samples(facility, quantity, kind, times, [at[t] for t in times], [""] * len(times), every_min)


def _seconds(name: str) -> int:
    hours, minutes, seconds = (int(part) for part in name.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def dotted(document: Any, path: str) -> Any:
    """The part of a JSON document at a plain dotted path (``data.list``, ``rows.0.v``); None where there is none."""
    for step in path.split(".") if path else ():
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document
