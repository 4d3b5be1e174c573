"""The register of devices and of upper platforms as the receiver reads it: published as a whole, with a version.

Whoever keeps the register (an office, a file) publishes it; receivers look at the version each second and take the
whole register when it changed. Passwords stand here as they travel, because requests to a device carry them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from qingxi.store.side import Side
from qingxi.wire import Device, Devices
from qingxi.wire.platform import Platform

_VERSION = "register.version"


def _dump(device: Device) -> str:
    said = asdict(device)
    said["sm4_key"] = device.sm4_key.hex()
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _load(body: str) -> Device:
    said = json.loads(body)
    said["sm4_key"] = bytes.fromhex(said["sm4_key"])
    for name in ("st_allowed", "cn_allowed", "peers"):
        said[name] = tuple(said[name])
    return Device(**said)


def publish(store: Side, devices: Mapping[str, Device]) -> int:
    """Make these devices the register; gives its version. Nothing is written when nothing differs."""
    bodies = {mn: _dump(device) for mn, device in devices.items()}
    with store.writing():
        before: dict[str, str] = dict(store.rows("SELECT mn, body FROM telemetry_register"))
        version = int(store.setting(_VERSION, "0"))
        if before == bodies:
            return version
        gone = [(mn,) for mn in before if mn not in bodies]
        store.many("DELETE FROM telemetry_register WHERE mn=?", gone)
        changed = [mn for mn, body in bodies.items() if before.get(mn) != body]
        store.many(
            "INSERT INTO telemetry_register (mn, body) VALUES (?, ?)"
            " ON CONFLICT (mn) DO UPDATE SET body=excluded.body",
            [(mn, bodies[mn]) for mn in changed],
        )
        # What was said stays with its facility also when a device leaves the register.
        store.many(
            "INSERT INTO telemetry_device (mn, facility, point, every_min) VALUES (?, ?, ?, ?) ON CONFLICT (mn)"
            " DO UPDATE SET facility=excluded.facility, point=excluded.point, every_min=excluded.every_min",
            [(mn, d.facility, d.point, d.every_min) for mn in changed if (d := devices[mn])],
        )
        store.set(_VERSION, str(version + 1))
        return version + 1


def register_version(store: Side) -> int:
    """Version of the published register, 0 when none was published."""
    return int(store.setting(_VERSION, "0"))


def published_devices(store: Side) -> Devices:
    """The register."""
    return Devices(_load(body) for (body,) in store.rows("SELECT body FROM telemetry_register ORDER BY mn"))


def publish_platforms(store: Side, platforms: Iterable[Platform]) -> None:
    """Make these the upper platforms; where each one stands is kept under its name."""
    bodies = {p.name: p.dump() for p in platforms}
    with store.writing():
        before: dict[str, str] = dict(store.rows("SELECT name, body FROM telemetry_platform"))
        store.many("DELETE FROM telemetry_platform WHERE name=?", [(n,) for n in before if n not in bodies])
        store.many(
            "INSERT INTO telemetry_platform (name, body) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET body=excluded.body",
            [(n, b) for n, b in bodies.items() if before.get(n) != b],
        )


def published_platforms(store: Side) -> list[Platform]:
    """The upper platforms, by name."""
    return [Platform.load(body) for (body,) in store.rows("SELECT body FROM telemetry_platform ORDER BY name")]


def open_side(store: Path | str) -> Side:
    """The tables beside the hot path of a store, with the hot tables made where they are missing."""
    from qingxi.store.ddl import ddl
    from qingxi.store.side import is_postgres

    side = Side(store)
    for statement in ddl("postgresql" if is_postgres(store) else "sqlite"):
        side.run(statement)
    return side
