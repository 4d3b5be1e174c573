"""Waits as quantiles, and the figures of devices, vendors and platforms."""

from qingxi.receiver import Counters, Piece
from qingxi.store import Desk, HotStore, Outgoing, Position, publish
from qingxi.wire import Device, Devices, Received


def test_quantiles_lie_within_their_bucket():
    counters = Counters()
    assert counters.quantile_s(0.5) is None
    counters.waited(0.004, 90)  # up to 0.005
    counters.waited(0.03, 10)  # 0.025 to 0.05
    assert counters.quantile_s(0.45) == 0.0025  # half of the first bucket's 90
    assert abs(counters.quantile_s(0.95) - 0.0375) < 1e-12  # half of the ten in 0.025 to 0.05
    assert 'qingxi_receiver_ack_wait_seconds{quantile="0.99"}' in counters.prometheus()


def test_figures_of_vendors_and_platforms(tmp_path):
    hot = HotStore(tmp_path / "s.sqlite3")
    now_ms = 1_790_000_000_000
    for mn, why, ms in (
        ("M1", "crc", now_ms),
        ("M1", "crc", now_ms - 5),
        ("X", "unknown-device", now_ms),
        ("M1", "crc", 5),
    ):
        hot.quarantine(Received(b"x", "h:1", ms), why, "", mn)
    hot.commit()
    hot.close()
    desk = Desk(tmp_path / "s.sqlite3", Piece)
    publish(desk.side, Devices([Device("M1", "pw", "QX-001", vendor='远"测')]))
    Outgoing(desk.side).keep(Position("市", 1, 0, 7, 0, 0, 12, "up", "", now_ms, now_ms - 9000))
    said = desk.gauges(now_ms / 1000)
    assert (
        'qingxi_vendor_quarantined_day{vendor="远\\"测",why="crc"} 2' in said
    )  # the one of 1970 is not of this day
    assert 'qingxi_vendor_quarantined_day{vendor="?",why="unknown-device"} 1' in said
    assert 'qingxi_forward_frames_behind{platform="市"} 12' in said
    assert 'qingxi_forward_silent_seconds{platform="市"} 9' in said
    desk.close()
