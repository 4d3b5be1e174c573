"""Whether two photographs are one: a fingerprint of the picture itself, which survives saving again and a line of text."""

from collections.abc import Sequence

SIDE = 16
"""The fingerprint compares neighbours in a grid of 16 rows and 17 columns: 256 bits."""


def fingerprint(grey: Sequence[int]) -> str:
    """Difference hash of a picture brought down to 17 x 16 grey values, row by row: 64 hex digits.

    Raises ValueError for another number of values.
    """
    wide = SIDE + 1
    if len(grey) != wide * SIDE:
        raise ValueError(f"{len(grey)} grey values where {wide * SIDE} are needed")
    bits = 0
    for row in range(SIDE):
        for column in range(SIDE):
            at = row * wide + column
            bits = bits << 1 | (grey[at] > grey[at + 1])
    return f"{bits:064x}"


def bits_apart(one: str, other: str) -> int:
    """In how many of 256 bits two fingerprints differ.

    >>> bits_apart("0f", "0e")
    1
    """
    return (int(one, 16) ^ int(other, 16)).bit_count()
