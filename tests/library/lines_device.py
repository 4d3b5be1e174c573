"""A small device for tests of the talk: remembers means, answers 2051 and 2061, sets its clock."""

import asyncio
from datetime import datetime, timedelta

from qingxi.wire.hj212 import BEIJING, Message, Parser, answer_request, answer_result, encode, upload


class SmallDevice:
    """One line to a receiver. ``memory``: the DataTimes it has, by CN; ``mute`` requests are not answered."""

    def __init__(self, mn="M1", pw="pw", memory=None, mute=0, refuse=0, offset_s=0.0):
        self.mn, self.pw, self.memory = mn, pw, memory or {}
        self.mute, self.refuse, self.offset_s = mute, refuse, offset_s
        self.asked: list[Message] = []
        self.acked: set[str] = set()
        self._parser = Parser()
        self._sent = 0

    def clock(self):
        return datetime.now(BEIJING) + timedelta(seconds=self.offset_s)

    async def connect(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self._listening = asyncio.create_task(self._listen())

    async def close(self):
        self._listening.cancel()
        self.writer.close()

    def say(self, cn, at):
        self._sent += 1
        sent_at = self.clock() + timedelta(milliseconds=self._sent)
        message = upload(
            cn, mn=self.mn, pw=self.pw, at=at, values={"cod": {"Avg": 20.0, "Flag": "N"}}, sent_at=sent_at
        )
        self.writer.write(encode(message))
        return message.qn

    async def _listen(self):
        while data := await self.reader.read(65536):
            self._parser.feed(data)
            while isinstance(said := self._parser.next_event(), Message):
                self._answer(said)

    def _answer(self, said):
        if said.cn == "9014":
            self.acked.add(said.qn)
            return
        self.asked.append(said)
        if self.mute > 0:
            self.mute -= 1
            return
        if self.refuse > 0:
            self.refuse -= 1
            self.writer.write(encode(answer_request(said, 2)))
            return
        self.writer.write(encode(answer_request(said, 1)))
        if said.cn in ("2051", "2061"):
            first, last = (
                datetime.strptime(said.get(k), "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
                for k in ("BeginTime", "EndTime")
            )
            there = [at for at in self.memory.get(said.cn, ()) if first <= at <= last]
            for at in there:
                self.say(said.cn, at)
            self.writer.write(encode(answer_result(said, 1 if there else 100)))
            return
        if said.cn == "1012":
            self.offset_s = 0.0
        self.writer.write(encode(answer_result(said, 1)))
