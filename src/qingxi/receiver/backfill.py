"""Which device is asked for which gap, and when: a pure scheduler, told the time and what became of each request.

One token bucket for the whole fleet (a token is a packet that will come), so many devices at once, each device's newest
piece before anybody's second: what people look at first is whole first, and live data are never crowded out.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from qingxi.reading.grid import Slot
from qingxi.standard import load_table
from qingxi.wire.hj212 import State

ASKED_WITH = {"hour": "2061", "minute": "2051", "day": "2031"}
"""The command that asks for what is missing, by kind; hours first, because they are few and close most of a day."""

_NO_DATA = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch to ask a device for: from ``first_s`` to before ``end_s``, so many periods."""

    mn: str
    kind: str
    first_s: int
    end_s: int
    slots: int


@dataclass(frozen=True, slots=True)
class Naming:
    """Whatever is still missing in a stretch is to be named so."""

    mn: str
    kind: str
    first_s: int
    end_s: int
    why: Slot


@dataclass(frozen=True, slots=True)
class FillLimits:
    """How hard the fleet may be asked.

    Attributes
    ----------
    rate, burst : float
        Tokens a second and most tokens; a token is one expected packet.
    devices : int
        Most devices asked at once.
    rest_s : float
        Rest of a device that did not answer, was busy, or refused.
    refusals : int
        After so many refusals its gaps are named.
    """

    rate: float
    burst: float
    devices: int
    rest_s: float
    refusals: int

    @classmethod
    def from_table(cls) -> "FillLimits":
        """The defaults of the house."""
        table = load_table("hj212")
        return cls(
            table["fill.rate"], table["fill.burst"], int(table["fill.devices"]), table["fill.rest"], int(table["fill.refusals"])
        )  # fmt: skip

    def shared(self, receivers: int) -> "FillLimits":
        """The share of one of several receivers: together they ask the fleet no harder than one alone."""
        burst, devices = max(1.0, self.burst / receivers), max(1, self.devices // receivers)
        return replace(self, rate=self.rate / receivers, burst=burst, devices=devices)


class Backfill:
    """The queue of pieces of a fleet."""

    def __init__(self, limits: FillLimits) -> None:
        self.limits = limits
        self.busy: dict[str, Piece] = {}
        self._pieces: dict[str, deque[Piece]] = {}
        self._turns: deque[str] = deque()
        self._rest_until: dict[str, float] = {}
        self._empty: dict[tuple[str, str], int] = {}
        self._refused: dict[str, int] = {}
        self._tokens, self._at = limits.burst, -1.0

    @property
    def waiting(self) -> int:
        """Pieces that nobody was asked for yet."""
        return sum(len(pieces) for pieces in self._pieces.values())

    @property
    def waiting_slots(self) -> int:
        """Periods in them."""
        return sum(piece.slots for pieces in self._pieces.values() for piece in pieces)

    def wants(self, mn: str, now_s: float) -> bool:
        """Whether a device's gaps should be looked at: it is neither queued, nor being asked, nor resting."""
        return mn not in self._pieces and mn not in self.busy and self._rest_until.get(mn, 0.0) <= now_s

    def put(self, mn: str, pieces: Iterable[Piece]) -> None:
        """Queue a device's pieces, in the order they are to be asked for."""
        queue = deque(pieces)
        if queue and mn not in self._pieces:
            self._pieces[mn] = queue
            self._turns.append(mn)

    def drop(self, mn: str) -> None:
        """Forget a device whose line has gone; its gaps stay in the books."""
        self._pieces.pop(mn, None)
        self.busy.pop(mn, None)

    def reconnected(self, mn: str) -> None:
        """A new line: a device that rested may be asked again, and may remember more than it said before."""
        self._rest_until.pop(mn, None)
        for kind in ASKED_WITH:
            self._empty.pop((mn, kind), None)

    def take(self, now_s: float, free: Callable[[str], bool]) -> list[Piece]:
        """Pieces to ask for now; ``free`` says whether a device has a line and no other talk on it."""
        if self._at >= 0:
            self._tokens = min(self.limits.burst, self._tokens + max(0.0, now_s - self._at) * self.limits.rate)
        self._at = now_s
        taken = []
        for _ in range(len(self._turns)):
            if len(self.busy) >= self.limits.devices or self._tokens < 1:
                break
            mn = self._turns.popleft()
            queue = self._pieces.get(mn)
            if not queue:
                self._pieces.pop(mn, None)
                continue
            self._turns.append(mn)
            cost = min(float(queue[0].slots), self.limits.burst)
            if mn in self.busy or not free(mn):
                continue
            if cost > self._tokens:
                self._turns.rotate(1)  # its turn is kept until there are tokens
                break
            self._tokens -= cost
            piece = queue.popleft()
            self.busy[mn] = piece
            taken.append(piece)
            if not queue:
                del self._pieces[mn]
        return taken

    def ended(self, piece: Piece, state: State, code: int | None, now_s: float) -> list[Naming]:
        """What became of a request; gives what is to be named.

        Rules
        -----
        1. Done: what did not come is not there.
        2. "No data" (ExeRtn=100): the piece is named; two pieces in a row, and everything older is beyond the device's
           memory.
        3. Refused: the device rests; after so many refusals all its pieces of the kind are named.
        4. No answer, busy, failed: the device rests, and its gaps stay open.
        """
        mn, kind = piece.mn, piece.kind
        self.busy.pop(mn, None)
        here = Naming(mn, kind, piece.first_s, piece.end_s, Slot.NO_DATA)
        if state is State.DONE:
            self._empty.pop((mn, kind), None)
            self._refused.pop(mn, None)
            return [here]  # RULE 1
        if state is State.FAILED and code == _NO_DATA:
            self._empty[mn, kind] = self._empty.get((mn, kind), 0) + 1
            if self._empty[mn, kind] < 2:
                return [here]  # RULE 2
            self._only_others(mn, kind)
            return [here, Naming(mn, kind, 0, piece.first_s, Slot.BEYOND)]  # RULE 2
        self.drop(mn)
        self._rest_until[mn] = now_s + self.limits.rest_s
        if state is State.REFUSED:
            self._refused[mn] = self._refused.get(mn, 0) + 1
            if self._refused[mn] >= self.limits.refusals:
                return [Naming(mn, k, 0, piece.end_s, Slot.REFUSED) for k in ASKED_WITH]  # RULE 3
        return []  # RULE 4

    def _only_others(self, mn: str, kind: str) -> None:
        queue = deque(piece for piece in self._pieces.get(mn, ()) if piece.kind != kind)
        if queue:
            self._pieces[mn] = queue
        else:
            self._pieces.pop(mn, None)
