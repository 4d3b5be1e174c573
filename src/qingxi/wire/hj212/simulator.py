"""A simulated data logger: uploads on time, remembers, answers every command of the table (设备模拟), without a socket.

Theory
------
The device lives in moments handed in (seconds since 1970 UTC) and never looks at a clock, so that a day passes in a
second when its driver wants it to. What it measured follows from :class:`~qingxi.wire.hj212.plant.Sensor`, so its
memory reaches back ``memory_days`` whatever has happened on the line. Its own clock may be wrong; what it writes
into frames is by its own clock. ::

    device = SimulatedDevice(DevicePlan(mn="QX0001"), started=now)
    out = device.connected(now)          # bytes to send
    out = device.receive(chunk, now)     # bytes that came
    out = device.tick(now)               # when device.wake has come
    device.line_up(now)                  # False during a planned outage: the driver hangs up
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from qingxi.wire.hj212.device_end import DeviceEnd, Outcome
from qingxi.wire.hj212.encode import encode, flag_of
from qingxi.wire.hj212.flow import must_encrypt
from qingxi.wire.hj212.logger import Logger
from qingxi.wire.hj212.message import Group, Message
from qingxi.wire.hj212.odd import ODD_WAYS, odd_frame
from qingxi.wire.hj212.turn import Happened, Numbers, Timing, Turn, What


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """How a simulated device is set up and what befalls it.

    Attributes
    ----------
    mn, pw, edition, st
        As in its frames.
    sensors : tuple of str
        House codes of :data:`~qingxi.wire.hj212.plant.SENSORS`.
    seed : int
        Of its values.
    rtd_s : int
        Seconds between real-time uploads (2011); 0 for none.
    minutes : int
        Minutes of its statistics (2051): 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30; 0 for none.
    hours, days : bool
        Uploads 2061 and 2031.
    heartbeat_s : int
        Seconds between 9015 (2025); 0 for none.
    answer : bool
        Ask for answers (bit A). Without them nothing is known to be lost.
    clock_offset_s : float
        How far its clock is ahead.
    outages : tuple of (float, float)
        Seconds from its start between which the line is down; it goes on measuring.
    dead : tuple of (float, float)
        Seconds from its start between which it has no power: neither line nor measurements.
    recovers : str
        After an outage: ``"waits"`` to be asked (2051, 2061), or ``"resends"`` what was not answered by itself, with
        ``RF=1`` where it speaks 2025.
    memory_days : float
        How far back it can be asked.
    oddities : tuple of str
        Names of :data:`~qingxi.wire.hj212.odd.ODD_WAYS` in which it speaks.
    sm4_key : bytes
        16 bytes to encrypt as 2025 asks; empty for none.
    refuses : tuple of str
        Commands it refuses by QnRtn=2; ``"3"`` stands for all of the thousand.
    split_bytes : int
        A data area longer than this is split into packets.
    asks_time : bool
        Ask for the time (1013) when it is connected.
    timing : Timing
    """

    mn: str
    pw: str = "123456"
    edition: int = 2017
    st: str = "32"
    sensors: tuple[str, ...] = ("flow", "cod", "nh3n", "ph")
    seed: int = 1
    rtd_s: int = 60
    minutes: int = 10
    hours: bool = True
    days: bool = True
    heartbeat_s: int = 0
    answer: bool = True
    clock_offset_s: float = 0.0
    outages: tuple[tuple[float, float], ...] = ()
    dead: tuple[tuple[float, float], ...] = ()
    recovers: str = "waits"
    memory_days: float = 30.0
    oddities: tuple[str, ...] = ()
    sm4_key: bytes = b""
    refuses: tuple[str, ...] = ()
    split_bytes: int = 950
    asks_time: bool = False
    timing: Timing = field(default_factory=Timing)

    def __post_init__(self) -> None:
        for name in self.oddities:
            if name not in ODD_WAYS:
                raise ValueError(f"device {self.mn}: oddity {name!r} is none of {', '.join(ODD_WAYS)}")
        if self.recovers not in ("waits", "resends"):
            raise ValueError(f"device {self.mn}: recovers is {self.recovers!r}, must be waits or resends")
        if self.edition not in (2005, 2017, 2025):
            raise ValueError(f"device {self.mn}: edition is {self.edition}, must be 2005, 2017 or 2025")
        if self.minutes and 60 % self.minutes:
            raise ValueError(f"device {self.mn}: minutes is {self.minutes}, must divide an hour")
        if self.sm4_key and len(self.sm4_key) != 16:
            raise ValueError(f"device {self.mn}: SM4 key has {len(self.sm4_key)} bytes, must have 16")


class SimulatedDevice:
    """One device; it is its own :class:`~qingxi.wire.hj212.device_end.Host`.

    Attributes
    ----------
    happened : deque of Happened
        The last 1000 things that happened, for tests and counts.
    counts : dict
        By name of :class:`~qingxi.wire.hj212.turn.What`, and ``"said"``.
    acknowledged : list of Message
        Uploads that were answered; only filled when ``keep_acknowledged`` is set.
    """

    def __init__(self, plan: DevicePlan, started: float, *, keep_acknowledged: bool = False) -> None:
        self.plan = plan
        self.started = started
        self.happened: deque[Happened] = deque(maxlen=1000)
        self.counts: dict[str, int] = {}
        self.acknowledged: list[Message] = []
        self._keep = keep_acknowledged
        self._up = False
        self._numbers = Numbers()
        self.logger = Logger(plan, started)
        self.end = DeviceEnd(plan.mn, plan.pw, self, st=plan.st, timing=plan.timing, sm4_key=plan.sm4_key)
        self._missed: deque[Message] = deque()

    # ---- the driver's side

    @property
    def wake(self) -> float:
        """When ``tick`` is due next."""
        moments = [self.logger.next_due]
        if self.end.deadline is not None:
            moments.append(self.end.deadline)
        return min(moments)

    def line_up(self, now: float) -> bool:
        """Whether the plan lets the line be up; the driver hangs up when it is not."""
        since = now - self.started
        return not any(begin <= since < end for begin, end in self.plan.outages) and self.logger.alive(now)

    def next_edge(self, now: float) -> float:
        """The next moment at which the plan takes the line down or lets it up; far away when there is none."""
        edges = [self.started + edge for span in (*self.plan.outages, *self.plan.dead) for edge in span]
        return min((edge for edge in edges if edge > now), default=now + 1e9)

    def connected(self, now: float) -> bytes:
        """The line is up: it says when it was switched on, and sends again what it may."""
        self._up = True
        turn = Turn()
        plan = self.plan
        if plan.edition >= 2017:
            turn.add(self._send("2081", self.logger.restart_groups(now), now))
        if plan.asks_time and plan.edition >= 2017:
            turn.add(self._send("1013", (), now))
        again, self._missed = self._missed, deque()
        for message in again:
            turn.add(self._again(message, now))
        return self._out(turn)

    def disconnected(self, now: float) -> None:
        """The line is down."""
        self._up = False
        for message in self.end.lost():
            self._miss(message)

    def receive(self, data: bytes, now: float) -> bytes:
        """Bytes that came; the bytes to send."""
        return self._out(self.end.receive(data, now))

    def tick(self, now: float) -> bytes:
        """Do what is due by now; the bytes to send (none while the line is down)."""
        turn = self.end.tick(now) if self._up else Turn()
        for cn, groups in self.logger.due(now):
            message = self._message(cn, groups, now)
            if self._up:
                for part in self._parts(message):
                    turn.add(self.end.upload(part, now))
            else:
                self._miss(message)
        return self._out(turn)

    # ---- the line's side (Host)

    def refuses(self, request: Message) -> int:
        """QnRtn=2 for what the plan refuses."""
        return 2 if request.cn in self.plan.refuses or request.cn[:1] in self.plan.refuses else 1

    def execute(self, request: Message, now: float) -> Outcome:
        """Carry a command out, see :class:`~qingxi.wire.hj212.logger.Logger`."""
        if request.cn == "1000":
            self.end.timing = Timing(float(request.get("OverTime")), int(request.get("ReCount")))
        elif request.cn == "1072":
            self.end.pw = request.get("NewPW")
        elif request.cn == "1014":
            key = request.get("NewSK").encode("ascii", "replace")
            if len(key) != 16:
                return Outcome(3)
            self.end.sm4_key = key
        exe_rtn, answers = self.logger.carry_out(request, now)
        own_number = len(answers) > 1 or (request.get("BeginTime") != "" and bool(answers))
        data: list[Message] = []
        for groups in answers:
            # C.2 and the like answer in the request's own QN, history in numbers of its own (C.20, C.41).
            qn = self._numbers.next(self.logger.clock(now)) if own_number else request.qn
            message = self._message(request.cn, groups, now, qn=qn, answer=own_number and self.plan.answer)
            data += self._parts(message)
        return Outcome(exe_rtn, data)

    # ---- inside

    def _message(
        self, cn: str, groups: Sequence[Group], now: float, *, qn: str = "", answer: bool | None = None
    ) -> Message:
        plan = self.plan
        has_flag = plan.edition > 2005
        wants = plan.answer if answer is None else answer
        if not qn and has_flag:
            qn = self._numbers.next(self.logger.clock(now))
        flag = flag_of(plan.edition, answer=wants) if has_flag else None
        return Message(cn, plan.mn, qn=qn, st=plan.st, pw=self.end.pw, flag=flag, groups=tuple(groups))

    def _parts(self, message: Message) -> list[Message]:
        """A message as packets whose data areas are short enough, each with DataTime, QN and number of its own (C.50)."""
        sizes = [sum(len(key) + len(text) + 2 for key, text in group) for group in message.groups]
        if sum(sizes) <= self.plan.split_bytes or len(sizes) < 3:
            return [message]
        head, rest = message.groups[0], list(zip(message.groups[1:], sizes[1:], strict=True))
        bundles: list[list[Group]] = [[head]]
        room = self.plan.split_bytes - sizes[0]
        for group, size in rest:
            if size > room and len(bundles[-1]) > 1:
                bundles.append([head])
                room = self.plan.split_bytes - sizes[0]
            bundles[-1].append(group)
            room -= size
        if len(bundles) == 1:
            return [message]
        parts = []
        for number, bundle in enumerate(bundles, start=1):
            qn = message.qn if number == 1 or not message.qn else self._numbers.next(self.logger.clock_of(message))
            flag = message.flag | 2 if message.flag is not None else None
            parts.append(
                Message(
                    message.cn, message.mn, qn=qn, st=message.st, pw=message.pw, flag=flag, pnum=len(bundles),
                    pno=number, groups=tuple(bundle), extra=message.extra,
                )
            )  # fmt: skip
        return parts

    def _send(self, cn: str, groups: Sequence[Group], now: float) -> Turn:
        return self.end.upload(self._message(cn, groups, now), now)

    def _again(self, message: Message, now: float) -> Turn:
        extra = (("RF", "1"),) if self.plan.edition >= 2025 else ()
        qn = self._numbers.next(self.logger.clock(now)) if message.qn else ""
        again = Message(
            message.cn, message.mn, qn=qn, st=message.st, pw=self.end.pw, flag=message.flag, groups=message.groups,
            extra=extra,
        )  # fmt: skip
        turn = Turn()
        for part in self._parts(again):
            turn.add(self.end.upload(part, now))
        return turn

    def _miss(self, message: Message) -> None:
        """Statistics that were not answered are kept to be sent again; real-time values are past."""
        if self.plan.recovers == "resends" and message.cn in ("2031", "2051", "2061"):
            self._missed.append(message)

    def _out(self, turn: Turn) -> bytes:
        for one in turn.happened:
            self.happened.append(one)
            self.counts[one.what.name] = self.counts.get(one.what.name, 0) + 1
            if one.what is What.ACKNOWLEDGED and self._keep and one.message is not None:
                self.acknowledged.append(one.message)
            if one.what is What.GIVEN_UP and one.message is not None:
                self._miss(one.message)
        self.counts["said"] = self.counts.get("said", 0) + len(turn.say)
        return b"".join(self._frame(said) for said in turn.say)

    def _frame(self, said: Message) -> bytes:
        key = self.end.sm4_key if self.plan.edition >= 2025 and must_encrypt(said.cn, "device") else b""
        if self.plan.oddities:
            return odd_frame(said, self.plan.oddities, sm4_key=key)
        return encode(said, sm4_key=key)


def fleet(count: int, *, first: int = 1, prefix: str = "QXSIM", **changes: object) -> list[DevicePlan]:
    """Plans of many devices alike: MN ``QXSIM0001`` onwards, each with values of its own.

    ``changes`` are fields of :class:`DevicePlan` for all of them.
    """
    return [
        DevicePlan(mn=f"{prefix}{number:04d}", seed=number, **changes)  # type: ignore[arg-type]
        for number in range(first, first + count)
    ]
