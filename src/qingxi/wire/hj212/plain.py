"""The plain frame: what nearly every device sends nearly always, read in two strokes and told apart from all else.

A plain frame has the header of HJ 212-2017 6.3.3 in its order, an exact length, an upper-case checksum, CR LF, ASCII
only, no split, no cipher and nothing odd. :data:`PLAIN` finds it. Devices repeat themselves: the keys of a data area
are the same from packet to packet, only the numbers change. A :class:`Shape` is learned from the first packet of its
kind, read slowly; it then takes the numbers out of the next ones with one match, and matches nothing that the slow
reading would have had a word about. What is not plain goes to the :class:`qingxi.wire.hj212.Parser`, and nothing is
read differently for it: a stream gives the same messages either way.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from qingxi.wire.hj212.message import BadFrame, Message
from qingxi.wire.hj212.observation import device_time
from qingxi.wire.hj212.oddity import FILLERS
from qingxi.wire.hj212.segment import read_segment
from qingxi.wire.hj212.vocabulary import COMMANDS

# Printable ASCII without "#" and "&" (they could hide another frame's edge); in the header without ";" too.
_AREA = "[ -\"$%'-~]"
_FIELD = "[ -\"$%'-:<-~]"

PLAIN: Final = re.compile(
    rf"##(\d{{4}})QN=(\d{{17}});ST=(\d\d);CN=(\d{{4}});PW=({_FIELD}*);MN=({_FIELD}+);Flag=(\d{{1,2}})(;RF=1)?;"
    rf"CP=&&({_AREA}*)&&([0-9A-F]{{4}})\r\n",
    re.ASCII,
)
"""A plain frame at a place of a text; its groups are what :class:`Plain` takes behind the bytes. The checksum is not tried."""

ENVELOPE: Final = 12
"""Bytes of a plain frame around its segment: two marks, four digits, four of the checksum, two of the line end."""

LONGEST: Final = 1024
"""A longer segment is odd, and so not plain."""

# What JSON and the house read alike: no sign but minus, no leading zero, no exponent, no more digits than a float keeps.
_NUMBER = r"(-?(?:0|[1-9]\d{0,11})(?:\.\d{1,8})?)"
_KEY = re.compile(r"([A-Za-z0-9]+)-(Rtd|Avg|Min|Max|Cou|Flag|EFlag|SampleTime)\Z")
_CELL: Final = {"Flag": "([0-9A-Za-z])", "EFlag": "([A-Za-z][0-9A-Za-z]{0,7})", "SampleTime": r"\d{14}"}


_LATELY = 4
"""Shapes of other devices that are tried before a frame is read in full: a fleet of one vendor has one."""


class Plain:
    """One plain frame, its data area unread until a shape takes it.

    ``qn``, ``st``, ``cn``, ``pw``, ``mn``, ``flag``, ``area``, ``sent_crc`` are the texts sent, ``raw`` the
    frame; ``shape`` and ``values`` are there once a shape has taken it, ``values`` beginning with the DataTime.
    """

    __slots__ = ("area", "cn", "flag", "mn", "pw", "qn", "raw", "rf", "sent_crc", "shape", "st", "values")

    def __init__(
        self, raw: bytes, _length: str, qn: str, st: str, cn: str, pw: str, mn: str, flag: str, rf: str | None,
        area: str, sent_crc: str,
    ) -> None:  # fmt: skip
        self.qn, self.st, self.cn, self.pw, self.mn, self.flag = qn, st, cn, pw, mn, flag
        self.rf, self.area, self.sent_crc, self.raw = rf, area, sent_crc, raw
        self.shape: Shape | None = None
        self.values: tuple[str, ...] = ()

    @property
    def data_time(self) -> str:
        """DataTime as sent; empty before a shape has taken the frame."""
        return self.values[0] if self.values else ""

    @property
    def resent(self) -> bool:
        """Marked as sent again by ``RF=1``, in the header or in the data area."""
        return self.rf is not None or (self.shape is not None and self.shape.resent)

    @property
    def edition(self) -> int:
        """2005, 2017 or 2025 by the version bits, as on a :class:`Message`."""
        return _edition(self.flag)

    def message(self) -> Message:
        """The same frame read in full. Only for a frame whose checksum fits; raises ValueError for another."""
        read = read_segment(self.raw[6:-6], self.raw, [], encrypted=False)
        if isinstance(read, BadFrame):
            raise ValueError(f"a plain frame of {self.mn} does not read: {read.why} {read.detail}")
        return read


@lru_cache(maxsize=256)
def _edition(flag: str) -> int:
    return Message("", "", flag=int(flag)).edition


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The keys of a data area in their order; equal data areas but for the numbers have one shape.

    Attributes
    ----------
    groups : tuple
        By factor group the keys in order, split as ``(code, statistic)``.
    slots : dict
        Where in :attr:`Plain.values` the value of a ``(code, statistic)`` stands.
    resent : bool
        ``RF=1`` stands in the area.
    """

    groups: tuple[tuple[tuple[str, str], ...], ...]
    slots: dict[tuple[str, str], int]
    resent: bool
    _pattern: re.Pattern[str]

    def take(self, plain: Plain) -> bool:
        """Read a frame's values by this shape; False when it is another shape's, or has anything odd."""
        found = self._pattern.fullmatch(plain.area)
        if found is None:
            return False
        values = found.groups()
        if device_time(values[0]) is None or not FILLERS.isdisjoint(values):
            return False
        plain.shape, plain.values = self, values
        return True


def shape_of(message: Message) -> Shape | None:
    """The shape of a message's data area; None when it is no plain one, and is to be read in full every time.

    Rules
    -----
    1. Nothing odd was seen on the message, and it is of a command that carries data.
    2. ``DataTime`` stands once, before every value; ``RF=1`` may stand alone before it.
    3. Every other key is a factor with a statistic of the standard, and stands once.
    """
    known = COMMANDS.get(message.cn)
    if message.oddities or message.encrypted or known is None or not known.kind:
        return None  # RULE 1
    area = message.raw.partition(b"CP=&&")[2].rpartition(b"&&")[0].decode("ascii", "replace")
    texts: list[str] = []
    groups: list[tuple[tuple[str, str], ...]] = []
    slots: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    resent = timed = False
    for group in message.groups:
        if group == (("RF", "1"),) and not seen:
            resent = True
            seen.add("RF")
            texts.append("RF=1")
            continue
        cells: list[str] = []
        keys: list[tuple[str, str]] = []
        for key, _ in group:
            split = _KEY.match(key)
            if key in seen or (key == "DataTime") == timed or (split is None and key != "DataTime"):
                return None  # RULES 2 and 3
            seen.add(key)
            if split is None:
                timed = True
                cells.append(r"DataTime=(\d{14})")
                continue
            code, statistic = split.groups()
            cells.append(f"{code}-{statistic}={_CELL.get(statistic, _NUMBER)}")
            if statistic != "SampleTime":
                keys.append((code, statistic))
                slots[code, statistic] = len(slots) + 1
        texts.append(",".join(cells))
        if keys:
            groups.append(tuple(keys))
    if all(statistic in _CELL for _, statistic in slots):
        return None
    made = Shape(tuple(groups), slots, resent, re.compile(";".join(texts) + ";?", re.ASCII))
    return made if made._pattern.fullmatch(area) else None


class Shapes:
    """The shapes met so far: by device and command, each shape made once.

    Parameters
    ----------
    most : int
        At so many (device, command) pairs all is forgotten and learned again, so that no stranger can fill the memory.
    """

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._of: dict[tuple[str, str], Shape] = {}
        self._made: dict[str, Shape] = {}
        self._lately: dict[str, tuple[Shape, ...]] = {}  # by command, the last learned first

    def take(self, plain: Plain, *, known: bool) -> bool:
        """Read a frame by the shape its device used last for this command, else by those that others used lately.

        ``known`` devices are remembered with their shape; a stranger is not worth the memory.
        """
        shape = self._of.get((plain.mn, plain.cn))
        if shape is not None and shape.take(plain):
            return True
        for other in self._lately.get(plain.cn, ()):
            if other is not shape and other.take(plain):
                if known:
                    self._of[plain.mn, plain.cn] = other
                return True
        return False

    def knows(self, mn: str, cn: str) -> bool:
        """Whether a device has sent this command as a right plain frame before."""
        return (mn, cn) in self._of

    def learn(self, message: Message, plain: Plain) -> bool:
        """Learn from a frame read in full, which ``take`` did not take; True when it is plain after all."""
        shape = shape_of(message)
        if shape is None:
            return False
        if len(self._of) >= self._most or len(self._made) >= self._most // 10:
            self._of.clear()
            self._made.clear()
            self._lately.clear()
        shape = self._made.setdefault(shape._pattern.pattern, shape)
        self._of[plain.mn, plain.cn] = shape
        lately = self._lately.get(plain.cn, ())
        self._lately[plain.cn] = (shape, *(other for other in lately if other is not shape))[:_LATELY]
        return shape.take(plain)
