"""The simulated devices: they wait, send again, give up, and call again (hj212)."""

import asyncio

from receiver_sinks import START, Memory, frame, message, run

from qingxi.wire.hj212 import Message, Parser, answer_data, encode, upload
from qingxi.world.devices import Manner, by_device, mn_of, play

QUICK = Manner(timeout_s=0.05, resends=3)


def serve(answer, scene):
    """A server that tells each message to ``answer``; it gives bytes to send back, or None to hang up."""

    async def whole():
        async def line(reader, writer):
            parser = Parser()
            while data := await reader.read(65536):
                parser.feed(data)
                while isinstance(event := parser.next_event(), Message):
                    back = answer(event)
                    if back is None:
                        writer.close()
                        return
                    writer.write(back)

        server = await asyncio.start_server(line, "127.0.0.1", 0)
        result = await scene(*server.sockets[0].getsockname())
        server.close()
        return result

    return asyncio.run(whole())


def test_hj212_a_device_sends_three_times_more_and_gives_up():
    heard = []
    played = serve(
        lambda m: heard.append(m.qn) or b"", lambda host, port: play([frame(0)], host, port, manner=QUICK)
    )
    assert heard == [message(0).qn] * 4
    assert (played.sent, played.acked, played.resent, played.unanswered) == (1, 0, 3, 1)


def test_hj212_a_device_is_content_with_a_late_answer():
    heard = []

    def second_time(said):
        heard.append(said.qn)
        return encode(answer_data(said)) if heard.count(said.qn) > 1 else b""

    frames = [frame(n) for n in range(5)]
    played = serve(second_time, lambda host, port: play(frames, host, port, manner=QUICK))
    assert (played.sent, played.acked, played.resent, played.unanswered) == (5, 5, 5, 0)
    assert heard == [message(n).qn for n in range(5) for _ in range(2)]  # one after the other: window 1


def test_hj212_a_device_calls_again_after_the_line_broke():
    heard = []

    def hangs_up_once(said):
        heard.append(said.qn)
        return None if len(heard) == 2 else encode(answer_data(said))

    played = serve(hangs_up_once, lambda host, port: play([frame(0), frame(1)], host, port, manner=QUICK))
    assert heard == [message(0).qn, message(1).qn, message(1).qn]
    assert (played.acked, played.resent) == (2, 1)


def test_hj212_broken_and_unasking_frames_are_counted_apart():
    broken = frame(1).replace(b"45.2", b"99.9")
    old = encode(upload("2011", mn="M1", pw="pw", at=START, values={"cod": {"Rtd": "1"}}, edition=2005))
    sink = Memory()

    async def scene(receiver, port):
        played = await play(
            [frame(0), broken, old, frame(2)], "127.0.0.1", port, manner=Manner(window=8, timeout_s=0.2)
        )
        assert (played.sent, played.acked, played.broken, played.unasked) == (4, 2, 1, 1)
        assert played.unanswered == 0

    run(sink, scene)
    assert [m.edition for m in sink.kept] == [2017, 2005, 2017]


def test_hj212_a_line_a_device_keeps_the_order_of_each():
    frames = [frame(n, mn=mn) for n in range(50) for mn in ("M1", "M2")]
    assert {mn: len(own) for mn, own in by_device(frames).items()} == {"M1": 50, "M2": 50}
    assert mn_of(b"noise") == ""
    sink = Memory()
    acks = []

    async def scene(receiver, port):
        played = await play(
            frames,
            "127.0.0.1",
            port,
            manner=Manner(window=4),
            line_per_device=True,
            on_ack=lambda *a: acks.append(a),
        )
        assert played.acked == 100
        assert receiver.counters.connections_total == 2

    run(sink, scene)
    for mn in ("M1", "M2"):
        assert [m.qn for m in sink.kept if m.mn == mn] == [message(n).qn for n in range(50)]
    assert len(set(acks)) == 100


def test_hj212_at_a_pace_the_frames_own_times_are_kept():
    # Two frames 900 s apart at 9000 times their pace: at least 0.1 s between them.
    sink = Memory()

    async def scene(receiver, port):
        played = await play([frame(0), frame(1)], "127.0.0.1", port, manner=Manner(speed=9000.0))
        assert played.seconds >= 0.1
        assert played.acked == 2

    run(sink, scene)
