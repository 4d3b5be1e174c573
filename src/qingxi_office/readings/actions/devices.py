"""Every change to devices, commands and upper platforms."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.approvals.actions import require
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people import rights
from qingxi_office.readings import lines
from qingxi_office.readings.device_words import ORDERS, POINTS
from qingxi_office.readings.models import Device, DeviceCommand, UpperPlatform
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_SECRET = ("password", "sm4_key")
_TOLD = (
    "vendor", "every_min", "point", "protocol", "st_allowed", "cn_allowed", "peers", "behind_cloud", "enabled", "note",
)  # fmt: skip

_LONGEST_MN = 40  # of the books' column; the standard has 24


def _said(row: Device) -> dict[str, Any]:
    """The record as the trail keeps it: that a password changed, never which."""
    return {name: getattr(row, name) for name in _TOLD} | {"facility": row.facility.key}


def _fill(row: Device, values: Mapping[str, Any]) -> list[str]:
    """Put a form's values into a record; gives which secrets changed. Raises ValueError for what cannot be."""
    changed = []
    for name, value in values.items():
        if name in _SECRET:
            if value and value != getattr(row, name):
                setattr(row, name, str(value))
                changed.append(name)
        elif name == "point":
            row.point = POINTS.get(str(value), str(value))
        elif name == "protocol":
            row.protocol = f"hj212-{value}" if str(value).isdigit() else str(value)
        elif name in ("behind_cloud", "enabled"):
            setattr(row, name, bool(value) if value is not None else name == "enabled")
        elif name in _TOLD:
            setattr(row, name, value if value is not None else 0 if name == "every_min" else "")
    try:
        lines.as_wire(row, row.facility.key)
    except ValueError as error:
        raise ValueError(f"登记不能这样写：{error}") from None
    return changed


@transaction.atomic
def keep_device(row: Device, values: Mapping[str, Any], *, by: Any, because: str = "") -> Device:
    """Change a device's record; the receiver has it within a second."""
    rights.check(by, "edit_device", path=row.facility.place.path)
    row = Device.objects.select_for_update(of=("self",)).select_related("facility__place").get(pk=row.pk)
    before = _said(row)
    changed = _fill(row, values)
    after = _said(row)
    if before == after and not changed:
        return row
    row.save()
    trail.record(
        "device.kept", Ref("device", row.mn), by=by, because=because, before=before,
        after=after | ({"secrets": changed} if changed else {}),
    )  # fmt: skip
    transaction.on_commit(lines.publish_register, robust=True)
    return row


def admit(mn: str, facility: FacilityRecord, values: Mapping[str, Any], *, by: Any) -> tuple[Device, int]:
    """Register a device that calls, and take in what it said before; gives it and how many packets went in.

    Raises ValueError when it is registered already, when its number cannot stand in an address of a page, or when its values
    cannot be.
    """
    if "/" in mn or mn in (".", "..") or len(mn) > _LONGEST_MN:
        raise ValueError(f"MN 里不能有 /，也不能超过 {_LONGEST_MN} 个字：请让厂家把设备的 MN 改对")
    with transaction.atomic():
        rights.check(by, "admit_device", path=facility.place.path)
        if Device.objects.filter(mn=mn).exists():
            raise ValueError("这个 MN 已经登记了")
        row = Device(mn=mn, facility=facility)
        _fill(row, values)
        row.save(force_insert=True)
        trail.record("device.admitted", Ref("device", mn), by=by, after=_said(row))
    lines.publish_register()
    taken = take_in_earlier(row, by=by)
    return row, taken


def take_in_earlier(row: Device, *, by: Any) -> int:
    """Put in what a device said before it was registered or switched on; gives how many packets."""
    from qingxi.store import readmit

    rights.check(by, "admit_device", path=row.facility.place.path)
    taken = readmit(lines.store(), lines.as_wire(row, row.facility.key))
    if taken:
        trail.record("device.readmitted", Ref("device", row.mn), by=by, after={"packets": taken})
    return taken


def dismiss(mn: str, *, by: Any) -> bool:
    """Take a caller off the list until it calls again; what it said stays quarantined."""
    from qingxi.store.quarantine import candidates_dismissed

    rights.check(by, "admit_device")
    with lines.writing() as side:
        gone = candidates_dismissed(side, mn)
    if gone:
        trail.record("device.dismissed", Ref("device", mn), by=by)
    return gone


@transaction.atomic
def order(device: Device, cn: str, fields: Mapping[str, str], *, by: Any, why: str = "") -> DeviceCommand:
    """Order a command. Raises ValueError for one that cannot be given, SecondNeeded for one that two must decide."""
    known = ORDERS.get(cn)
    if known is None:
        raise ValueError("没有这个命令")
    path = device.facility.place.path
    rights.check(by, "move_equipment" if known.moves else "command_device", path=path)
    if device.behind_cloud:
        raise ValueError("这台设备在厂家平台后面，命令下不去，请在厂家平台上操作")
    if not device.enabled:
        raise ValueError("这台设备已停用")
    said = _checked(known.asks, fields)
    if known.moves and not why.strip():
        raise ValueError("动设备的命令要写明为什么")
    second = ""
    if known.moves:
        what = " ".join([cn, *(f"{k}={v}" for k, v in said.items())])
        second = require(
            "move_equipment", Ref("device", device.mn), by=by, title=f"{device.facility.name}：{known.word}", what=what,
            path=path,
        )  # fmt: skip
    row = DeviceCommand.objects.create(
        token=secrets.token_hex(16), device=device, cn=cn, fields=said, why=why.strip()[:200], asked_by=by,
        asked_at=clock.now(), second=second[:200],
    )  # fmt: skip
    trail.record(
        "command.ordered", Ref("device", device.mn), by=by, because=row.why or second,
        after={"cn": cn, "fields": said, "token": row.token},
    )  # fmt: skip
    transaction.on_commit(hand_over)
    return row


def _checked(asks: tuple[tuple[str, Any, str, float, float], ...], fields: Mapping[str, str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, word, kind, low, high in asks:
        text = fields.get(name, "").strip()
        if kind == "time":
            try:
                said[name] = f"{datetime.fromisoformat(text):%Y%m%d%H%M%S}"
            except ValueError:
                raise ValueError(f"“{word}”要写日期和时间") from None
        elif kind == "number":
            if not text.isdigit() or not low <= int(text) <= high:
                raise ValueError(f"“{word}”要在 {low:g} 到 {high:g} 之间")
            said[name] = str(int(text))
        elif not text or len(text) > 20 or not text.isascii() or not text.isalnum():
            raise ValueError(f"“{word}”要写因子编码，如 w01018")
        else:
            said[name] = text
    if "BeginTime" in said and said["BeginTime"] >= said["EndTime"]:
        raise ValueError("“从”要早于“到”")
    return said


def hand_over() -> int:
    """Give the receiver's queue every command that it has not got yet; the same one twice is there once."""
    from qingxi.standard import load_table
    from qingxi.store import put_command

    rows = list(DeviceCommand.objects.filter(handed_over=False).select_related("device", "asked_by"))
    if not rows:
        return 0
    life_ms = int(load_table("hj212")["command.life"] * 3_600_000)
    with lines.writing() as side:
        for row in rows:
            put_command(
                side, row.token, row.device.mn, row.cn, row.fields, by=row.asked_by.name,
                now_ms=int(clock.real_now().timestamp() * 1000), life_ms=life_ms,
            )  # fmt: skip
    DeviceCommand.objects.filter(pk__in=[row.pk for row in rows]).update(handed_over=True)
    return len(rows)


def withdraw(row: DeviceCommand, *, by: Any) -> bool:
    """Take a command back that was not sent yet; False when it is too late."""
    from qingxi.store import withdraw_command

    rights.check(by, "command_device", path=row.device.facility.place.path)
    with lines.writing() as side:
        if not withdraw_command(side, row.token, int(clock.real_now().timestamp() * 1000)):
            return False
    settle_commands()
    trail.record("command.withdrawn", Ref("device", row.device.mn), by=by, after={"cn": row.cn, "token": row.token})
    return True


def settle_commands(by: Any = None) -> int:
    """Write what became of the commands that were open into the books; gives how many were settled."""
    from qingxi.store import commands_by_token

    hand_over()
    waiting = DeviceCommand.State.QUEUED, DeviceCommand.State.SENT, DeviceCommand.State.READY
    open_rows = list(DeviceCommand.objects.filter(state__in=waiting).select_related("device"))
    if not open_rows:
        return 0
    with lines.reading() as side:
        found = commands_by_token(side, [row.token for row in open_rows]) if side is not None else {}
    settled = 0
    with transaction.atomic():
        for row in open_rows:
            now = found.get(row.token)
            if now is None or now.state.value == row.state:
                continue
            row.state, row.code, row.answer = now.state.value, now.code, dict(now.answer)
            if now.ended_ms:
                row.settled_at = clock.now()
                settled += 1
                if row.state != DeviceCommand.State.WITHDRAWN:
                    trail.record(
                        "command.settled", Ref("device", row.device.mn), by=by or trail.Office("设备命令"),
                        after={"cn": row.cn, "token": row.token, "state": row.state, "code": row.code, "answer": row.answer},
                    )  # fmt: skip
            row.save(update_fields=["state", "code", "answer", "settled_at"])
    return settled


@transaction.atomic
def keep_platform(row: UpperPlatform | None, values: Mapping[str, Any], *, by: Any) -> UpperPlatform:
    """Register or change an upper platform. Raises ValueError for what cannot be."""
    rights.check(by, "set_forwarding")
    fresh = row is None
    row = row or UpperPlatform(since=clock.now())
    before = None if fresh else _platform(row)
    for name in ("name", "host", "port", "edition", "st", "cn", "mns", "enabled"):
        if name in values:
            setattr(row, name, values[name])
    for name in _SECRET:
        if values.get(name):
            setattr(row, name, values[name])
    try:
        lines.as_platform(row)
    except ValueError as error:
        raise ValueError(f"平台不能这样登记：{error}") from None
    if UpperPlatform.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise ValueError("已经有同名的平台")
    row.save()
    trail.record("platform.kept", Ref("platform", row.name), by=by, before=before, after=_platform(row))
    transaction.on_commit(lines.publish_upper, robust=True)
    return row


def _platform(row: UpperPlatform) -> dict[str, Any]:
    return {n: getattr(row, n) for n in ("name", "host", "port", "edition", "st", "cn", "mns", "enabled")}
