"""Inside a simulated data logger: its clock, its settings, when it uploads, and what it answers to each command."""

from collections.abc import Sequence
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from qingxi.wire.hj212.message import Group, Message
from qingxi.wire.hj212.observation import device_time
from qingxi.wire.hj212.plant import SENSORS, Sensor, statistics
from qingxi.wire.hj212.turn import beijing

if TYPE_CHECKING:
    from qingxi.wire.hj212.simulator import DevicePlan

_DAY: Final = 86_400
_BEIJING_S: Final = 8 * 3600
_AFTER_S: Final = 2.0
"""Seconds after the end of a period at which its statistics are sent."""
MOST_ANSWERS: Final = 20_000
"""Messages of one back-fill at most; a longer span is to be asked for in parts."""


def _stamp(at: float) -> str:
    return f"{beijing(at):%Y%m%d%H%M%S}"


def _pairs(code: str, told: dict[str, float | str]) -> Group:
    return tuple((f"{code}-{name}", str(value)) for name, value in told.items())


class Logger:
    """The logger itself; moments are true ones (``now``), what it writes is by its own clock."""

    def __init__(self, plan: "DevicePlan", started: float) -> None:
        self.plan = plan
        self.started = started
        self.offset_s = plan.clock_offset_s
        self.rtd_s = plan.rtd_s
        self.minutes = plan.minutes
        self.realtime = plan.rtd_s > 0
        self.states = False
        self.sampling = ("000000", "2")
        self.settings: dict[str, str] = {"i12001": "0", "i13004": "168.0", "i13005": "40"}
        self.deeds: list[str] = []
        self._sensors = tuple(SENSORS[code] for code in plan.sensors)
        self._due: dict[str, float] = {}
        self._plan_all(started)

    # ---- clock

    def clock(self, now: float) -> float:
        """What its clock shows at a true moment."""
        return now + self.offset_s

    def clock_of(self, message: Message) -> float:
        """What its clock showed when a message was made."""
        at = device_time(message.qn)
        return at.timestamp() + int(message.qn[14:]) / 1000 if at is not None else self.clock(self.started)

    def alive(self, now: float) -> bool:
        """Whether it has power."""
        since = now - self.started
        return not any(begin <= since < end for begin, end in self.plan.dead)

    # ---- uploads

    @property
    def next_due(self) -> float:
        """True moment of the next upload; far away when there is none."""
        return min(self._due.values(), default=self.started + 1e9)

    def _plan_all(self, now: float) -> None:
        self._due.clear()
        for cn in ("2011", "2021", "2051", "2061", "2031", "9015"):
            self._plan(cn, now)

    def _plan(self, cn: str, now: float) -> None:
        """When a command is due next after a true moment, by the device's own clock."""
        step = self._step(cn)
        if not step:
            self._due.pop(cn, None)
            return
        own = self.clock(now) + _BEIJING_S
        after = _AFTER_S if cn in ("2031", "2051", "2061") else 0.0
        self._due[cn] = (floor((own - after) / step) + 1) * step + after - _BEIJING_S - self.offset_s

    def _step(self, cn: str) -> int:
        return {
            "2011": self.rtd_s if self.realtime else 0,
            "2021": self.rtd_s if self.states else 0,
            "2051": self.minutes * 60,
            "2061": 3600 if self.plan.hours else 0,
            "2031": _DAY if self.plan.days else 0,
            "9015": self.plan.heartbeat_s,
        }[cn]

    def due(self, now: float) -> list[tuple[str, Sequence[Group]]]:
        """What is to be uploaded by now, oldest first; each period once, however late this is called."""
        found: list[tuple[float, str, Sequence[Group]]] = []
        for cn in list(self._due):
            while cn in self._due and self._due[cn] <= now:
                at = self._due[cn]
                if self.alive(at):
                    found.append((at, cn, self._upload(cn, at)))
                self._plan(cn, at + 0.001)
        found.sort(key=lambda one: one[0])
        return [(cn, groups) for _, cn, groups in found]

    def _upload(self, cn: str, at: float) -> Sequence[Group]:
        if cn == "9015":
            return ()
        if cn == "2011":
            return self._realtime(self.clock(at))
        if cn == "2021":
            return ((("DataTime", _stamp(self.clock(at))),), (("SB1-RS", "1"),), (("SB2-RS", "1"),))
        step = self._step(cn)
        begin = floor((self.clock(at) - _AFTER_S + _BEIJING_S) / step) * step - _BEIJING_S - step
        return self.period(begin, step)

    def _realtime(self, own: float) -> Sequence[Group]:
        groups: list[Group] = [(("DataTime", _stamp(own)),)]
        for sensor in self._sensors:
            code = sensor.wire(self.plan.edition)
            shown = f"{sensor.value(self.plan.seed, own):.{sensor.digits}f}"
            groups.append(((f"{code}-Rtd", shown), (f"{code}-Flag", "N")))
        return groups

    def period(self, begin: float, seconds: int) -> Sequence[Group]:
        """Statistics of a period that began at a moment of its own clock."""
        groups: list[Group] = [(("DataTime", _stamp(begin)),)]
        for sensor in self._sensors:
            told = statistics(sensor, self.plan.seed, begin, seconds)
            groups.append(_pairs(sensor.wire(self.plan.edition), told))
        return groups

    def restart_groups(self, now: float) -> Sequence[Group]:
        """Data area of 2081."""
        on = max([end for _, end in self.plan.dead if self.started + end <= now] or [0.0])
        return (
            (("DataTime", _stamp(self.clock(now))),),
            (("RestartTime", _stamp(self.clock(self.started + on))),),
        )

    # ---- commands

    def carry_out(self, request: Message, now: float) -> tuple[int, list[Sequence[Group]]]:
        """ExeRtn and the data areas that answer a request."""
        cn = request.cn
        if cn in ("2031", "2041", "2051", "2061"):
            return self._history(request, now)
        if cn in ("2013", "2062"):
            return self._checks(request, now)
        if cn == "2011" and request.get("BeginTime"):
            return self._past_realtime(request, now)
        if cn == "3020" and request.get("BeginTime"):
            return self._log(request, now)
        if cn == "1012" and not "2000" <= request.get("SystemTime")[:4] <= "2099":
            return 3, []
        answer = self._answer(request, now)
        if answer is not None:
            return 1, [answer]
        self._obey(request, now)
        return 1, []

    def _about(self, request: Message) -> list[Group]:
        return [(("PolId", request.get("PolId")),)] if request.get("PolId") else []

    def _answer(self, request: Message, now: float) -> Sequence[Group] | None:
        """Data area that answers a question; None for a deed."""
        pol = request.get("PolId")
        own = _stamp(self.clock(now))
        if request.cn == "1011":
            return [*self._about(request), (("SystemTime", own),)]
        if request.cn == "1061":
            return [(("RtdInterval", str(self.rtd_s)),)]
        if request.cn == "1063":
            return [(("MinInterval", str(self.minutes)),)]
        if request.cn == "3015":
            return [(("DataTime", own),), (("VaseNo", "1"),)]
        if request.cn == "3017":
            return [*self._about(request), (("CstartTime", self.sampling[0]),), (("CTime", self.sampling[1]),)]
        if request.cn == "3018":
            return [*self._about(request), (("Stime", "40"),)]
        if request.cn == "3019":
            return [*self._about(request), ((f"{pol}-SN", "010000A8900016F000169DC1"),)]
        if request.cn == "3020":
            asked = request.get("InfoId")
            told = "//清洗管路//" if asked.startswith("i11") else self.settings.get(asked, "0")
            return [(("DataTime", own),), *self._about(request), ((f"{asked}-Info", told),)]
        return None

    def _obey(self, request: Message, now: float) -> None:
        cn = request.cn
        self.deeds.append(cn)
        if cn == "1012":
            told = device_time(request.get("SystemTime"))
            if told is not None and not request.get("PolId"):
                self.offset_s = told.timestamp() - now
                self._plan_all(now)
        elif cn == "1062":
            self.rtd_s = int(request.get("RtdInterval"))
            self._plan_all(now)
        elif cn == "1064":
            self.minutes = int(request.get("MinInterval"))
            self._plan_all(now)
        elif cn in ("2011", "2012"):
            self.realtime = cn == "2011"
            self.rtd_s = self.rtd_s or 60
            self._plan("2011", now)
        elif cn in ("2021", "2022"):
            self.states = cn == "2021"
            self.rtd_s = self.rtd_s or 60
            self._plan("2021", now)
        elif cn == "3016":
            self.sampling = (request.get("CstartTime"), request.get("CTime") or request.get("Ctime"))
        elif cn == "3021":
            self.settings[request.get("InfoId")] = request.get(f"{request.get('InfoId')}-Info")

    # ---- memory

    def _span(self, request: Message) -> tuple[float, float] | None:
        begin, end = device_time(request.get("BeginTime")), device_time(request.get("EndTime"))
        if begin is None or end is None or end < begin:
            return None
        return begin.timestamp(), end.timestamp()

    def _oldest(self, span: tuple[float, float], now: float) -> float:
        """Where a span begins that its memory still holds."""
        return max(span[0], self.clock(now) - self.plan.memory_days * _DAY)

    def _measured(self, begin: float, seconds: int) -> bool:
        """Whether it had power in the whole of a period (moments by its own clock)."""
        a, b = begin - self.offset_s - self.started, begin + seconds - self.offset_s - self.started
        return not any(off < b and a < on for off, on in self.plan.dead)

    def _history(self, request: Message, now: float) -> tuple[int, list[Sequence[Group]]]:
        """Periods that begin from BeginTime to EndTime, both included (C.20 asks one by equal times)."""
        span = self._span(request)
        if span is None:
            return 3, []
        step = {"2031": _DAY, "2041": _DAY, "2051": self.minutes * 60, "2061": 3600}[request.cn]
        if not step:
            return 100, []
        own = self.clock(now)
        first = ceil((self._oldest(span, now) + _BEIJING_S) / step) * step - _BEIJING_S
        last = min(span[1], own - step)  # a period that has ended
        begins = [b for b in range(first, floor(last) + 1, step) if self._measured(b, step)][:MOST_ANSWERS]
        if request.cn == "2041":
            found = [((("DataTime", _stamp(b)),), (("SB1-RT", "22.5"),), (("SB2-RT", "6.0"),)) for b in begins]
            return (1 if found else 100), list(found)
        return (1 if begins else 100), [self.period(b, step) for b in begins]

    def _past_realtime(self, request: Message, now: float) -> tuple[int, list[Sequence[Group]]]:
        """Real-time electricity of the past (2025 C.39, C.40)."""
        span = self._span(request)
        if span is None:
            return 3, []
        step = self.rtd_s or 60
        last = min(span[1], self.clock(now))
        first = ceil(self._oldest(span, now) / step) * step
        begins = list(range(first, floor(last) + 1, step))[:MOST_ANSWERS]
        return (1 if begins else 100), [self._realtime(float(b)) for b in begins]

    def _log(self, request: Message, now: float) -> tuple[int, list[Sequence[Group]]]:
        """Its log (C.41): an entry a day at 6:20:35, when it cleans its pipes."""
        span = self._span(request)
        if span is None:
            return 3, []
        at_s = 6 * 3600 + 20 * 60 + 35 - _BEIJING_S
        first = ceil((self._oldest(span, now) - at_s) / _DAY) * _DAY + at_s
        found: list[Sequence[Group]] = [
            ((("DataTime", _stamp(at)),), *self._about(request), (("i11001-Info", "//清洗管路//"),))
            for at in range(first, floor(min(span[1], self.clock(now))) + 1, _DAY)
        ]
        return (1 if found else 100), found[:MOST_ANSWERS]

    def _checks(self, request: Message, now: float) -> tuple[int, list[Sequence[Group]]]:
        """One weekly standard check (2062) or one cycle an hour of a periodic analyser (2013) in the span asked for."""
        span = self._span(request)
        if span is None:
            return 3, []
        step = 7 * _DAY if request.cn == "2062" else 3600
        begins = range(ceil(self._oldest(span, now) / step) * step, floor(min(span[1], self.clock(now))) + 1, step)
        found: list[Sequence[Group]] = []
        for begin in list(begins)[:MOST_ANSWERS]:
            groups: list[Group] = [(("DataTime", _stamp(begin)),)]
            for sensor in self._sensors:
                groups.append(self._check(sensor, request.cn, float(begin)))
            found.append(groups)
        return (1 if found else 100), found

    def _check(self, sensor: Sensor, cn: str, at: float) -> Group:
        code = sensor.wire(self.plan.edition)
        shown = f"{sensor.value(self.plan.seed, at):.{sensor.digits}f}"
        if cn == "2062":
            standard = f"{sensor.level:.{sensor.digits}f}"
            told: dict[str, float | str] = {"SampleRd": shown, "StandardValue": standard, "ResultType": "1"}
        else:
            told = {
                "SampleTime": _stamp(at),
                "CompleteTime": _stamp(at + 2400),
                "SampleType": "1",
                "Avg": shown,
                "Flag": "N",
            }
        return _pairs(code, told)
