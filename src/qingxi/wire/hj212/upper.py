"""The upper computer's end of one device's line (上位机), without socket and clock.

Theory
------
One request is under way at a time; the next one waits in the queue, because real devices mix two up. A request is
walked through :data:`~qingxi.wire.hj212.dialogue.TRANSITIONS` by an :class:`~qingxi.wire.hj212.dialogue.Exchange`:
silence before 9011 says it again, silence after 9011 or between packets ends it (HJ 212-2017 6.2.2).

Rules
-----
1. Data and notices are handed out, and answered only when :meth:`UpperEnd.keep` says that they are durable.
2. An answer that nobody waits for is told (:attr:`What.STRAY`) and changes nothing.
3. A bad frame is told and never answered (table 2: 如果 CRC 错误，执行结束).
4. Split packets are handed out and answered one by one; a run of them that ends is told with what is missing.
5. A notice 1013 is answered by 9013, and the clock is set by 1012 behind it (C.4).
"""

from collections import deque

from qingxi.wire.hj212.dialogue import FINAL, Exchange, State, request
from qingxi.wire.hj212.encode import answer_data, answer_notice
from qingxi.wire.hj212.message import BadFrame, Message
from qingxi.wire.hj212.parser import Parser
from qingxi.wire.hj212.split import SplitWatch
from qingxi.wire.hj212.turn import Happened, Numbers, Timing, Turn, What, beijing
from qingxi.wire.hj212.vocabulary import Answer, answer_owed

ANSWERS = frozenset({"9011", "9012", "9013", "9014"})


class UpperEnd:
    """The upper computer's side of one device.

    Parameters
    ----------
    mn, pw : str
    st : str
        System code of its requests.
    edition : int
        Edition of its requests; answers are in the device's own.
    timing : Timing
    sm4_key : bytes
        16 bytes when the device encrypts.
    sets_clock : bool
        Answer a 1013 with a 1012 (RULE 5).
    """

    def __init__(
        self,
        mn: str,
        pw: str,
        *,
        st: str = "32",
        edition: int = 2017,
        timing: Timing | None = None,
        sm4_key: bytes = b"",
        sets_clock: bool = True,
    ) -> None:
        self.mn, self.pw, self.st, self.edition = mn, pw, st, edition
        self.timing = timing or Timing()
        self.sm4_key = sm4_key
        self.sets_clock = sets_clock
        self.deadline: float | None = None
        self._parser = Parser(lambda mn: self.sm4_key)
        self._numbers = Numbers()
        self._splits = SplitWatch(self.timing.timeout_s * (self.timing.resends + 1))
        self._queue: deque[Message] = deque()
        self._now: Exchange | None = None

    @property
    def busy(self) -> int:
        """Requests under way or waiting."""
        return len(self._queue) + (self._now is not None)

    def ask(self, cn: str, now: float, **fields: str) -> Turn:
        """Ask the device for something; a ``PolId`` and the like as keywords, in the order of the table.

        The QN of the request is that of the message in ``turn.say``, or, when it waits, of a later turn.
        """
        message = request(
            cn, mn=self.mn, pw=self.pw, qn=self._numbers.next(now), st=self.st, edition=self.edition, **fields
        )
        self._queue.append(message)
        return self._next(now)

    def greet(
        self, now: float, *, rtd_s: int = 60, minutes: int = 10, realtime: bool = True, states: bool = False
    ) -> Turn:
        """First link (HJ 212-2017 6.7): clock, time-out and resends, both intervals, real-time data and states on or off."""
        turn = self.ask("1012", now, SystemTime=f"{beijing(now):%Y%m%d%H%M%S}")
        turn.add(self.ask("1000", now, OverTime=f"{self.timing.timeout_s:.0f}", ReCount=str(self.timing.resends)))
        turn.add(self.ask("1062", now, RtdInterval=str(rtd_s)))
        if self.edition >= 2017:
            turn.add(self.ask("1064", now, MinInterval=str(minutes)))
        turn.add(self.ask("2011" if realtime else "2012", now))
        return turn.add(self.ask("2021" if states else "2022", now))

    def receive(self, data: bytes | Message, now: float) -> Turn:
        """Bytes off the line, cut as it pleased, or a message already read."""
        if isinstance(data, Message):
            return self._hear(data, now)
        turn = Turn()
        self._parser.feed(data)
        while isinstance(event := self._parser.next_event(), Message | BadFrame):
            if isinstance(event, BadFrame):
                turn.happened.append(Happened(What.BAD, frame=event))  # RULE 3
            else:
                turn.add(self._hear(event, now))
        return turn

    def _hear(self, said: Message, now: float) -> Turn:
        turn = Turn()
        if self._now is not None:
            before = self._now
            self._now = before.heard(said)
            if self._now is not before:
                self.deadline = now + self.timing.execute_s
                if self._now.over:
                    turn.add(self._settle(now))
                if said.cn in ANSWERS:
                    return turn
        if said.cn in ANSWERS:
            turn.happened.append(Happened(What.STRAY, said))  # RULE 2
            return turn
        kind = What.NOTICE if answer_owed(said) is Answer.NOTICE else What.DATA
        turn.happened.append(Happened(kind, said))
        turn.happened += [Happened(What.SPLIT, split=run) for run in self._splits.heard(said, now)]  # RULE 4
        return turn

    def keep(self, said: Message, now: float) -> Turn:
        """Data or a notice is durable: what is owed for it."""
        owed = answer_owed(said)
        turn = Turn()
        if owed is not Answer.NONE:
            turn.say.append(answer_data(said) if owed is Answer.DATA else answer_notice(said))
        if said.cn == "1013" and self.sets_clock:  # RULE 5
            about = {"PolId": said.get("PolId")} if said.get("PolId") else {}
            turn.add(self.ask("1012", now, **about, SystemTime=f"{beijing(now):%Y%m%d%H%M%S}"))
        return turn

    def tick(self, now: float) -> Turn:
        """Called when ``deadline`` has come, or now and then; earlier calls do nothing."""
        late = Turn(happened=[Happened(What.SPLIT, split=run) for run in self._splits.due(now)])
        return late.add(self._tick(now))

    def _tick(self, now: float) -> Turn:
        if self.deadline is None or now < self.deadline or self._now is None:
            return Turn()
        self._now = self._now.silent()
        if self._now.state is State.ASKED:
            self.deadline = now + self.timing.timeout_s
            return Turn(say=[self._now.message])
        return self._settle(now)

    def lost(self, now: float) -> Turn:
        """The line has broken: what was under way has failed, what waits goes on waiting."""
        self._parser = Parser(lambda mn: self.sm4_key)
        torn = [Happened(What.SPLIT, split=run) for run in self._splits.lost(self.mn)]
        if self._now is None:
            return Turn(happened=torn)
        while self._now.state not in FINAL:
            self._now = self._now.silent()
        ended = Happened(What.SETTLED, self._now.message, self._now)
        self._now, self.deadline = None, None
        return Turn(happened=[*torn, ended])

    def _settle(self, now: float) -> Turn:
        assert self._now is not None
        ended = Happened(What.SETTLED, self._now.message, self._now)
        self._now, self.deadline = None, None
        return Turn(happened=[ended]).add(self._next(now))

    def _next(self, now: float) -> Turn:
        if self._now is not None or not self._queue:
            return Turn()
        message = self._queue.popleft()
        self._now = Exchange(message, again=self.timing.resends)
        self.deadline = now + self.timing.timeout_s
        return Turn(say=[message])
