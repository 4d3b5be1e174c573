"""A vendor's export as a table: a row a device and time, found by the facility's number or the vendor's own."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from qingxi.files.office_tables import TABLES
from qingxi.quantity import quantity
from qingxi.reading.pushed import MOST_COUNTED, WHOLE_DAY
from qingxi.reading.totals import END_OF_DAY, is_count, name_of
from qingxi_office.people.rights import seen_by
from qingxi_office.readings.actions.vendors import USES, take_in_values
from qingxi_office.readings.models import DailyRow, VendorPoint, VendorSamples
from qingxi_office.readings.queries import READING
from qingxi_office.site.loading.sheets.book import Book, Objection, Row, text
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer, TakenIn

MEASURED = tuple(c.field for c in TABLES["vendor"].columns if c.group)
_TOTAL = "_total"
"""Ending of a running total's column: ``flow_total`` is of ``flow``."""
_LOOK_BACK = dt.timedelta(days=62)
"""Sub-daily values older than this are held against the books only when they are taken in."""
_BEIJING = dt.timezone(dt.timedelta(hours=8))
_MIDNIGHT = "00:00:00"


def _here(user: Any) -> list[Row]:
    """What is there, in a row for the facility's number and one for each vendor's number that means it.

    Values under a vendor's number stand in the vendor's unit, as its export does.
    """
    recent = clock.today() - _LOOK_BACK
    by_place: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    counted: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    daily = seen_by(
        user, DailyRow.objects.filter(source="vendor", quantity__in=MEASURED, value__isnull=False), READING
    )
    for key, code, day, value in daily.values_list("facility__key", "quantity", "day", "value").iterator(5000):
        by_place[key, day.isoformat()][code] = value
    told = seen_by(user, VendorSamples.objects.filter(quantity__in=MEASURED), READING)
    for key, code, day, values in told.values_list("facility__key", "quantity", "day", "values").iterator(2000):
        by_place[key, day.isoformat()].pop(code, None)  # worked out of these
        for name, value in values.items():
            if is_count(name):
                meter, _, time = name[1:].rpartition("|")
                whole = time == END_OF_DAY or (time == _MIDNIGHT and name_of(meter, END_OF_DAY) not in values)
                if whole or (day >= recent and time != _MIDNIGHT):
                    at = day.isoformat() if whole else f"{day.isoformat()}T{time}+08:00"
                    counted[key, at, meter][code + _TOTAL] = value
                continue
            time = name
            if time == WHOLE_DAY or (time == _MIDNIGHT and WHOLE_DAY not in values):
                by_place[key, day.isoformat()][code] = value
            elif day >= recent and time != _MIDNIGHT:
                by_place[key, f"{day.isoformat()}T{time}+08:00"][code] = value
    points: dict[str, list[VendorPoint]] = defaultdict(list)
    for point in VendorPoint.objects.select_related("facility", "cloud").filter(quantity__in=MEASURED):
        points[point.facility.key].append(point)
    out: list[Row] = []
    for (key, at, meter), values in counted.items():
        row = {"vendor": "", "device": meter, "at": at, **{code: values.get(code) for code in MEASURED}}
        out.append({**row, "facility": key})
        mine = {_field(p): p.factor for p in points[key] if meter and p.number == meter}
        if mine:
            theirs = {c: _turned(v, 1 / mine[c]) if c in mine else None for c, v in values.items()}
            out.append({**row, **theirs, "facility": ""})
    for (key, at), values in by_place.items():
        if not values:
            continue
        row = {"vendor": "", "device": "", "at": at, **{code: values.get(code) for code in MEASURED}}
        out.append({**row, "facility": key})
        for number in dict.fromkeys(p.number for p in points[key]):
            mine = {_field(p): p.factor for p in points[key] if p.number == number}
            theirs = {c: _turned(v, 1 / mine[c]) if c in mine else None for c, v in values.items()}
            out.append({**row, **theirs, "facility": "", "device": number})
            out.append({**row, "facility": key, "device": number})
    return out


def _field(point: VendorPoint) -> str:
    """The column that this mapping is about."""
    return point.quantity + (_TOTAL if point.total else "")


def _turned(value: float, factor: float) -> float:
    return float(f"{value * factor:.10g}")


def _points(scope: Scope) -> dict[str, list[VendorPoint]]:
    """The mapping by the vendor's number, of facilities that this person may write; read once for one table."""
    found: dict[str, list[VendorPoint]] | None = scope.__dict__.get("vendor_points")
    if found is None:
        found = defaultdict(list)
        for point in VendorPoint.objects.select_related("facility", "cloud"):
            if point.facility.key in scope.stations:
                found[point.number].append(point)
        scope.__dict__["vendor_points"] = found
    return found


def _of_row(scope: Scope, row: Row) -> list[VendorPoint]:
    points = _points(scope).get(text(row["device"]), [])
    return [p for p in points if not row["vendor"] or p.cloud.name == row["vendor"]]


def _against(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found: list[Objection] = []
    factors: dict[str, float] = {}
    if row["facility"]:
        if row["facility"] not in scope.stations:
            found.append(Objection("facility", "设施编号不在本辖区的设施台账里", "请核对编号", "facility-unknown"))
    elif not row["device"]:
        found.append(Objection("facility", "设施编号和设备号都空着", "至少写一个", "facility-unknown"))
    else:
        points = _of_row(scope, row)
        if not points:
            found.append(
                Objection(
                    "device",
                    "这个设备号没有对应到设施",
                    "请在“厂家接入”页补上对应，或写设施编号",
                    "device-unmapped",
                )
            )
        elif len({p.cloud_id for p in points}) > 1:
            found.append(
                Objection("device", "两家厂家都有这个设备号", "请在“厂家”一列写明是哪家", "device-ambiguous")
            )
        factors = {_field(p): p.factor for p in points}
        found += [
            Objection(
                code, f"这台设备没有对应{_said(code)}", "请在“厂家接入”页补上对应，写明是累计的还是那一刻的", "field-unmapped"
            )
            for code in MEASURED
            if points and row[code] is not None and code not in factors
        ]  # fmt: skip
    if was is None and row["at"] and _moment(row["at"])[0] > clock.today():
        found.append(Objection("at", "时间比今天晚", "请核对日期", "bad-time"))
    for code in MEASURED:
        value = row[code]
        if code.endswith(_TOTAL):
            if value is not None and value * factors.get(code, 1.0) >= MOST_COUNTED:
                found.append(
                    Objection(code, f"{_said(code)}不是表上会有的数", "请核对单位和换算系数", "implausible")
                )
        elif value is not None and not quantity(code).plausible(value * factors.get(code, 1.0)):
            law = quantity(code)
            rule = f"{law.chinese}不在 {law.low:g} 到 {law.high:g} {law.unit} 之间"
            found.append(Objection(code, rule, "请核对单位和换算系数", "implausible"))
    return found


def _said(code: str) -> str:
    """A column's quantity in words."""
    return ("累计" if code.endswith(_TOTAL) else "") + quantity(code.removesuffix(_TOTAL)).chinese


def _moment(said: str) -> tuple[dt.date, str]:
    """Day, and time of day or nothing."""
    if len(said) == 10:
        return dt.date.fromisoformat(said), ""
    at = dt.datetime.fromisoformat(said)
    at = at.astimezone(_BEIJING) if at.tzinfo else at
    return at.date(), f"{at:%H:%M:%S}"


def _take(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    """Take rows in, vendor by vendor, each at its own use; a row without a mapping is a clue.

    A row at midnight stands for its day, unless the same facility has rows at other times in this table or that day in the
    books: then it is the reading of midnight.
    """
    found: list[tuple[str, str, Row, dict[str, float], dt.date, str]] = []
    timed: set[str] = set()
    uses = {"": USES[0]}
    for row in rows:
        points = _of_row(scope, row)
        facility = row["facility"] or points[0].facility.key
        vendor = ""
        if points:
            vendor = points[0].cloud.name
            uses[vendor] = points[0].cloud.use
        day, time = _moment(row["at"])
        if time:
            timed.add(facility)
        # The vendor's own number alone: the vendor's own unit.
        factors = {} if row["facility"] else {_field(p): p.factor for p in points}
        keys = {_field(p): p.facility.key for p in points} if not row["facility"] else {}
        for code in MEASURED:
            if row[code] is not None:
                value = _turned(row[code], factors.get(code, 1.0))
                found.append((vendor, keys.get(code, facility), row, {code: value}, day, time))
    days = {day for *_rest, day, _time in found}
    before = (
        VendorSamples.objects.filter(day__in=days).values_list("facility__key", "day", "values") if days else ()
    )
    finer = {(key, day) for key, day, values in before if any(_finer(t) for t in values)}
    values: dict[str, dict[tuple[str, str, dt.date], dict[str, float]]] = defaultdict(dict)
    for vendor, key, row, measured, day, time in found:
        name = time or (_MIDNIGHT if key in timed or (key, day) in finer else WHOLE_DAY)
        for field, value in measured.items():
            code, spoken = field.removesuffix(_TOTAL), name
            if field.endswith(_TOTAL):
                spoken = name_of(text(row["device"]), END_OF_DAY if name == WHOLE_DAY else name)
            values[vendor].setdefault((key, code, day), {})[spoken] = value
    for vendor, said in values.items():
        take_in_values(said, by=by, vendor=vendor, use=uses[vendor])
    return TakenIn(new, len(rows) - new, 0, {})


def _finer(name: str) -> bool:
    """Whether a value's name tells a time of day other than midnight."""
    return name.rpartition("|")[2] not in (WHOLE_DAY, _MIDNIGHT, END_OF_DAY)


VENDOR = Book(
    TABLES["vendor"], _here, _against, _take,
    label=lambda r: f"{r['facility'] or r['device']} {str(r['at'])[:16].replace('T', ' ')}", known=("vendor",),
)  # fmt: skip
