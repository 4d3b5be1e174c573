"""Every change to vendors' platforms: who they are, what their devices mean, and what they say."""

from __future__ import annotations

import math
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi.quantity import QUANTITIES, Daily
from qingxi.reading.pushed import CloudPoint, Pushed, day_value, read_pushed
from qingxi_office.access import actions as access
from qingxi_office.access.models import Token
from qingxi_office.access.queries import PUSH_SCOPE
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people import rights
from qingxi_office.readings.actions.counted import counted_days, weights
from qingxi_office.readings.models import DailyRow, VendorCloud, VendorPoint, VendorSamples
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

USES = ("线索", "管理")
"""The weakest first; enforcement is not a vendor's to give."""
_TOLD = (
    "name", "use", "enabled", "whole_days", "url", "header", "rows_path", "device_path", "at_path", "mqtt_host", "mqtt_port",
    "mqtt_tls", "mqtt_ca", "mqtt_user", "mqtt_topic", "mqtt_device_level",
)  # fmt: skip
_SECRET = ("secret", "mqtt_secret")
_KEPT_FAULTS = 50
_TOKEN_DAYS = 366

Values = Mapping[tuple[str, str, date], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Counts:
    """What taking in did: single values new, changed and already there; days whose value in the books is new or other;
    days where a device of our own has spoken, which stand before a vendor's word; newly found breaks of running totals.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    days: int = 0
    device_days: int = 0
    breaks: int = 0


def _said(row: VendorCloud) -> dict[str, Any]:
    """The record as the trail keeps it; the secret is not in it."""
    return {name: getattr(row, name) for name in _TOLD}


@transaction.atomic
def keep_cloud(row: VendorCloud | None, values: Mapping[str, Any], *, by: Any) -> VendorCloud:
    """Register or change a vendor's platform. Raises ValueError for what cannot be."""
    rights.check(by, "set_vendor")
    before = _said(row) if row is not None else None
    row = row or VendorCloud()
    for name in _TOLD:
        if name in values:
            setattr(row, name, values[name])
    changed = [name for name in _SECRET if values.get(name) and values[name] != getattr(row, name)]
    for name in changed:
        setattr(row, name, values[name])
    if not row.name:
        raise ValueError("要写厂家或平台的名称")
    if row.use not in USES:
        raise ValueError("用途只能是线索或管理")
    if row.url and not row.url.startswith(("http://", "https://")):
        raise ValueError("取数的网址须以 http:// 或 https:// 开头")
    if any(c in row.header + row.secret for c in "\r\n") or not (row.header + row.secret).isascii():
        raise ValueError("请求头和密钥只能是一行英文和数字")
    _check_mqtt(row)
    if VendorCloud.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise ValueError("已经有同名的厂家平台")
    if before == _said(row) and not changed:
        return row
    row.save()
    after = _said(row) | ({"secrets": changed} if changed else {})
    trail.record("vendor.kept", Ref("vendor", row.name), by=by, before=before, after=after)
    return row


def _check_mqtt(row: VendorCloud) -> None:
    """Raise ValueError for what no broker can be reached by."""
    if not row.mqtt_host and not row.mqtt_topic:
        return
    if not row.mqtt_host or not row.mqtt_topic:
        raise ValueError("MQTT 的服务器和主题要一起写")
    if not re.fullmatch(r"[A-Za-z0-9.:-]+", row.mqtt_host):
        raise ValueError("MQTT 服务器只写域名或地址，如 mqtt.example.cn")
    if not 0 < row.mqtt_port < 65536:
        raise ValueError("MQTT 端口在 1 到 65535 之间")
    levels = row.mqtt_topic.split("/")
    if any(("#" in x or "+" in x) and len(x) > 1 for x in levels) or "#" in levels[:-1]:
        raise ValueError("MQTT 主题里 + 独占一级，# 只在最后一级")
    if not 0 <= row.mqtt_device_level <= 20:
        raise ValueError("MQTT 设备号在主题的第几级：0 到 20")
    if row.mqtt_ca:
        try:
            ssl.create_default_context(cadata=row.mqtt_ca)
        except (ssl.SSLError, ValueError):
            raise ValueError("MQTT 的 CA 证书不是 PEM") from None


@transaction.atomic
def new_token(row: VendorCloud, *, by: Any) -> str:
    """A token with which this vendor alone pushes; its secret, shown once. The one before it ends."""
    rights.check(by, "set_vendor")
    if row.token is not None:
        access.revoke_token(row.token, by=by)
    token, secret = access.make_token(by, f"厂家送数：{row.name}", [PUSH_SCOPE], _TOKEN_DAYS)
    row.token = token
    row.save(update_fields=["token"])
    trail.record("vendor.token_made", Ref("vendor", row.name), by=by, after={"token": token.pk})
    return secret


@transaction.atomic
def keep_point(cloud: VendorCloud, facility: FacilityRecord, values: Mapping[str, Any], *, by: Any) -> VendorPoint:
    """Say what a field of a vendor's device is; the same device and field again changes it. Raises ValueError."""
    rights.check(by, "set_vendor", path=facility.place.path)
    number, quantity = str(values.get("number", "")).strip()[:60], str(values.get("quantity", ""))
    name, factor = str(values.get("field", "")).strip()[:80] or quantity, values.get("factor", 1.0)
    if not number:
        raise ValueError("要写厂家的设备号")
    if quantity not in QUANTITIES:
        raise ValueError("没有这个监测量")
    if name in ("device", "at"):
        raise ValueError("字段名不能是 device 或 at")
    total = bool(values.get("total"))
    if total and QUANTITIES[quantity].daily is not Daily.RATE:
        raise ValueError("只有流量和用电量会是累计数")
    if not isinstance(factor, int | float) or not math.isfinite(factor) or factor <= 0:
        raise ValueError("换算系数要是大于 0 的数")
    other = VendorPoint.objects.select_related("cloud").filter(facility=facility, quantity=quantity)
    if held := other.exclude(cloud=cloud, number=number, field=name).first():
        raise ValueError(
            f"{facility.key} 的{QUANTITIES[quantity].chinese}已经由 {held.cloud.name} 的 {held.number} 报"
        )
    row = VendorPoint.objects.filter(cloud=cloud, number=number, field=name).first() or VendorPoint(
        cloud=cloud, number=number, field=name
    )
    before = _point(row) if row.pk else None
    row.facility, row.quantity, row.factor, row.total = facility, quantity, float(factor), total
    if before != _point(row):
        row.save()
        trail.record("vendor.point_kept", Ref("vendor", cloud.name), by=by, before=before, after=_point(row))
        from qingxi_office.readings.actions.mqtt import take_in_held  # it uses this file

        take_in_held(cloud, number, by=by)
    return row


@transaction.atomic
def remove_point(row: VendorPoint, *, by: Any) -> None:
    """A device's field means nothing any more; what it said stays."""
    rights.check(by, "set_vendor", path=row.facility.place.path)
    trail.record("vendor.point_removed", Ref("vendor", row.cloud.name), by=by, before=_point(row))
    row.delete()


def _point(row: VendorPoint) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("number", "field", "quantity", "factor", "total")}
    return told | {"facility": row.facility.key}


def cloud_of_token(token: Token) -> VendorCloud | None:
    """The vendor that pushes with this token, when it may push."""
    row = VendorCloud.objects.filter(token=token, enabled=True).first()
    return row if row is not None and PUSH_SCOPE in token.scopes else None


def points_of(cloud: VendorCloud) -> list[CloudPoint]:
    rows = VendorPoint.objects.filter(cloud=cloud).values_list(
        "number", "field", "facility__key", "quantity", "factor", "total"
    )
    return [CloudPoint(*row) for row in rows]


@transaction.atomic
def take_in_items(cloud: VendorCloud, items: list[Any], *, by: Any, way: str) -> tuple[Pushed, Counts]:
    """Take what a vendor sent (``way`` push or pull) by its own mapping; gives what was read and what it changed."""
    rights.check(by, "load")
    read = read_pushed(
        items, points_of(cloud), now=clock.now(), whole_days=cloud.whole_days, file=cloud.name
    )  # fmt: skip
    counts = take_in_values(read.values, by=by, vendor=cloud.name, use=cloud.use)
    note_sync(cloud, way, read, counts)
    return read, counts


def note_sync(cloud: VendorCloud, way: str, read: Pushed, counts: Counts) -> None:
    """Keep how the last exchange went, for the page; a success ends a run of failures."""
    cloud.last_at, cloud.last_way, cloud.last_said, cloud.failing_since = clock.now(), way, "", None
    cloud.last_counts = {
        "items": read.items, "good": read.good, "new": counts.new, "changed": counts.changed, "same": counts.same,
        "faults": len(read.faults), "days": counts.days, "device_days": counts.device_days, "breaks": counts.breaks,
    }  # fmt: skip
    cloud.last_faults = [f.as_json() for f in read.faults[:_KEPT_FAULTS]]
    fields = ["last_at", "last_way", "last_said", "failing_since", "last_counts", "last_faults"]
    if way == "pull" and read.newest is not None and (cloud.position is None or read.newest > cloud.position):
        cloud.position = read.newest
        fields.append("position")
    cloud.save(update_fields=fields)


def note_failure(cloud: VendorCloud, why: str, *, way: str = "pull") -> datetime:
    """Keep why a way came to nothing; gives since when it has been so. The position stays where it was."""
    cloud.last_at, cloud.last_way, cloud.last_said = clock.now(), way, why[:300]
    cloud.failing_since = cloud.failing_since or cloud.last_at
    cloud.save(update_fields=["last_at", "last_way", "last_said", "failing_since"])
    return cloud.failing_since


@transaction.atomic
def take_in_values(values: Values, *, by: Any, vendor: str, use: str = USES[0]) -> Counts:
    """Put a vendor's values (house units) into the books and work their days out again; the same ones twice change nothing.

    ``use`` is what the county lets this vendor's readings be used for; what is mixed of both is of the weaker use. A day
    that a device of our own reported stays as the device said it. One row in the trail where something changed.
    """
    rights.check(by, "load")
    if use not in USES:
        raise ValueError(f"a vendor's readings are never {use}")
    if not values:
        return Counts()
    ids = dict(FacilityRecord.objects.filter(key__in={key[0] for key in values}).values_list("key", "pk"))
    wanted = {(ids[f], q, day): said for (f, q, day), said in values.items() if f in ids}
    keys = {pk: key for key, pk in ids.items()}
    VendorSamples.objects.bulk_create(
        [VendorSamples(facility_id=pk, quantity=q, day=day, use=use, vendor=vendor) for pk, q, day in sorted(wanted)],
        ignore_conflicts=True, batch_size=500,
    )  # fmt: skip
    places = {(pk, day) for pk, _q, day in wanted}
    days = sorted({day for _pk, day in places})
    rows = VendorSamples.objects.select_for_update(of=("self",)).filter(facility__in=list(keys), **_within(days))
    there = {(r.facility_id, r.quantity, r.day): r for r in rows if (r.facility_id, r.day) in places}
    new = changed = same = 0
    touched: list[VendorSamples] = []
    for key, said in wanted.items():
        row = there[key]
        added = sum(time not in row.values for time in said)
        other = sum(time in row.values and row.values[time] != value for time, value in said.items())
        new, changed, same = new + added, changed + other, same + len(said) - added - other
        weaker = USES[min(USES.index(row.use), USES.index(use))]
        if added or other or weaker != row.use:
            row.values, row.use, row.vendor = {**row.values, **said}, weaker, vendor
            touched.append(row)
    if not touched:
        return Counts(new, changed, same)
    VendorSamples.objects.bulk_update(touched, ["values", "use", "vendor"], batch_size=200)
    moved = {(row.facility_id, row.day) for row in touched}
    again = {key: row for key, row in there.items() if (key[0], key[2]) in moved}
    written, held = _days(again, keys)
    counted, kept_back, breaks = counted_days(touched, keys)
    written, held = written + counted, held + kept_back
    trail.record(
        "vendor.taken_in", Ref("vendor", vendor or "表格"), by=by,
        after={"new": new, "changed": changed, "days": written, "until": days[-1]},
    )  # fmt: skip
    return Counts(new, changed, same, written, held, breaks)


def _within(days: list[date]) -> dict[str, Any]:
    """The look-up of these days: by name while they are few, so that one old day among new ones fetches no years."""
    return {"day__in": days} if len(days) <= 400 else {"day__gte": days[0], "day__lte": days[-1]}


def _days(rows: Mapping[tuple[int, str, date], VendorSamples], keys: Mapping[int, str]) -> tuple[int, int]:
    """Work out the days of these samples again; gives how many were written and how many a device of ours holds."""
    days = sorted({day for _pk, _q, day in rows})
    known = {
        (d.facility_id, d.quantity, d.day): d
        for d in DailyRow.objects.filter(facility__in=list(keys), **_within(days))
    }
    fresh, held = [], 0
    for (pk, code, day), row in rows.items():
        was = known.get((pk, code, day))
        if was is not None and was.source != "vendor":
            held += 1
            continue
        flow = rows.get((pk, "flow", day))
        found = day_value(keys[pk], code, day, row.values, weights(flow) if flow is not None else None)
        if found is None or (was is not None and (was.value, was.coverage, was.use) == (*found, row.use)):
            continue
        fresh.append(
            DailyRow(facility_id=pk, quantity=code, day=day, value=found[0], coverage=found[1], source="vendor", use=row.use)
        )  # fmt: skip
    DailyRow.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["facility", "quantity", "day"],
        update_fields=["value", "coverage", "source", "use"], batch_size=500,
    )  # fmt: skip
    return len(fresh), held
