"""One day of a device's packets as the store has them, with the frames of the one that is looked at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qingxi_office.readings.series import open_store

if TYPE_CHECKING:
    from qingxi.store import DayPacket
    from qingxi.wire import Received


@dataclass
class DeviceDay:
    """``frames`` are those of the packet asked for, None in the place of one that is not there any more."""

    packets: list[DayPacket] = field(default_factory=list)
    before: dt.date | None = None
    after: dt.date | None = None
    chosen: DayPacket | None = None
    frames: list[Received | None] = field(default_factory=list)


def device_day(mn: str, day: dt.date, at: str = "") -> DeviceDay:
    """Every packet of the day, the nearest days with any, and of the packet named ``at`` its frames.

    Ask only for who sees the device. Some five questions to the store, none to the books.
    """
    from qingxi.store import day_packets, days_beside, frames_of  # heavy to import

    store = open_store()
    if store is None:
        return DeviceDay()
    with store:
        packets = day_packets(store, mn, day)
        before, after = days_beside(store, mn, day)
        chosen = next((one for one in packets if one.key == at), None) if at else None
        return DeviceDay(packets, before, after, chosen, frames_of(store, chosen.raw) if chosen else [])
