"""Reading devices and their lines, rights first. The lines' state comes from the readings' store, by the office's clock."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from qingxi.standard import load_table
from qingxi_office.people.rights import Extent, extent
from qingxi_office.readings import lines
from qingxi_office.readings.device_words import BAD_FRAMES
from qingxi_office.readings.models import (
    Device,
    DeviceCommand,
    UpperPlatform,
    VendorCloud,
    VendorHeld,
    VendorPoint,
    VendorSamples,
)
from qingxi_office.readings.queries import devices
from qingxi_office.trail import clock

if TYPE_CHECKING:
    from qingxi.reading.grid import Coverage, Gap
    from qingxi.store import Candidate, Line, Side
    from qingxi.store.quarantine import Held, HeldFrame, Spoken

STATES = ("held", "silent", "late", "live", "off")
"""States of a device's line, the gravest first."""
_UTC = dt.UTC


@dataclass
class FleetRow:
    """A device in the fleet's list. ``share`` is its coverage over 30 days, None where nothing was due."""

    pk: int
    mn: str
    facility_key: str
    facility: str
    village: str
    vendor: str
    behind_cloud: bool
    state: str = "silent"
    last: dt.datetime | None = None
    share: float | None = None
    open: int = 0
    offset_s: float | None = None
    packets: int = 0
    bad: Counter[str] = field(default_factory=Counter)

    @property
    def bad_frames(self) -> int:
        """Packets that were no valid frame."""
        return sum(self.bad[why] for why in BAD_FRAMES)

    @property
    def refused(self) -> int:
        """Valid packets that were not let in."""
        return sum(self.bad.values()) - self.bad_frames


def moment(ms: int) -> dt.datetime | None:
    """A time of the store; None for 0, which says never."""
    return dt.datetime.fromtimestamp(ms / 1000, _UTC) if ms else None


def last_word(spoken: Spoken | None, now: dt.datetime) -> dt.datetime | None:
    """When a device was last heard. Files replayed for a practice day arrive "later" than that day: then their own time."""
    if spoken is None:
        return None
    heard = moment(spoken.heard_ms)
    if heard is not None and heard > now + dt.timedelta(minutes=1):
        return min(now, dt.datetime.fromtimestamp(spoken.data_s, _UTC))
    return heard


def standing(
    enabled: bool, every_min: int, last: dt.datetime | None, held_at: dt.datetime | None, now: dt.datetime
) -> str:
    """The state of a device's line.

    Rules
    -----
    1. Switched off: off.
    2. Its packets are being quarantined and nothing was let in since: held.
    3. Never heard, or not for as long as the round of silent stations waits: silent.
    4. Three of its intervals late (and half an hour at least): late.
    """
    if not enabled:
        return "off"  # RULE 1
    if held_at is not None and now - held_at < dt.timedelta(days=1) and (last is None or held_at > last):
        return "held"  # RULE 2
    if last is None or now - last > dt.timedelta(hours=load_table("rounds")["silent.hours"]):
        return "silent"  # RULE 3
    return "late" if now - last > dt.timedelta(minutes=max(30, 3 * every_min)) else "live"  # RULE 4


_COVERAGE: dict[tuple[str, int], dict[str, Coverage]] = {}


def _coverage(side: Side, now: dt.datetime) -> dict[str, Coverage]:
    """Coverage of every device over 30 days, looked up once a minute: a third of a second for 3,000 devices."""
    from qingxi.store.gaps import GapBook

    key = str(side.store), int(now.timestamp() // 60)
    if key not in _COVERAGE:
        found = GapBook(side).summary(now.timestamp())
        _COVERAGE.clear()
        _COVERAGE[key] = found
    return _COVERAGE[key]


def fleet(user: Any) -> list[FleetRow]:
    """Every device that this person sees, with the state of its line: one query of the books, five of the store."""
    from qingxi.store.quarantine import bad_by_device, held, spoken

    now = clock.now()
    month_ms = int((now - dt.timedelta(days=30)).timestamp() * 1000)
    said: dict[str, Spoken] = {}
    cover: dict[str, Coverage] = {}
    bad: dict[str, dict[str, int]] = {}
    held_ms: dict[str, int] = {}
    with lines.reading() as side:
        if side is not None:
            said, cover = spoken(side), _coverage(side, now)
            bad = bad_by_device(side, month_ms)
            for row in held(side, month_ms):
                held_ms[row.mn] = max(held_ms.get(row.mn, 0), row.last_ms)
    out = []
    rows = devices(user).order_by("facility__key", "mn").values_list(
        "pk", "mn", "facility__key", "facility__name", "facility__place__name", "vendor", "behind_cloud", "enabled", "every_min"
    )  # fmt: skip
    for pk, mn, key, name, village, vendor, cloud, enabled, every in rows:
        line, there = said.get(mn), cover.get(mn)
        last = last_word(line, now)
        out.append(
            FleetRow(
                pk, mn, key, name, village, vendor, cloud, standing(enabled, every, last, moment(held_ms.get(mn, 0)), now), last,
                there.share if there else None, there.open if there else 0, line.offset_s if line else None,
                line.packets if line else 0, Counter(bad.get(mn, {})),
            )
        )  # fmt: skip
    return out


@dataclass
class Cover:
    """A line's coverage: over 30 days, by day, and its newest gaps."""

    line: Line
    told: Coverage
    days: list[tuple[dt.date, float | None]]
    gaps: list[Gap]


@dataclass
class LineView:
    """Everything a device's page shows of its line."""

    said: Spoken | None
    last: dt.datetime | None
    covers: list[Cover]
    oddities: dict[str, int]
    events: list[tuple[str, dt.datetime, str]]
    held: list[Held]
    commands: dict[str, Any]
    store: bool = True


def line_of(row: Device) -> LineView:
    """What the store knows of a device."""
    from qingxi.reading.grid import covered, day_begin_s, day_number
    from qingxi.store import commands_by_token
    from qingxi.store.gaps import GapBook
    from qingxi.store.quarantine import events_of, held, oddities_of, spoken

    now = clock.now()
    tokens = list(row.commands.order_by("-pk").values_list("token", flat=True)[:30])
    with lines.reading() as side:
        if side is None:
            return LineView(None, None, [], {}, [], [], {}, store=False)
        book = GapBook(side)
        now_s = now.timestamp()
        today = day_number(int(now_s))
        covers = []
        for line in book.lines(row.mn):
            first_s = day_begin_s(today - 29)
            until_s = book.due_until_s(line, now_s) + line.step_s
            grids = book.days(line, max(first_s, line.since_s), until_s)
            days = []
            for number in range(today - 29, today + 1):
                low, high = max(line.since_s, day_begin_s(number)), min(until_s, day_begin_s(number + 1))
                told = (
                    covered({number: grids[number]} if number in grids else {}, line.step_s, low, high)
                    if high > low
                    else None
                )
                days.append((dt.date(1970, 1, 1) + dt.timedelta(days=number), told.share if told else None))
            gaps = book.gaps(line, now_s, first_s)[::-1][:20]
            covers.append(Cover(line, book.coverage(line, now_s, first_s), days, gaps))
        said = spoken(side, row.mn).get(row.mn)
        return LineView(
            said, last_word(said, now), covers, oddities_of(side, row.mn),
            [(kind, moment(ms) or now, detail) for kind, ms, detail in events_of(side, row.mn)],
            [one for one in held(side) if one.mn == row.mn], commands_by_token(side, tokens),
        )  # fmt: skip


def sees_lines(user: Any) -> bool:
    """Whether this person sees the county's own lines: quarantine, vendors, forwarding."""
    return extent(user, "wire") is not Extent.NOTHING


def anything_came() -> bool:
    """Whether any device was ever let in."""
    with lines.reading() as side:
        return side is not None and bool(side.rows("SELECT 1 FROM telemetry_line LIMIT 1"))


@dataclass
class Caller:
    """A device that calls and is not registered, with what it says of itself."""

    candidate: Candidate
    password: str
    st: str
    every_min: int


def quarantine(user: Any) -> tuple[list[Caller], list[Held]]:
    """Devices that call and are not registered; and what else is quarantined, by device and reason."""
    from qingxi.store.quarantine import held

    if not sees_lines(user):
        return [], []
    with lines.reading() as side:
        if side is None:
            return [], []
        rows = side.rows(
            "SELECT mn, first_ms, last_ms, frames, peer, sample FROM telemetry_candidate ORDER BY last_ms DESC LIMIT 200"
        )
        callers = [_caller(*row) for row in rows]
        names = {caller.candidate.mn for caller in callers}
        others = [one for one in held(side) if not (one.why == "unknown-device" and one.mn in names)]
    return callers, others


def _caller(mn: str, first_ms: int, last_ms: int, frames: int, peer: str, sample: bytes) -> Caller:
    from qingxi.store import Candidate
    from qingxi.wire.hj212 import Message, Parser

    parser = Parser()
    parser.feed(bytes(sample))
    parser.settle()
    said = parser.next_event()
    password, st = (said.pw, said.st) if isinstance(said, Message) else ("", "")
    minutes = round((last_ms - first_ms) / 60_000 / (frames - 1)) if frames > 3 else 0
    first, last = (dt.datetime.fromtimestamp(ms / 1000, _UTC) for ms in (first_ms, last_ms))
    return Caller(Candidate(mn, first, last, frames, peer), password, st, min(minutes, 1440))


def caller(user: Any, mn: str) -> Caller | None:
    """One of them."""
    return next((one for one in quarantine(user)[0] if one.candidate.mn == mn), None)


def frames(user: Any, mn: str, why: str) -> list[HeldFrame]:
    """The last quarantined packets of a device and reason."""
    from qingxi.store.quarantine import held_frames

    if not sees_lines(user):
        return []
    with lines.reading() as side:
        return held_frames(side, mn, why, 10) if side is not None else []


def commands(user: Any) -> QuerySet[DeviceCommand]:
    """Commands to devices that this person sees."""
    return DeviceCommand.objects.filter(device__in=devices(user)).select_related(
        "device__facility__place", "asked_by"
    )


def platforms(user: Any) -> list[tuple[UpperPlatform, Any]]:
    """Upper platforms with where each stands (None before the forwarder first ran)."""
    from qingxi.store import Outgoing

    if not sees_lines(user):
        return []
    rows = list(UpperPlatform.objects.all())
    with lines.reading() as side:
        if side is None:
            return [(row, None) for row in rows]
        outgoing = Outgoing(side)
        found = []
        for row in rows:
            position = outgoing.position(row.name)
            found.append((row, position if position.at_ms else None))
        return found


def broken_totals(cloud: VendorCloud, most: int = 300) -> list[VendorSamples]:
    """The newest days on which a running total of this vendor did not go on, or went on after a time that nobody read it.

    Ask only for who sees the lines. One question.
    """
    point = VendorPoint.objects.filter(cloud=cloud, facility=OuterRef("facility"), quantity=OuterRef("quantity"))
    rows = VendorSamples.objects.exclude(breaks=[]).filter(Exists(point), vendor=cloud.name)
    return list(rows.defer("values").select_related("facility").order_by("-day", "facility__key")[:most])


def held_of(cloud: VendorCloud) -> dict[str, Any]:
    """What came of a vendor by MQTT and waits for a mapping: devices that nobody mapped, and how many could not be read.

    Ask only for who sees the lines. Two questions.
    """
    mapped = VendorPoint.objects.filter(cloud=cloud).values("number")
    rows = VendorHeld.objects.filter(cloud=cloud).exclude(number__in=mapped).order_by()
    found = list(
        rows.values("number").annotate(n=Count("pk"), last=Max("at"), newest=Max("pk")).order_by("-newest")[:101]
    )
    items = dict(VendorHeld.objects.filter(pk__in=[row["newest"] for row in found]).values_list("pk", "item"))
    devices = [{**row, "item": items.get(row["newest"], "")} for row in found if row["number"]]
    unread = sum(row["n"] for row in found if not row["number"])
    return {"devices": devices[:100], "unread": unread, "total": unread + sum(row["n"] for row in devices)}
