"""Ten million bytes of a bad line: nothing crashes, and no valid packet is lost (hj212)."""

from hj212_bad_line import BadLine, by_parser, by_receiver


def test_hj212_ten_million_bytes_through_the_parser():
    line = BadLine(20261122)
    stream = line.stream(10_000_000)
    found = by_parser(stream, line.chance)
    assert len(line.sent) > 20_000
    assert found.packets == line.sent
    assert found.bad > 5_000
    assert found.longest_bad <= 10_016
    assert found.most_waiting <= 10_016
    # What is not given out as a message or a bad frame is nothing but line ends.
    assert len(stream) - found.given_out < found.bad + len(found.packets) * 2


def test_hj212_two_million_bytes_through_the_receivers_quick_path():
    line = BadLine(20261123)
    stream = line.stream(2_000_000)
    assert by_receiver(stream, line.chance).packets == line.sent
