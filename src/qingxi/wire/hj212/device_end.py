"""The device's end of the line (现场机, a data logger), without socket and clock.

Theory
------
Two lanes, each saying one thing at a time and waiting for its answer: the device's own uploads and notices, and the
job it was asked to do (data, then 9012). What wants an answer is said again after the time-out, at most so often,
then given up. Uploads that were given up are handed back, so that the logger can keep them for back-fill.

Rules
-----
1. A request is judged first: PW, MN, ST, Flag, QN, CN by table 7; 9011 tells.
2. Missing or wrong fields are not refused by 9011 but answered by 9012 with ExeRtn=3.
3. A request that comes twice, word for word, was not heard to be answered: a question is answered anew, a deed is
   not done twice, only its answers are said again. Another password or other fields make another request.
4. Data of a job that get no 9014 end the job with ExeRtn=4.
5. A notice is answered by 9013. A request without bit A is carried out and not answered.
6. A bad frame is not answered (table 2).
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from qingxi.wire.hj212.encode import answer_notice, answer_request, answer_result
from qingxi.wire.hj212.fields import request_faults
from qingxi.wire.hj212.flow import flow_of
from qingxi.wire.hj212.message import BadFrame, Message
from qingxi.wire.hj212.observation import device_time
from qingxi.wire.hj212.parser import Parser
from qingxi.wire.hj212.turn import Happened, Timing, Turn, What, answered_qn

REMEMBERED: Final = 64
"""Requests whose answers a device remembers (RULE 3)."""
JOBS: Final = 8
"""Jobs that may wait; further requests are refused by QnRtn=2."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What carrying out a request gave.

    Attributes
    ----------
    exe_rtn : int
        As in table 6.
    data : sequence of Message
        In sending order; those with bit A are waited for.
    """

    exe_rtn: int = 1
    data: Sequence[Message] = ()


class Host(Protocol):
    """The logger behind the line."""

    def refuses(self, request: Message) -> int:
        """QnRtn when it will not carry out a request that is correct; 1 when it will."""

    def execute(self, request: Message, now: float) -> Outcome:
        """Carry it out."""


_NEWEST: Final = 2
"""Version bits of the newest edition."""


def _in_a_known_version(said: Message) -> Message:
    """A request of a version nobody has published is refused in the newest one that is."""
    if said.flag is None or said.flag >> 2 <= _NEWEST:
        return said
    return replace(said, flag=_NEWEST << 2 | said.flag & 3)


@dataclass(slots=True)
class _Job:
    request: Message
    result: int
    answered: bool


@dataclass(slots=True)
class _Item:
    message: Message
    job: _Job | None = None
    tries: int = 0


@dataclass(slots=True)
class _Lane:
    items: deque[_Item] = field(default_factory=deque)
    under_way: _Item | None = None
    deadline: float | None = None


class DeviceEnd:
    """The device's side of its line.

    Parameters
    ----------
    mn, pw : str
    host : Host
    st : str
        Its own system code; requests for another are refused by QnRtn=5.
    timing : Timing
        Changed by a request 1000.
    sm4_key : bytes
    """

    def __init__(
        self,
        mn: str,
        pw: str,
        host: Host,
        *,
        st: str = "32",
        timing: Timing | None = None,
        sm4_key: bytes = b"",
    ) -> None:
        self.mn, self.pw, self.st = mn, pw, st
        self.host = host
        self.timing = timing or Timing()
        self.sm4_key = sm4_key
        self._parser = Parser(lambda mn: self.sm4_key)
        self._own, self._jobs = _Lane(), _Lane()
        self._memory: OrderedDict[Message, list[Message]] = OrderedDict()

    @property
    def deadline(self) -> float | None:
        """When ``tick`` is due."""
        return min((lane.deadline for lane in (self._own, self._jobs) if lane.deadline is not None), default=None)

    @property
    def waiting(self) -> int:
        """Own messages not yet said or not yet answered."""
        return len(self._own.items) + (self._own.under_way is not None)

    def upload(self, message: Message, now: float) -> Turn:
        """Say data or a notice; with bit A it is waited for and said again."""
        self._own.items.append(_Item(message))
        return self._go(self._own, now)

    def receive(self, data: bytes | Message, now: float) -> Turn:
        """Bytes off the line, cut as it pleased, or a message already read."""
        if isinstance(data, Message):
            return self._hear(data, now)
        turn = Turn()
        self._parser.feed(data)
        while isinstance(event := self._parser.next_event(), Message | BadFrame):
            if isinstance(event, BadFrame):
                turn.happened.append(Happened(What.BAD, frame=event))  # RULE 6
            else:
                turn.add(self._hear(event, now))
        return turn

    def tick(self, now: float) -> Turn:
        """Called when ``deadline`` has come; earlier calls do nothing."""
        turn = Turn()
        for lane in (self._own, self._jobs):
            item = lane.under_way
            if item is None or lane.deadline is None or now < lane.deadline:
                continue
            if item.tries <= self.timing.resends:
                turn.add(self._say(lane, item, now))
                continue
            lane.under_way, lane.deadline = None, None
            turn.happened.append(Happened(What.GIVEN_UP, item.message))
            if item.job is not None:
                self._abandon(lane, item.job)
            turn.add(self._go(lane, now))
        return turn

    def lost(self) -> list[Message]:
        """The line has broken: own messages that were not answered are handed back, jobs are forgotten."""
        lane = self._own
        rest = ([lane.under_way] if lane.under_way else []) + list(lane.items)
        self._own, self._jobs = _Lane(), _Lane()
        self._parser = Parser(lambda mn: self.sm4_key)
        return [item.message for item in rest]

    def _hear(self, said: Message, now: float) -> Turn:
        if said.cn in ("9013", "9014"):
            return self._answered(said, now)
        if said.cn in ("9011", "9012"):
            return Turn(happened=[Happened(What.STRAY, said)])
        return self._asked(said, now)

    def _answered(self, said: Message, now: float) -> Turn:
        for lane in (self._own, self._jobs):
            item = lane.under_way
            if item is not None and said.mn == item.message.mn and answered_qn(said) == item.message.qn:
                lane.under_way, lane.deadline = None, None
                turn = Turn(happened=[Happened(What.ACKNOWLEDGED, item.message)])
                return turn.add(self._go(lane, now))
        return Turn(happened=[Happened(What.STRAY, said)])

    def _judge(self, said: Message) -> int:
        if said.pw != self.pw:
            return 3
        if said.mn != self.mn:
            return 4
        if said.st not in (self.st, "91"):
            return 5
        if said.flag is None or said.flag >> 2 > _NEWEST:
            return 6
        if len(said.qn) != 17 or device_time(said.qn) is None:
            return 7
        if flow_of(said.cn, "upper") is None:
            return 8
        if len(self._jobs.items) >= JOBS:
            return 2
        return self.host.refuses(said)

    def _asked(self, said: Message, now: float) -> Turn:
        wanted = said.answer_wanted
        flow = flow_of(said.cn, "upper")
        repeats_no_deed = flow is not None and flow.kind == "request" and flow.reply == "none"
        if said in self._memory and repeats_no_deed:
            return Turn(say=list(self._memory[said]) if wanted else [])  # RULE 3
        turn = Turn(happened=[Happened(What.REQUEST, said)])
        verdict = self._judge(said)  # RULE 1
        if flow is not None and flow.kind == "notice":
            if verdict == 1:
                self.host.execute(said, now)
                if wanted:
                    turn.say.append(answer_notice(said))  # RULE 5
            return turn
        if verdict != 1:
            if wanted:
                turn.say.append(answer_request(_in_a_known_version(said), verdict))
            return turn
        assert flow is not None
        told: list[Message] = []
        if wanted:
            told.append(answer_request(said, 1))
            turn.say.append(told[0])
            self._remember(said, told)
        faults = request_faults(said, flow.asks)
        outcome = Outcome(3) if faults else self.host.execute(said, now)  # RULE 2
        job = _Job(said, outcome.exe_rtn, wanted)
        self._jobs.items.extend(_Item(message, job) for message in outcome.data)
        if wanted:
            self._jobs.items.append(_Item(answer_result(said, outcome.exe_rtn), job))
        return turn.add(self._go(self._jobs, now))

    def _remember(self, said: Message, told: list[Message]) -> None:
        self._memory[said] = told
        while len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)

    def _abandon(self, lane: _Lane, job: _Job) -> None:
        """Leave out the rest of a job and tell so (RULE 4)."""
        lane.items = deque(item for item in lane.items if item.job is not job)
        if job.answered:
            lane.items.appendleft(_Item(answer_result(job.request, 4), job))

    def _go(self, lane: _Lane, now: float) -> Turn:
        turn = Turn()
        while lane.under_way is None and lane.items:
            turn.add(self._say(lane, lane.items.popleft(), now))
        return turn

    def _say(self, lane: _Lane, item: _Item, now: float) -> Turn:
        item.tries += 1
        if item.message.cn == "9012" and item.job is not None:
            self._memory.get(item.job.request, []).append(item.message)
        if item.message.answer_wanted:
            lane.under_way = item
            lane.deadline = now + self.timing.timeout_s
        return Turn(say=[item.message])
