"""Split packets: each is read and answered by itself; here it is only checked whether all have come.

The standard's own example gives every sub-packet a request number of its own (HJ 212-2017 C.49, C.50), so packets are
never joined by QN. They belong together by device, command and total (PNUM), one run after another.

Rules
-----
1. A packet with PNUM and PNO opens a run of its device and command, or goes on with the open one.
2. A number that the run has already, under another QN, begins a new run; under the same QN it is a packet sent again.
3. Another total begins a new run.
4. A run with all its numbers is complete. One that is followed by a new run, or silent for ``patience_s``, is closed
   as it is, and names what is missing.
"""

from dataclasses import dataclass, field

from qingxi.wire.hj212.message import Message


@dataclass(slots=True)
class SplitRun:
    """The packets of one split message.

    Attributes
    ----------
    mn, cn : str
    pnum : int
        Announced total.
    data_time : str
        DataTime of its first packet, as sent.
    last : float
        Moment of its last packet, seconds since 1970 UTC.
    """

    mn: str
    cn: str
    pnum: int
    data_time: str
    last: float
    _numbers: dict[int, str] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers that have not come."""
        return tuple(number for number in range(1, self.pnum + 1) if number not in self._numbers)

    @property
    def beyond(self) -> tuple[int, ...]:
        """Numbers that came and lie outside 1 to PNUM."""
        return tuple(sorted(number for number in self._numbers if not 1 <= number <= self.pnum))

    @property
    def complete(self) -> bool:
        """Whether all have come."""
        return not self.missing

    def _takes(self, message: Message) -> bool:
        """Whether a packet goes on with this run (RULES 2 and 3)."""
        assert message.pno is not None
        return message.pnum == self.pnum and self._numbers.get(message.pno, message.qn) == message.qn

    def _take(self, message: Message, now: float) -> None:
        assert message.pno is not None
        self._numbers[message.pno] = message.qn
        self.last = now


class SplitWatch:
    """Watches the split packets of many devices.

    Parameters
    ----------
    patience_s : float
        Silence after which a run is closed.
    """

    def __init__(self, patience_s: float = 60.0) -> None:
        self.patience_s = patience_s
        self._open: dict[tuple[str, str], SplitRun] = {}

    def heard(self, message: Message, now: float) -> list[SplitRun]:
        """Runs that end with this packet: complete ones, and one that it leaves behind incomplete."""
        if not message.pnum or message.pno is None:
            return []
        key, closed = (message.mn, message.cn), []
        run = self._open.get(key)
        if run is not None and not run._takes(message):
            closed.append(self._open.pop(key))
            run = None
        if run is None:
            run = self._open[key] = SplitRun(message.mn, message.cn, message.pnum, message.data_time, now)
        run._take(message, now)
        if run.complete:
            closed.append(self._open.pop(key))
        return closed

    def due(self, now: float) -> list[SplitRun]:
        """Runs that have been silent too long, closed as they are."""
        late = [key for key, run in self._open.items() if now - run.last >= self.patience_s]
        return [self._open.pop(key) for key in late]

    def lost(self, mn: str) -> list[SplitRun]:
        """A device's line has gone: its open runs, closed as they are."""
        return [self._open.pop(key) for key in list(self._open) if key[0] == mn]
