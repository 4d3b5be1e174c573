"""Figures of each device and platform as Prometheus reads them; names in docs/metrics.md."""

from collections.abc import Iterable

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
        + _put("forward_frames_behind", [(name, n) for name, n, _, _ in forward], "platform")
        + _put("forward_up", [(name, int(state == "up")) for name, _, _, state in forward], "platform")
        + _put(
            "forward_silent_seconds", [(name, max(0.0, now_s - ms / 1000)) for name, _, ms, _ in forward if ms], "platform"
        )
    )  # fmt: skip
