"""How long devices go on speaking (设备存活): a life from the first word to the last, by vendor and by month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qingxi.standard import load_table
from qingxi_office.readings import lines
from qingxi_office.readings.device_queries import FleetRow, fleet
from qingxi_office.trail import clock

if TYPE_CHECKING:
    from qingxi.finding import Survival

AGES = (0.5, 1.0, 2.0, 3.0)
"""Years after the first word at which the fleet is looked at."""
_YEAR = 365.25
_MONTHS = 12


@dataclass(frozen=True)
class Lasting:
    """A device, when it was first and last heard, and whether it has fallen silent for good as far as one can tell."""

    row: FleetRow
    first: dt.datetime | None
    silent_days: int | None
    gone: bool

    @property
    def mn(self) -> str:
        return self.row.mn

    @property
    def last(self) -> dt.datetime | None:
        return self.row.last

    @property
    def years(self) -> float | None:
        """From the first word to the last."""
        if self.first is None or self.last is None:
            return None
        return max(0.0, (self.last - self.first).total_seconds() / 86_400 / _YEAR)


@dataclass(frozen=True)
class Group:
    """The devices of one vendor ("" where none is written), or all of them (None).

    ``at`` has share, low and high of those that still speak after each of :data:`AGES`; None where none is that old.
    """

    vendor: str | None
    devices: int
    gone: int
    mute: int
    at: list[tuple[float, float, float] | None]
    sooner: bool = False


@dataclass(frozen=True)
class Month:
    """A month: devices that had begun by its end, and those of them that were heard in it or later."""

    first: dt.date
    begun: int
    heard: int


def gone_days() -> int:
    """After so many days without a word a device counts as fallen silent."""
    return int(load_table("rounds")["gone.days"])


def lasting(user: Any) -> list[Lasting]:
    """Every device in use that this person sees; those that are switched off are nobody's loss and not in it."""
    from qingxi.store.begun import begun

    since: dict[str, int] = {}
    with lines.reading() as side:
        if side is not None:
            since = begun(side)
    now, limit = clock.now(), gone_days()
    out = []
    for row in fleet(user):
        if row.state == "off":
            continue
        first = dt.datetime.fromtimestamp(since[row.mn], dt.UTC) if row.mn in since else row.last
        silent = max(0, (now - row.last).days) if row.last else None
        out.append(
            Lasting(
                row,
                min(first, row.last) if first and row.last else None,
                silent,
                silent is not None and silent >= limit,
            )
        )
    return out  # fmt: skip


def groups(devices: list[Lasting]) -> list[Group]:
    """All devices, then by vendor, the most silent first."""
    from qingxi.finding import Life, decaying

    lives = [Life(d.mn, d.row.vendor, d.years, d.gone) for d in devices if d.years is not None]
    sooner = (
        {each.group for each in decaying(lives, AGES[-1])} if len({life.group for life in lives}) > 1 else set()
    )
    found = []
    for vendor in sorted({d.row.vendor for d in devices}):
        mine = [d for d in devices if d.row.vendor == vendor]
        found.append(_group(vendor, mine, [life for life in lives if life.group == vendor], vendor in sooner))
    found.sort(key=lambda g: (-g.gone / g.devices, not g.vendor, g.vendor or ""))
    every = [Life(life.facility, "", life.years, life.ended) for life in lives]
    return [_group(None, devices, every, False), *found]


def _group(vendor: str | None, devices: list[Lasting], lives: list[Any], sooner: bool) -> Group:
    from qingxi.finding import survival

    curve = survival(lives, vendor or "")
    at = [_at(curve, [life.years for life in lives], age) for age in AGES]
    return Group(
        vendor, len(devices), sum(d.gone for d in devices), sum(d.last is None for d in devices), at, sooner
    )


def _at(curve: Survival, years: list[float], age: float) -> tuple[float, float, float] | None:
    """The share after so many years; None where nobody has been watched for so long and some still speak."""
    if not years or (max(years) < age and (not curve.share or curve.share[-1] > 0)):
        return None
    return curve.at(age)


def months(devices: list[Lasting]) -> list[Month]:
    """The last twelve months, this one included, from the first in which a device spoke."""
    known = [(d.first, d.last) for d in devices if d.first and d.last]
    if not known:
        return []
    zone = clock.now().tzinfo
    begin = min(first for first, _ in known).astimezone(zone).date().replace(day=1)
    out, month = [], clock.today().replace(day=1)
    while month >= begin and len(out) < _MONTHS:
        after = (month + dt.timedelta(days=32)).replace(day=1)
        started = [(first, last) for first, last in known if first.astimezone(zone).date() < after]
        out.append(Month(month, len(started), sum(last.astimezone(zone).date() >= month for _, last in started)))
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return out[::-1]
