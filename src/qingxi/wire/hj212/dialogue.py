"""Who speaks when: the exchanges of HJ 212 as one table of states.

Three kinds of exchange (HJ 212-2017, 6.2), each told by the side that began it:

- **request** (the server asks): ``9011`` says whether the device will, data may follow, ``9012`` tells the result;
- **notice** (either side tells): ``9013`` ends it;
- **upload** (the device sends data): ``9014`` ends it.

Silence for the time-out means: say it again, at most so often, then give up. :data:`TRANSITIONS` is the whole law; what
it does not name leaves the state as it is (a late answer, data nobody waits for).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from qingxi.wire.hj212.encode import flag_of
from qingxi.wire.hj212.message import Group, Message


class State(StrEnum):
    """Where an exchange stands."""

    ASKED = "已发出"
    READY = "对方准备执行"
    DONE = "完成"
    REFUSED = "对方拒绝"
    FAILED = "执行失败"
    UNANSWERED = "超时无应答"


class Happening(StrEnum):
    """What moves it on."""

    WILLING = "9011 QnRtn=1"
    UNWILLING = "9011 QnRtn≠1"
    DATA = "数据"
    RESULT_OK = "9012 ExeRtn=1"
    RESULT_BAD = "9012 ExeRtn≠1"
    NOTICE_ANSWER = "9013"
    DATA_ANSWER = "9014"
    SILENCE = "超时，可重发"
    LAST_SILENCE = "超时，重发已尽"


TRANSITIONS: Final[Mapping[tuple[State, Happening], State]] = {
    (State.ASKED, Happening.WILLING): State.READY,
    (State.ASKED, Happening.UNWILLING): State.REFUSED,
    (State.ASKED, Happening.NOTICE_ANSWER): State.DONE,
    (State.ASKED, Happening.DATA_ANSWER): State.DONE,
    (State.ASKED, Happening.SILENCE): State.ASKED,
    (State.ASKED, Happening.LAST_SILENCE): State.UNANSWERED,
    # Devices are met that answer with the result, or with data, and no 9011 before.
    (State.ASKED, Happening.RESULT_OK): State.DONE,
    (State.ASKED, Happening.RESULT_BAD): State.FAILED,
    (State.ASKED, Happening.DATA): State.READY,
    (State.READY, Happening.DATA): State.READY,
    (State.READY, Happening.RESULT_OK): State.DONE,
    (State.READY, Happening.RESULT_BAD): State.FAILED,
    # The request was understood: it is not said again, only given up.
    (State.READY, Happening.SILENCE): State.UNANSWERED,
    (State.READY, Happening.LAST_SILENCE): State.UNANSWERED,
}
"""Every move of an exchange."""

FINAL: Final = frozenset({State.DONE, State.REFUSED, State.FAILED, State.UNANSWERED})
"""States nothing leads out of."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange as its beginner sees it; each step gives a new one.

    Attributes
    ----------
    message : Message
        What was said first.
    again : int
        How often it may still be said again.
    code : int or None
        QnRtn or ExeRtn of the answer that settled it.
    data : tuple of Message
        Data received within it, each sub-packet by itself.
    """

    message: Message
    again: int = 3
    state: State = State.ASKED
    code: int | None = None
    data: tuple[Message, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing more is awaited."""
        return self.state in FINAL

    def happening(self, said: Message) -> tuple[Happening, int | None] | None:
        """What a message means for this exchange, with its return code; None when it belongs to another.

        Answers carry the MN and the QN of what they answer. Sub-packets of data may carry a QN of their own
        (HJ 212-2017, example C.50), so data belong by MN and CN.
        """
        mine = said.mn == self.message.mn
        if mine and said.cn == self.message.cn and said.groups:
            return Happening.DATA, None
        if not mine or (said.qn or said.get("QN")) != self.message.qn:  # HJ/T 212-2005 has it in the data area
            return None
        if said.cn == "9011":
            code = _code(said, "QnRtn")
            return (Happening.WILLING if code == 1 else Happening.UNWILLING), code
        if said.cn == "9012":
            code = _code(said, "ExeRtn")
            return (Happening.RESULT_OK if code == 1 else Happening.RESULT_BAD), code
        answers = {"9013": Happening.NOTICE_ANSWER, "9014": Happening.DATA_ANSWER}
        return (answers[said.cn], None) if said.cn in answers else None

    def heard(self, said: Message) -> "Exchange":
        """The exchange after a message from the other side; itself when the message is another's."""
        found = self.happening(said)
        if found is None:
            return self
        what, code = found
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return self
        data = (*self.data, said) if what is Happening.DATA else self.data
        return replace(self, state=after, code=code if code is not None else self.code, data=data)

    def silent(self) -> "Exchange":
        """The exchange after the time-out; when it is still ASKED, say ``message`` again."""
        what = Happening.SILENCE if self.again > 0 else Happening.LAST_SILENCE
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return self
        return replace(self, state=after, again=max(0, self.again - 1))

    def missing(self) -> tuple[int, ...]:
        """Numbers of sub-packets that were announced (PNUM) and have not come."""
        announced = max((said.pnum or 0 for said in self.data), default=0)
        return tuple(sorted(set(range(1, announced + 1)) - {said.pno for said in self.data}))


def _code(said: Message, key: str) -> int:
    text = said.get(key)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 100


def request(cn: str, *, mn: str, pw: str, qn: str, st: str = "32", edition: int = 2017, **fields: str) -> Message:
    """A server's request to a device, answer wanted: ``request("2061", ..., BeginTime="...", EndTime="...")``."""
    groups: tuple[Group, ...] = tuple(((key, value),) for key, value in fields.items())
    return Message(cn, mn, qn=qn, st=st, pw=pw, flag=flag_of(edition, answer=True), groups=groups)
