"""The checksums of many segments in one stroke.

Theory
------
HJ 212's register loses its low byte at every step, so that only its high byte goes on: a state of 8 bits, and one step
is ``s -> H(s ^ byte)`` with ``H`` linear over XOR. What a byte adds to the end therefore depends on its value and its
distance from the end alone, and the checksum is the XOR of what all bytes add: no byte waits for the one before it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from qingxi.wire.hj212 import crc
from qingxi.wire.hj212.crc import _T

_WORTH_IT = 400
"""Below so many bytes in all the plain loop is quicker."""


@cache
def _tables(longest: int) -> tuple[Any, Any]:
    """By distance from the end and byte value: what is added to the last state; and the final step."""
    steps = np.array(_T, dtype=np.uint16)
    high = (steps >> 8).astype(np.uint8)
    rows = np.empty((longest, 256), dtype=np.uint8)
    rows[0] = np.arange(256)
    for at in range(1, longest):
        rows[at] = high[rows[at - 1]]
    return rows.ravel(), steps


def checksums(segments: Sequence[bytes]) -> list[int]:
    """The HJ 212 checksum of each segment, as :func:`qingxi.wire.hj212.crc` gives it one by one."""
    joined = b"".join(segments)
    if len(joined) < _WORTH_IT or not all(segments):
        return [crc(segment) for segment in segments]
    lengths = np.fromiter(map(len, segments), dtype=np.int32, count=len(segments))
    longest = int(lengths.max())
    table, final = _tables(1 << (longest - 1).bit_length())
    ends = np.cumsum(lengths, dtype=np.int32)
    starts = ends - lengths
    place = np.repeat(ends - 1, lengths)
    place -= np.arange(len(joined), dtype=np.int32)
    place <<= 8
    data = np.frombuffer(joined, dtype=np.uint8)
    place |= data
    place[starts] ^= 0xFF  # the register begins as FFFF: its high byte meets the first byte
    states = np.bitwise_xor.reduceat(table[place], starts)
    return [int(each) for each in final[states]]
