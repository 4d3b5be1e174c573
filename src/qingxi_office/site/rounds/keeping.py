"""Rounds that keep the house: readings archived, old traces of persons removed, the recycle bin emptied, a backup there."""

from __future__ import annotations

import datetime as dt

from qingxi.keeping import retention_rules
from qingxi.standard import load_table
from qingxi_office.attachments.actions import sweep_blobs
from qingxi_office.keepings import actions as keepings
from qingxi_office.keepings.queries import blobs_in_the_bin
from qingxi_office.notices.actions import tell
from qingxi_office.people.audience import officers
from qingxi_office.readings import lines
from qingxi_office.readings.actions import take_in_store
from qingxi_office.readings.actions.corrected import note_corrections
from qingxi_office.site.privacy import let_go
from qingxi_office.site.searching import drop_spelled
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer

_BOOKED = "books.filed_ms"
"""The store's setting: days filed later than this moment may not be in the books yet."""


def readings(by: Doer, now: dt.datetime) -> list[str]:
    """What devices said since the last archiving, day by day into the books: pages, findings and the silent list read it there."""
    from qingxi.store import hot_days, store_exists  # heavy to import
    from qingxi.store.corrections import hot_corrections

    store = lines.store()
    if not store_exists(store):
        return []
    days = [day for day in hot_days(store) if day <= now.date()]
    taken = take_in_store(store, by=by, days=frozenset(days))
    with lines.reading() as side:
        found = hot_corrections(side) if side is not None else []
    noted = note_corrections(found, by=by)
    said = [f"读数入账：新 {taken.new} 日，改 {taken.changed} 日"] if taken.new or taken.changed else []
    return [*said, *([f"设备更正了 {noted} 个读数，已记入留痕"] if noted else [])]


def compaction(by: Doer, now: dt.datetime) -> list[str]:
    """Days of readings before yesterday go from the hot store into the archive, and what they say into the books.

    The books come last: what arrived since the round of the hour, up to the very moment of archiving, is in the files then.
    Days whose round ended before the books had them are taken in by the next one: no other round looks at a filed day.
    """
    from qingxi.store import archive_folder, compact_before, store_exists  # heavy to import
    from qingxi.store.corrections import filed_corrections

    store = lines.store()
    if not store_exists(store):
        return []
    made_ms = int(clock.real_now().timestamp() * 1000)
    with lines.writing() as side:
        if not side.setting(_BOOKED):
            side.set(_BOOKED, str(made_ms - 1))
        done = compact_before(store, now.date() - dt.timedelta(days=1), made_ms)
        waiting = side.rows(
            "SELECT day, file FROM telemetry_history WHERE made_ms > ?", (int(side.setting(_BOOKED)),)
        )
        files = {dt.date.fromisoformat(day): file for day, file in waiting} | {row.day: row.file for row in done}
        if files:
            take_in_store(store, by=by, days=frozenset(files))
            # A correction of a day that was filed long ago becomes one only here.
            note_corrections(filed_corrections(archive_folder(store), list(files.values())), by=by)
        side.set(_BOOKED, str(made_ms))
    return [f"归档 {len(done)} 天的读数"] if done else []


def retention(by: Doer, now: dt.datetime) -> list[str]:
    """What was kept of persons for its time is removed."""
    done = let_go(now.date(), by=by)
    drop_spelled()
    rules = retention_rules()
    return [f"{rules[key].data}（{rules[key].whose}）：{n} 条{rules[key].end}" for key, n in done.items()]


def recycle(by: Doer, now: dt.datetime) -> list[str]:
    """What lay in the recycle bin for its time is gone for good, with the contents that nothing names any more."""
    gone = keepings.purge(now.date(), by=by)
    blobs = sweep_blobs(blobs_in_the_bin(), by=by)
    return [f"清掉 {gone} 样，删去文件 {blobs} 个"] if gone or blobs else []


def backup(by: Doer, now: dt.datetime) -> list[str]:
    """Whether there is a backup young enough; an office that never made one is told so too."""
    home = lines.beside()
    hours = load_table("rounds")["backup.hours"]
    found = [p.stat().st_mtime for p in home.glob("backups/*") if not p.name.startswith(".")]
    age = (clock.real_now().timestamp() - max(found)) / 3600 if found else None
    if age is not None and age <= hours:
        return []
    said = f"最近一次备份在 {age:.0f} 小时前" if age is not None else "还没有做过备份"
    tell(
        officers(), "backup_missing", said, once=f"backup/{now:%Y-%m-%d}", href="/notices/rounds/",
        text="运行 qingxi office backup，或看定时备份为什么没有跑。",
    )  # fmt: skip
    return [said]


def vendors(by: Doer, now: dt.datetime) -> list[str]:
    """Ask every vendor's platform that has an address; one that cannot be asked is told of once, until it answers again."""
    return _ask_vendors(by, now, {})


def vendors_late(by: Doer, now: dt.datetime) -> list[str]:
    """Ask again for some days: a device that was without a line hands its readings to its platform late.

    A platform whose address takes no ``{since}`` gives the same every hour, and is left alone. One that does not answer for
    so many days, or not so much at once, is not told of for that: whether it can be asked at all, the hour's round says.
    """
    days = load_table("rounds")["vendors.late"]
    return _ask_vendors(by, now, {"back": dt.timedelta(days=days)}, url__contains="{since}")


def _ask_vendors(by: Doer, now: dt.datetime, how: dict[str, dt.timedelta], **which: str) -> list[str]:
    from qingxi_office.readings.models import VendorCloud
    from qingxi_office.readings.vendor_pull import NotPulled, pull

    said = []
    for cloud in VendorCloud.objects.filter(enabled=True, **which).exclude(url=""):
        try:
            counts, faults = pull(cloud, by=by, **how)
        except NotPulled as error:
            if how:
                said.append(f"{cloud.name}没有补取到：{error}")
                continue
            since = cloud.failing_since or now
            tell(
                officers(), "vendor_failing", f"{cloud.name}：{error}", once=f"vendor/{cloud.pk}/{since:%Y%m%dT%H%M%S}",
                href=f"/vendors/clouds/{cloud.pk}/", text="数没有丢：通了以后从断的地方接着取。",
            )  # fmt: skip
            said.append(f"{cloud.name}没有取到：{error}")
            continue
        if counts.new or counts.changed or faults:
            said.append(f"{cloud.name}：新 {counts.new} 个数，改 {counts.changed} 个，毛病 {faults} 处")
    return said


def commands(by: Doer, now: dt.datetime) -> list[str]:
    """Hand the receiver what it has not got yet, and write down what became of commands to devices."""
    from qingxi.store import store_exists  # heavy to import
    from qingxi_office.readings.actions.devices import settle_commands
    from qingxi_office.readings.models import Device, UpperPlatform

    # What was registered while the store was away; else nothing is written. An office without devices leaves alone what a
    # receiver was given by file.
    if store_exists(lines.store()):
        if Device.objects.exists():
            lines.publish_register()
        if UpperPlatform.objects.exists():
            lines.publish_upper()
    settled = settle_commands(by)
    return [f"{settled} 条设备命令有了结果"] if settled else []
