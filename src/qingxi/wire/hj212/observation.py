"""What a data message observed: values by factor and statistic, each with its time and its mark."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from qingxi.wire.hj212.encode import BEIJING
from qingxi.wire.hj212.message import Message
from qingxi.wire.hj212.oddity import FILLERS, NUMBER, Oddity
from qingxi.wire.hj212.vocabulary import COMMANDS


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one factor.

    Attributes
    ----------
    code : str
        Factor on the wire.
    statistic : str
        ``Rtd``, ``Avg``, ``Min``, ``Max``, ``Cou``, or what else the device sends.
    text : str
        As sent.
    number : float or None
        None where the text is no number or a filler that stands for "no value".
    mark : str
        Flag of the factor (N, F, M, S, D, C, T, B); empty when none was sent, which 2005 devices may do.
    """

    code: str
    statistic: str
    text: str
    number: float | None
    mark: str


@dataclass(frozen=True, slots=True)
class Observation:
    """The values of one moment or period.

    Attributes
    ----------
    kind : str
        ``"rtd"``, ``"minute"``, ``"hour"``, ``"day"``, ``"state"``, or empty for a command without data.
    at : datetime or None
        DataTime in UTC; None when it is missing or no time.
    """

    mn: str
    cn: str
    kind: str
    at: datetime | None
    values: tuple[Value, ...]


@lru_cache(maxsize=4096)  # a fleet's frames carry few different times
def device_time(text: str) -> datetime | None:
    """A device's time (14 digits, or 17 with milliseconds), Beijing to UTC; None when it is no time."""
    if not (text.isascii() and text.isdigit() and len(text) in (14, 17)):
        return None
    try:
        year, month, day, hour, minute, second = (
            int(text[:4]),
            *(int(text[at : at + 2]) for at in range(4, 14, 2)),
        )
        return datetime(year, month, day, hour, minute, second, tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or midnight of the year 1
        return None


def _number(text: str) -> float | None:
    if text in FILLERS or not NUMBER.match(text):
        return None
    number = float(text)
    return number if number - number == 0 else None  # 1e999 is infinite


_NO_VALUE = ("Flag", "SampleTime")


def observations(message: Message) -> tuple[Observation, ...]:
    """The observations of a message, one a ``DataTime``.

    The first of repeated keys counts (the second is a totaliser in packets seen); both stay in ``message.groups``
    and the message carries :attr:`Oddity.REPEATED_KEY`.
    """
    known = COMMANDS.get(message.cn)
    kind = known.kind if known is not None else ""
    found: list[Observation] = []
    at: datetime | None = None
    values: list[Value] = []
    opened = False
    for group in message.groups:
        marks: dict[str, str] = {}
        for key, text in group:
            if key.endswith("-Flag"):
                marks.setdefault(key[:-5], text)
        seen: set[str] = set()
        for key, text in group:
            if key == "DataTime":
                if opened and values:
                    found.append(Observation(message.mn, message.cn, kind, at, tuple(values)))
                    values = []
                at, opened = device_time(text), True
                continue
            code, dash, statistic = key.rpartition("-")
            if not dash or statistic in _NO_VALUE or key in seen:
                continue
            seen.add(key)
            values.append(Value(code, statistic, text, _number(text), marks.get(code, "")))
    if values or opened:
        found.append(Observation(message.mn, message.cn, kind, at, tuple(values)))
    return tuple(found)


def time_oddities(message: Message) -> tuple[Oddity, ...]:
    """Oddities of DataTime on a message that should carry data."""
    known = COMMANDS.get(message.cn)
    if known is None or not known.kind or not message.groups:
        return ()
    text = message.data_time
    if not text:
        return () if message.get("BeginTime") else (Oddity.NO_DATA_TIME,)  # a question about the past has none
    return () if device_time(text) is not None else (Oddity.BAD_DATA_TIME,)
