"""A message of a vendor's broker into the books: by the same mapping as a push; what nobody mapped yet is held, not lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from qingxi.origin import Fault
from qingxi.reading.pushed import Pushed, dotted, read_pushed
from qingxi_office.people import rights
from qingxi_office.readings.actions.vendors import Counts, note_sync, points_of, take_in_values
from qingxi_office.readings.models import VendorCloud, VendorHeld
from qingxi_office.trail import clock

MOST_BYTES = 1024 * 1024
MOST_HELD = 20_000
"""Items of one vendor that are held for want of a mapping; beyond it the oldest go."""
_LONGEST_HELD = 20_000  # characters of one item

Message = tuple[str, bytes]
"""Topic and payload."""


def items_of(cloud: VendorCloud, topic: str, payload: bytes) -> list[dict[str, Any]] | None:
    """The items of one message: objects as sent, with ``device`` put in from the topic where the vendor says so there.

    None for what is no JSON of objects.
    """
    try:
        document = json.loads(payload) if len(payload) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        return None
    rows = dotted(document, cloud.rows_path)
    rows = [rows] if isinstance(rows, Mapping) else rows
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return None
    levels, at = topic.split("/"), cloud.mqtt_device_level
    named = {"__device": levels[at - 1]} if 0 < at <= len(levels) else {}
    return [{**row, **named} for row in rows]


def _number(said: Any) -> str:
    """The device's number as text, without what no database takes."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        return ""
    return "".join(c for c in str(said).strip() if c.isprintable())[:60]


def _asked(cloud: VendorCloud, row: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """An item in the house's words: device, time and the fields that the mapping knows."""
    device = row["__device"] if "__device" in row else dotted(row, cloud.device_path)
    return {"device": device, "at": dotted(row, cloud.at_path)} | {
        name: value for name in fields if (value := dotted(row, name)) is not None
    }


@transaction.atomic
def take_in_messages(cloud: VendorCloud, messages: Sequence[Message], *, by: Any) -> tuple[Pushed, Counts]:
    """Take messages in, all of them in one transaction: when it has returned they may be acknowledged.

    Good values go into the books, the same ones twice change nothing. Items of a device that nobody mapped, and payloads that
    are no JSON, are held as they came; :func:`take_in_held` takes them in once the device is mapped.
    """
    rights.check(by, "load")
    points = points_of(cloud)
    known = {p.number for p in points}
    fields = sorted({p.field for p in points})
    items: list[dict[str, Any]] = []
    held: list[tuple[str, Any]] = []
    for topic, payload in messages:
        rows = items_of(cloud, topic, payload)
        if rows is None:
            held.append(("", _raw(topic, payload)))
            continue
        for row in rows:
            item = _asked(cloud, row, fields)
            number = _number(item["device"])
            if number in known:
                items.append(item)
            else:
                held.append((number, row))
    read = read_pushed(items, points, now=clock.now(), whole_days=cloud.whole_days, file=cloud.name)
    counts = take_in_values(read.values, by=by, vendor=cloud.name, use=cloud.use)
    read.items += len(held)
    for number in dict.fromkeys(number for number, _ in held):
        rule, remedy = (
            ("这个设备号没有对应到设施，数先留着", "请县里补上对应，留着的数会自己收进来")
            if number
            else ("这条报文读不懂，原样留着", "报文要是一个对象或一列对象的 JSON，设备号写在报文或主题里")
        )
        read.faults.append(
            Fault(cloud.name, None, "device", number, rule, remedy, "device-held" if number else "payload-unread")
        )
    _hold(cloud, held)
    note_sync(cloud, "mqtt", read, counts)
    return read, counts


def _raw(topic: str, payload: bytes) -> dict[str, str]:
    return {"topic": topic, "text": payload[:MOST_BYTES].decode("utf-8", "replace")}


def hold_raw(cloud: VendorCloud, message: Message) -> None:
    """Keep a message as it came that could not be taken in at all."""
    _hold(cloud, [("", _raw(*message))])


def _hold(cloud: VendorCloud, held: Sequence[tuple[str, Any]]) -> None:
    """Keep items as they came; the same item twice is there once."""
    if not held:
        return
    rows = []
    for number, item in held:
        text = json.dumps(item, sort_keys=True)[:_LONGEST_HELD]  # ASCII: what no database takes is escaped
        rows.append(
            VendorHeld(cloud=cloud, number=number, item=text, digest=hashlib.sha256(text.encode()).hexdigest(), at=clock.now())
        )  # fmt: skip
    VendorHeld.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    over = VendorHeld.objects.filter(cloud=cloud).count() - MOST_HELD
    if over > 0:
        oldest = VendorHeld.objects.filter(cloud=cloud).order_by("pk").values_list("pk", flat=True)[:over]
        VendorHeld.objects.filter(pk__in=list(oldest)).delete()


@transaction.atomic
def take_in_held(cloud: VendorCloud, number: str, *, by: Any) -> Counts:
    """Take in what was held of a device, now that (more of) it is mapped. The items stay, for a field mapped tomorrow."""
    rights.check(by, "load")
    points = points_of(cloud)
    fields = sorted({p.field for p in points})
    items = []
    for text in VendorHeld.objects.filter(cloud=cloud, number=number).order_by("pk").values_list("item", flat=True):
        try:
            items.append(_asked(cloud, json.loads(text), fields))
        except ValueError:  # one that was cut: it was longer than is held
            continue
    if not items:
        return Counts()
    read = read_pushed(items, points, now=clock.now(), whole_days=cloud.whole_days, file=cloud.name)
    return take_in_values(read.values, by=by, vendor=cloud.name, use=cloud.use)
