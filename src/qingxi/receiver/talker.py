"""The receiver's own voice: commands and back-fill, one talk a device at a time, beside the hot path.

Time-outs and repeats are Table 1's. Everything slow is asked of the :class:`~qingxi.receiver.desk.Desk` in a thread
of its own.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from qingxi.receiver.backfill import ASKED_WITH, Backfill, FillLimits, Naming, Piece
from qingxi.receiver.desk import Desk, Order
from qingxi.receiver.server import Receiver
from qingxi.receiver.talks import Talks
from qingxi.standard import load_table
from qingxi.wire import Device
from qingxi.wire.hj212 import BEIJING, Exchange, Message, State, encode, qn_of, request

log = logging.getLogger("qingxi.receiver.talk")
_T = TypeVar("_T")
_WORDS = {
    State.DONE: "done", State.REFUSED: "refused", State.FAILED: "failed", State.UNANSWERED: "unanswered",
    State.READY: "ready",
}  # fmt: skip
_NOT_SAID = ("QnRtn", "ExeRtn")
_UNSAYABLE = (ValueError, KeyError)  # a password that would break the frame, an edition that nobody speaks
_UNSAID = "登记的密码、MN 或协议版本写不成报文"  # and never the password itself


@dataclass(slots=True)
class _Talk:
    """One exchange that is going on: for a gap's piece or for a command."""

    exchange: Exchange
    deadline_s: float
    frame: bytes
    piece: Piece | None = None
    order: Order | None = None
    packets: int = 0


class Talker:
    """Asks devices for what is missing and tells them what officers ordered.

    Parameters
    ----------
    receiver : Receiver
        Whose lines are spoken on.
    desk : Desk
        The books.
    limits : FillLimits or None
        None takes the defaults of the house.
    listen_only : bool
        Keep the gap books and reload the register, and say nothing to any device.
    keeps_books : bool
        False when another process of the same store keeps the gap books.
    tick_s, books_s, look_s : float
        Seconds between looks at talks and the queue of commands; at the gap books; at the whole fleet's gaps.
    """

    def __init__(
        self,
        receiver: Receiver,
        desk: Desk,
        *,
        limits: FillLimits | None = None,
        tick_s: float = 0.5,
        books_s: float = 3.0,
        look_s: float | None = None,
        timeout_s: float | None = None,
        listen_only: bool = False,
        keeps_books: bool = True,
    ) -> None:
        table = load_table("hj212")
        self.receiver, self.desk = receiver, desk
        self.fill = Backfill(limits or FillLimits.from_table())
        self.timeout_s = table["answer.timeout"] if timeout_s is None else timeout_s
        self.resends = int(table["answer.resends"])
        self.tick_s, self.books_s = tick_s, books_s
        self.look_s = table["fill.look"] if look_s is None else look_s
        self.asked_total = self.answered_total = self.unanswered_total = self.named_total = 0
        self.register_version = 0
        self._talks: dict[str, _Talk] = {}
        self._listen_only, self._keeps_books = listen_only, keeps_books
        self._fresh: set[str] = set()
        self._ended: list[_Talk] = []
        self._asked_time: dict[str, str] = {}
        self._last_qn_ms = 0
        self._gauges = ""
        self._thread = ThreadPoolExecutor(1, "qingxi-desk")
        self._task: asyncio.Task[None] | None = None
        receiver.on_line, receiver.on_kept = self._on_line, self._on_kept

    async def start(self) -> None:
        """Begin; the register is read before this returns, when it is kept in the books."""
        await self._reload()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; talks that go on are left to the books ("unclear" after a while)."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(Exception):
            if self._keeps_books:
                await self._ask(self.desk.catch_up)
        self._thread.shutdown(wait=True)

    def prometheus(self) -> str:
        """Figures of back-fill and devices."""
        return self.talks().prometheus() + self._gauges

    def talks(self) -> Talks:
        """How the talk with this process's devices stands."""
        return Talks(
            self.fill.waiting, self.fill.waiting_slots, len(self.fill.busy),
            self.asked_total, self.answered_total, self.unanswered_total, self.register_version,
        )  # fmt: skip

    async def _ask(self, what: Callable[..., _T], *values: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, what, *values)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        next_books = next_look = next_gauges = 0.0
        while True:
            try:
                now = loop.time()
                self._time_out(now)
                await self._reload()
                if not self._listen_only:
                    await self._tell_time()
                    await self._orders()
                if self._ended or now >= next_books:
                    if self._keeps_books:
                        await self._ask(self.desk.catch_up)
                    await self._settle(now)
                    next_books = loop.time() + self.books_s
                if (self._fresh or now >= next_look) and not self._listen_only:
                    await self._look(now, everybody=now >= next_look)
                    next_look = next_look if now < next_look else loop.time() + self.look_s
                for piece in self.fill.take(now, self._free):
                    self._begin_piece(piece)
                if now >= next_gauges:
                    self._gauges = await self._ask(self.desk.gauges, self.receiver.now_ms() / 1000)
                    next_gauges = loop.time() + 15
            except Exception:  # the books are away: devices go on being received, and this is tried again
                log.exception("the talk with devices could not go on for the moment")
            await asyncio.sleep(self.tick_s)

    async def _reload(self) -> None:
        version = await self._ask(self.desk.version)
        if version != self.register_version:
            self.receiver.devices = await self._ask(self.desk.devices)
            self.register_version = version

    def _free(self, mn: str) -> bool:
        return mn not in self._talks and self.receiver.has_line(mn)

    def _on_line(self, mn: str) -> None:
        self.fill.reconnected(mn)
        self._fresh.add(mn)

    async def _look(self, now: float, *, everybody: bool) -> None:
        """Look at the gaps of devices with a line; the freshly connected at once, all of them now and then."""
        fresh, self._fresh = self._fresh, set()
        online = self.receiver.online()
        names = online if everybody else [mn for mn in online if mn in fresh]
        wanted = [mn for mn in names if self._may_be_asked(mn) and self.fill.wants(mn, now)]
        if everybody:
            await self._ask(
                self.desk.clocks, self.receiver.now_ms(), [mn for mn in online if self._may_be_asked(mn)]
            )
        for at in range(0, len(wanted), 200):
            found = await self._ask(self.desk.pieces, wanted[at : at + 200], self.receiver.now_ms() / 1000)
            for mn, pieces in found.items():
                self.fill.put(mn, pieces)

    def _may_be_asked(self, mn: str) -> bool:
        device = self.receiver.devices.get(mn)
        return device is not None and device.enabled and not device.behind_cloud

    async def _tell_time(self) -> None:
        """The time for devices that asked for it; it goes out with the orders, and into their trail."""
        asked, self._asked_time = self._asked_time, {}
        asked = {mn: pol for mn, pol in asked.items() if self._may_be_asked(mn)}
        if asked:
            await self._ask(self.desk.tell_time, asked, self.receiver.now_ms())

    async def _orders(self) -> None:
        for order in await self._ask(self.desk.waiting, self.receiver.now_ms()):
            device = self.receiver.devices.get(order.mn)
            if device is None or not self._free(order.mn):
                continue
            try:
                message, frame = self._said(device, order.cn, dict(order.fields))
            except _UNSAYABLE:  # one command that cannot be said holds up no other
                log.warning("command %s for %s cannot be said: %s", order.cn, order.mn, _UNSAID)
                if await self._ask(self.desk.claim, order, "", self.receiver.now_ms()):
                    why = {"why": _UNSAID}
                    await self._ask(self.desk.note, order.id, "failed", None, why, self.receiver.now_ms())
                continue
            if not await self._ask(self.desk.claim, order, message.qn, self.receiver.now_ms()):
                continue
            if self._free(order.mn):
                self._begin(device.mn, message, frame, _order=order)
            else:  # its line went meanwhile: nothing was said yet
                await self._ask(self.desk.note, order.id, "queued", None, {}, self.receiver.now_ms())

    def _begin_piece(self, piece: Piece) -> None:
        device = self.receiver.devices.get(piece.mn)
        if device is None:
            self.fill.drop(piece.mn)
            return
        last_s = piece.end_s - (piece.end_s - piece.first_s) // piece.slots  # the beginning of the last period
        fields = {"BeginTime": _wall(piece.first_s), "EndTime": _wall(last_s)}
        try:
            message, frame = self._said(device, ASKED_WITH[piece.kind], fields)
        except _UNSAYABLE:
            log.warning("%s cannot be asked for what it lacks: %s", piece.mn, _UNSAID)
            self.fill.ended(piece, State.UNANSWERED, None, asyncio.get_running_loop().time())
            return
        self._begin(device.mn, message, frame, _piece=piece)

    def _said(self, device: Device, cn: str, fields: dict[str, str]) -> tuple[Message, bytes]:
        """A request and its frame; raises one of :data:`_UNSAYABLE` for what the register makes unsayable."""
        ms = max(self.receiver.now_ms(), self._last_qn_ms + 1)
        self._last_qn_ms = ms
        at = datetime.fromtimestamp(ms / 1000, BEIJING)
        if cn == "1012":
            fields = fields | {"SystemTime": f"{at:%Y%m%d%H%M%S}"}  # the moment of sending, not of asking
        st = device.st_allowed[0] if device.st_allowed else "32"
        message = request(
            cn, mn=device.mn, pw=device.password, qn=qn_of(at), st=st, edition=device.edition, **fields
        )  # fmt: skip
        return message, encode(message, sm4_key=device.sm4_key if cn.startswith("2") else b"")

    def _begin(
        self, mn: str, message: Message, frame: bytes, *, _piece: Piece | None = None, _order: Order | None = None
    ) -> None:
        self._talks[mn] = _Talk(Exchange(message, self.resends), self._deadline(), frame, _piece, _order)
        self.receiver.watched.add(mn)
        self.asked_total += 1
        self.receiver.send_to(mn, frame)

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self.timeout_s

    def _on_kept(self, message: Message) -> None:
        if message.cn == "1013":
            self._asked_time[message.mn] = message.get("PolId")
            return
        talk = self._talks.get(message.mn)
        if talk is None:
            return
        after = talk.exchange.heard(message)
        if after is talk.exchange:
            return
        if after.data:
            talk.packets += 1
            after = replace(after, data=after.data[-1:])
        talk.exchange, talk.deadline_s = after, self._deadline()
        if after.over:
            self._end(message.mn)

    def _time_out(self, now: float) -> None:
        for mn, talk in list(self._talks.items()):
            if now < talk.deadline_s:
                continue
            talk.exchange = talk.exchange.silent()
            if talk.exchange.over:
                self._end(mn)
            elif self.receiver.send_to(mn, talk.frame):
                talk.deadline_s = self._deadline()
            else:
                talk.exchange = replace(talk.exchange, state=State.UNANSWERED)
                self._end(mn)

    def _end(self, mn: str) -> None:
        talk = self._talks.pop(mn)
        self.receiver.watched.discard(mn)
        self._ended.append(talk)
        self.answered_total += talk.exchange.state is not State.UNANSWERED
        self.unanswered_total += talk.exchange.state is State.UNANSWERED

    async def _settle(self, now: float) -> None:
        """Write down what became of the talks that ended; their data are in the gap books already."""
        ended, self._ended = self._ended, []
        namings: list[Naming] = []
        fills: list[tuple[str, str, str]] = []
        for talk in ended:
            state, code = talk.exchange.state, talk.exchange.code
            if talk.order is not None:
                answer = {"packets": str(talk.packets)} if talk.packets else {}
                for said in talk.exchange.data[-1:]:
                    answer |= {k: v[:200] for k, v in list(said.pairs())[:40] if k not in _NOT_SAID}
                await self._ask(
                    self.desk.note, talk.order.id, _WORDS[state], code, answer, self.receiver.now_ms()
                )  # fmt: skip
            if talk.piece is not None:
                namings += self.fill.ended(talk.piece, state, code, now)
                fills.append((talk.piece.mn, _WORDS[state], str(code if code is not None else "")))
        if namings or fills:
            await self._ask(self.desk.settle, namings)
            await self._ask(self.desk.note_fill, fills, self.receiver.now_ms())
            self.named_total += len(namings)


def _wall(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, BEIJING):%Y%m%d%H%M%S}"
