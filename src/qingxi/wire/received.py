"""Bytes with the moment and the place they came from."""

from typing import NamedTuple


class Received(NamedTuple):
    """One frame, or what was no frame, as it came off the line.

    Attributes
    ----------
    raw : bytes
        As they came.
    peer : str
        Address of the other side, ``"10.0.3.7:50122"``.
    at_ms : int
        Server's clock, milliseconds since 1970 UTC.
    """

    raw: bytes
    peer: str
    at_ms: int
