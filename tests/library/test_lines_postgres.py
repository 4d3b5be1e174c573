"""The tables beside the hot path on a real PostgreSQL: the same books as on SQLite."""

from datetime import datetime, timedelta

import pytest

import postgres
from qingxi.reading.grid import Slot
from qingxi.receiver import Naming, Piece
from qingxi.store import Desk, Outgoing, open_writer, publish, put_command, readmit
from qingxi.store.commands import Asked, commands_of
from qingxi.store.quarantine import bad_by_device, held, spoken
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, encode, upload

pytestmark = pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "there is one")
START = datetime(2026, 11, 1, tzinfo=BEIJING)
DEVICE = Device("M1", "pw", "QX-001", every_min=10)


@pytest.fixture(scope="module")
def address():
    cluster = postgres.Cluster()
    cluster.sql("postgres", "CREATE DATABASE lines")
    yield cluster.address("lines")
    cluster.stop()


def test_gaps_commands_clocks_and_forwarding_on_postgresql(address):
    with_packets = open_writer(address)
    desk = Desk(address, Piece)
    assert desk.version() == 0
    publish(desk.side, Devices([DEVICE]))
    assert (desk.version(), desk.devices()["M1"]) == (1, DEVICE)
    for n in [*range(20), *range(30, 40)]:
        at = START + timedelta(minutes=10 * n)
        sent = at + timedelta(minutes=10)
        frame = upload("2051", mn="M1", pw="pw", at=at, values={"cod": {"Avg": 1.0}}, sent_at=sent)
        received = Received(encode(frame), "10.0.0.1:1", int(sent.timestamp() * 1000) + 4000)
        with_packets.keep_raw(received)
        with_packets.put(frame, received)
    stranger = upload("2051", mn="NEW", pw="x", at=START, values={"cod": {"Avg": 1.0}})
    with_packets.quarantine(Received(encode(stranger), "10.0.0.2:1", 5), "unknown-device", "", "NEW")
    with_packets.commit()
    desk.catch_up()
    desk.catch_up()
    (line,) = desk.book.lines()
    end_s = (START + timedelta(minutes=400, seconds=200)).timestamp()
    (gap,) = desk.book.gaps(line, end_s)
    assert gap.slots == 10
    pieces = desk.pieces(["M1"], end_s)["M1"]
    assert [(p.kind, p.slots) for p in pieces] == [("minute", 10)]
    desk.settle([Naming("M1", "minute", gap.first_s, gap.end_s, Slot.NO_DATA)])
    told = desk.book.coverage(line, end_s)
    assert (told.due, told.live, told.named, told.open) == (40, 30, 10, 0)
    assert desk.book.summary(end_s, days=3)["M1"] == told
    assert spoken(desk.side)["M1"].offset_s == -4.0
    put_command(desk.side, "t", "M1", "1012", {}, by="陈静", now_ms=1, life_ms=10**15)
    (order,) = desk.waiting(2)
    assert desk.claim(order, "q", 3)
    desk.note(order.id, "done", 1, {"a": "b"}, 4)
    assert commands_of(desk.side, "M1")[0].state is Asked.DONE
    assert bad_by_device(desk.side) == {"NEW": {"unknown-device": 1}}
    assert [(h.mn, h.count) for h in held(desk.side)] == [("NEW", 1)]
    assert readmit(address, Device("NEW", "x", "QX-002")) == 1
    assert held(desk.side) == []
    outgoing = Outgoing(desk.side)
    frames = list(outgoing.after(0, 0))
    assert len(frames) == outgoing.behind(0, 0) == 31  # what was readmitted is raw again, and goes up
    assert 'qingxi_device_clock_offset_seconds{mn="M1"} -4' in desk.gauges(end_s)
    desk.close()
    with_packets.close()
