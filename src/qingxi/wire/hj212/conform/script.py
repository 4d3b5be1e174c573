"""A case of the suite as a script: it says and hears through ``yield``, and knows neither sockets nor clocks.

A driver carries the steps out on a real line (``qingxi conform``) or on a device in memory (tests), and keeps what was
sent and what came for the report.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from qingxi.wire.hj212.conform.strict import StrictFrame
from qingxi.wire.hj212.tongues import said
from qingxi.wire.hj212.turn import Numbers, moment


@dataclass(frozen=True, slots=True)
class Say:
    """Send bytes; ``pieces`` > 0 sends them in pieces of that size."""

    data: bytes
    pieces: int = 0


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait for the next frame, at most so many seconds; the driver answers with a :class:`Heard`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Redial:
    """Hang up and call again (of a device: wait until it has called again)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a :class:`Hear` gave: a frame, or None when nothing came in the time, the seconds it took, and whether the other
    side hung up meanwhile."""

    frame: StrictFrame | None
    took: float
    hung_up: bool = False


class Frames(list[StrictFrame]):
    """Frames that were heard; ``hung_up`` when the other side hung up meanwhile."""

    hung_up: bool = False


Step = Say | Hear | Redial
Script = Generator[Step, Heard | None, None]


class Result(StrEnum):
    """How a case ended."""

    PASSED = "通过"
    FAILED = "不通过"
    NOT_APPLICABLE = "不适用"


class Failed(Exception):
    """The other side does not conform; the text says what came and what should have come."""


class NotApplicable(Exception):
    """The case cannot be run here; the text says why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the suite is told about the other side.

    Attributes
    ----------
    mn, pw, st, edition
        The device under test, or one that is registered with the server under test.
    sm4_key : bytes
    timeout_s : float
        Wait for an answer.
    quiet_s : float
        How long nothing must come where nothing may come.
    settings, control : bool
        Whether a device may be set (1000, 1012, 1062, ...) and made to move things (3xxx).
    upload_s : float
        How long to wait for an upload of a device's own.
    resends : int
        Re-sends a device is set to.
    today : datetime
        Beijing time.
    """

    mn: str
    pw: str = "123456"
    st: str = "32"
    edition: int = 2017
    sm4_key: bytes = b""
    timeout_s: float = 10.0
    quiet_s: float = 2.0
    settings: bool = False
    control: bool = False
    upload_s: float = 90.0
    resends: int = 3
    today: datetime = field(default_factory=lambda: datetime(2026, 1, 2))  # noqa: DTZ001
    numbers: Numbers = field(default_factory=Numbers, compare=False)

    def qn(self) -> str:
        """A request number nobody has used."""
        return self.numbers.next(moment(self.today))

    def at(self, today: datetime) -> "Setting":
        """The same with another present."""
        return replace(self, today=today)


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes
    ----------
    id : str
        ``"S-C.14"``, ``"D-crc"``.
    title : str
    clause : str
        Where the standard asks for it; empty for good practice.
    must : bool
        Asked by the standard; a recommendation otherwise.
    due : str
        What should come, in words.
    run : callable
        Raises :class:`Failed` or :class:`NotApplicable`; returning means passed.
    """

    id: str
    title: str
    clause: str
    must: bool
    due: str
    run: Callable[[Setting], Script]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case ended, with the evidence.

    Attributes
    ----------
    why : str
        Why it failed or does not apply.
    sent, came : tuple of bytes
        In order.
    """

    case: Case
    result: Result
    why: str
    sent: tuple[bytes, ...]
    came: tuple[bytes, ...]


def hear(seconds: float) -> Generator[Step, Heard | None, Heard]:
    """One frame."""
    heard = yield Hear(seconds)
    assert heard is not None
    return heard


NONE = said("（无）", "(none)")
HUNG_UP = said("对方挂断了连接", "the other side hung up", "hung-up")


def no_answer(seconds: float, got: Sequence[StrictFrame] = ()) -> str:
    """Nothing came in the time, or the line was cut."""
    if isinstance(got, Frames) and got.hung_up:
        return HUNG_UP
    return said("{s:g} 秒内没有应答", "no answer within {s:g} s", "no-answer", s=seconds)


def failed_unless(condition: bool, why: str) -> None:
    """Raise :class:`Failed` unless it holds."""
    if not condition:
        raise Failed(why)


def ended(end: BaseException) -> tuple[Result, str]:
    """How a script ended, from what it raised: StopIteration, :class:`Failed` or :class:`NotApplicable`."""
    if isinstance(end, Failed):
        return Result.FAILED, end.args[0]
    if isinstance(end, NotApplicable):
        return Result.NOT_APPLICABLE, end.args[0]
    return Result.PASSED, ""
