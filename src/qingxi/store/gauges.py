"""Figures of each device and platform as Prometheus reads them; names in docs/hj212/lines.md."""

from collections.abc import Iterable

from qingxi.store.quarantine import bad_by_device
from qingxi.store.register import published_devices
from qingxi.store.side import Side


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _put(name: str, rows: Iterable[tuple[str, float]], label: str = "mn") -> str:
    text = f"# TYPE qingxi_{name} gauge\n"
    return text + "".join(f'qingxi_{name}{{{label}="{_label(key)}"}} {value:.15g}\n' for key, value in rows)


def gauges(side: Side, now_s: float) -> str:
    """Clock offset, last word, open gaps of each device; lag of each upper platform."""
    heard = side.rows("SELECT mn, heard_ms FROM telemetry_heard ORDER BY mn")
    clock = side.rows("SELECT mn, offset_s FROM telemetry_clock ORDER BY mn")
    fill = side.rows("SELECT mn, open_slots FROM telemetry_fill ORDER BY mn")
    forward = side.rows("SELECT platform, behind, acked_ms, state FROM telemetry_forward ORDER BY platform")
    return (
        _put("device_last_seen_seconds", [(mn, ms / 1000) for mn, ms in heard])
        + _put("device_clock_offset_seconds", clock)
        + _put("device_gap_periods", fill)
        + _bad(side, now_s)
        + _put("forward_frames_behind", [(name, n) for name, n, _, _ in forward], "platform")
        + _put("forward_up", [(name, int(state == "up")) for name, _, _, state in forward], "platform")
        + _put(
            "forward_silent_seconds", [(name, max(0.0, now_s - ms / 1000)) for name, _, ms, _ in forward if ms], "platform"
        )
    )  # fmt: skip


def _bad(side: Side, now_s: float) -> str:
    """Quarantined packets of the last day by vendor and reason."""
    counts: dict[tuple[str, str], int] = {}
    devices = published_devices(side)
    for mn, whys in bad_by_device(side, int(now_s * 1000) - 86_400_000).items():
        known = devices.get(mn)
        vendor = known.vendor if known is not None else "?"
        for why, n in whys.items():
            counts[vendor, why] = counts.get((vendor, why), 0) + n
    lines = (
        f'qingxi_vendor_quarantined_day{{vendor="{_label(vendor)}",why="{why}"}} {n}\n'
        for (vendor, why), n in sorted(counts.items())
    )
    return "# TYPE qingxi_vendor_quarantined_day gauge\n" + "".join(lines)
