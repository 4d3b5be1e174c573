"""The readings' store as the office reaches it: the register goes there, the state of the lines comes from there."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from qingxi.wire import Device as WireDevice
from qingxi.wire import Devices
from qingxi.wire.device import edition_in
from qingxi.wire.platform import Platform
from qingxi_office.readings.models import Device, UpperPlatform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qingxi.store import Side


def codes(text: str) -> tuple[str, ...]:
    """Codes or networks that stand apart by commas, Chinese ones too, or spaces."""
    return tuple(text.replace("，", " ").replace(",", " ").replace("、", " ").split())


def as_wire(row: Device, facility: str) -> WireDevice:
    """A device as the receiver knows it; raises ValueError for one that cannot be. An edition nobody knows is 2017."""
    return WireDevice(
        mn=row.mn, password=row.password, facility=facility, point=row.point, edition=edition_in(row.protocol) or 2017,
        enabled=row.enabled, every_min=row.every_min, sm4_key=bytes.fromhex(row.sm4_key), vendor=row.vendor,
        st_allowed=codes(row.st_allowed), cn_allowed=codes(row.cn_allowed), peers=codes(row.peers),
        behind_cloud=row.behind_cloud,
    )  # fmt: skip


def as_platform(row: UpperPlatform) -> Platform:
    """A platform as the forwarder knows it; raises ValueError for one that cannot be."""
    return Platform(
        name=row.name, host=row.host, port=row.port, edition=row.edition, password=row.password, mns=dict(row.mns),
        st=codes(row.st), cn=codes(row.cn), sm4_key=bytes.fromhex(row.sm4_key), enabled=row.enabled,
        since_ms=int(row.since.timestamp() * 1000) if row.since else 0,
    )  # fmt: skip


def store() -> Path | str:
    """Where the readings are."""
    address: Path | str = settings.QINGXI_STORE
    return address


def beside() -> Path:
    """The folder of the home in which things lie beside the readings."""
    address = store()
    return address.parent if isinstance(address, Path) else Path(settings.HOME)


@contextmanager
def writing() -> Iterator[Side]:
    """The store's tables, made where they are missing."""
    from qingxi.store import open_side  # the store's engines are heavy to import

    address = store()
    if isinstance(address, Path):
        address.parent.mkdir(parents=True, exist_ok=True)
    side = open_side(address)
    try:
        yield side
    finally:
        side.close()


@contextmanager
def reading() -> Iterator[Side | None]:
    """The store's tables to read; None where nothing was ever received."""
    from qingxi.store.side import Side

    try:
        side = Side(store(), read_only=True)
    except FileNotFoundError:
        yield None
        return
    try:
        yield side
    finally:
        side.close()


def publish_register() -> int:
    """Give the receiver the register as it stands in the books; gives its version.

    After a change of the books that is committed nothing may say that it was not done: where the store is away then, the
    round of the hour does it.
    """
    from qingxi.store import publish

    rows = Device.objects.select_related("facility").only(
        "mn", "password", "protocol", "enabled", "vendor", "point", "every_min", "sm4_key", "st_allowed", "cn_allowed",
        "peers", "behind_cloud", "facility__key",
    )  # fmt: skip
    found = Devices(as_wire(row, row.facility.key) for row in rows)
    with writing() as side:
        return publish(side, found)


def publish_upper() -> None:
    """Give the forwarder the platforms as they stand in the books."""
    from qingxi.store import publish_platforms

    with writing() as side:
        publish_platforms(side, [as_platform(row) for row in UpperPlatform.objects.all()])
