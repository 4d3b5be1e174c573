"""A fleet comes back after an outage: is every gap closed or named, and do live data wait?

Devices live in processes of their own. Before the outage each reported ten-minute and hourly means; during it nothing
came. Then all connect within a few seconds, go on reporting live (real-time values every ``--live`` seconds, so that
the live load is known), and answer 2061 and 2051 from their memory. A share of them was without power for two hours
and has nothing to say about those: those gaps must be named. ``python benchmarks/backfill.py`` writes
results/backfill.json.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from qingxi.reading.grid import Slot
from qingxi.receiver import Piece
from qingxi.store import HotStore, Side, publish
from qingxi.store.desk import Desk
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, Message, Parser, answer_request, answer_result, encode, upload

TEN, HOUR = timedelta(minutes=10), timedelta(hours=1)


def mn_of(n: int) -> str:
    return f"BF{n:022d}"


def means(first: datetime, end: datetime, step: timedelta):
    at = first
    while at < end:
        yield at
        at += step


def values(n: int):
    return {
        code: {"Avg": f"{20 + (n * 7 + k) % 13}.{k}", "Flag": "N"}
        for k, code in enumerate(("cod", "nh3n", "tp", "flow"))
    }


def prepare(store: Path, devices: int, now: datetime, hours: int) -> None:
    """The hour before the outage, received in time."""
    end = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
    hot = HotStore(store)
    for n in range(devices):
        for cn, step, count in (("2051", TEN, 6), ("2061", HOUR, 1)):
            for k in range(count):
                at = end - step * (k + 1)
                sent = at + step + timedelta(seconds=5)
                message = upload(cn, mn=mn_of(n), pw="pw", at=at, values=values(n), sent_at=sent)
                received = Received(encode(message), "10.0.0.1:1", int(sent.timestamp() * 1000) + 40)
                hot.keep_raw(received)
                hot.put(message, received)
        if n % 200 == 199:
            hot.commit()
    hot.commit()
    hot.close()
    desk = Desk(store, Piece)
    publish(desk.side, Devices(Device(mn_of(n), "pw", f"F{n}", every_min=10) for n in range(devices)))
    desk.catch_up()
    desk.close()


class Logger:
    """One device."""

    def __init__(self, n: int, live_s: float, dark: tuple[datetime, datetime] | None, waits: list[float]) -> None:
        self.n, self.live_s, self.dark, self.waits = n, live_s, dark, waits
        self.sent: dict[str, float] = {}
        self.answered = 0

    async def run(self, port: int, wait_s: float, stop: asyncio.Event) -> None:
        await asyncio.sleep(wait_s)
        reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        listening = asyncio.create_task(self.listen(reader))
        while not stop.is_set():
            at = datetime.now(BEIJING)
            message = upload("2011", mn=mn_of(self.n), pw="pw", at=at, values=values(self.n))
            self.sent[message.qn] = time.perf_counter()
            self.writer.write(encode(message))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.live_s * random.uniform(0.8, 1.2))
        listening.cancel()
        self.writer.close()

    async def listen(self, reader: asyncio.StreamReader) -> None:
        parser = Parser()
        while data := await reader.read(65536):
            parser.feed(data)
            while isinstance(said := parser.next_event(), Message):
                if said.cn == "9014":
                    sent = self.sent.pop(said.qn, None)
                    if sent is not None:
                        self.waits.append(time.perf_counter() - sent)
                elif said.cn in ("2051", "2061"):
                    await self.tell(said)

    async def tell(self, asked: Message) -> None:
        step = TEN if asked.cn == "2051" else HOUR
        first, last = (
            datetime.strptime(asked.get(k), "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
            for k in ("BeginTime", "EndTime")
        )
        self.writer.write(encode(answer_request(asked, 1)))
        told = 0
        for k, at in enumerate(means(first, last + step, step)):
            if self.dark and self.dark[0] <= at < self.dark[1]:
                continue
            sent = datetime.now(BEIJING) + timedelta(milliseconds=k)
            self.writer.write(
                encode(upload(asked.cn, mn=mn_of(self.n), pw="pw", at=at, values=values(self.n), sent_at=sent))
            )
            told += 1
            if k % 12 == 11:
                await asyncio.sleep(0)
        self.answered += told
        self.writer.write(encode(answer_result(asked, 1 if told else 100)))


def fleet(numbers: list[int], port: int, live_s: float, dark: set[int], when: datetime, stop, out) -> None:  # type: ignore[no-untyped-def]
    """One process of devices."""
    waits: list[float] = []

    async def main() -> None:
        loggers = [
            Logger(n, live_s, (when, when + timedelta(hours=2)) if n in dark else None, waits) for n in numbers
        ]
        end = asyncio.Event()
        tasks = [asyncio.create_task(one.run(port, random.uniform(0, 15), end)) for one in loggers]
        while not stop.is_set():
            await asyncio.sleep(0.2)
        end.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        out.put((waits, sum(one.answered for one in loggers)))

    asyncio.run(main())


def rank(rows: list[float], share: float) -> float:
    rows = sorted(rows)
    return rows[min(len(rows) - 1, int(share * len(rows)))] if rows else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=3000)
    parser.add_argument("--hours", type=int, default=6)
    parser.add_argument("--live", type=float, default=60.0, help="seconds between a device's live packets")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--most", type=float, default=1500.0, help="give up after so many seconds")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "backfill.json")
    args = parser.parse_args()
    random.seed(7)
    folder = Path(tempfile.mkdtemp(prefix="backfill-"))
    store, port_file = folder / "store.sqlite3", folder / "port"
    now = datetime.now(BEIJING)
    prepare(store, args.devices, now, args.hours)
    dark = set(range(0, args.devices, 20))
    dark_at = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=args.hours - 1)
    receiver = subprocess.Popen(
        [sys.executable, "-c", "import sys; from qingxi.cli import main; sys.exit(main())", "receive", "--store", store, "--port-file", port_file, "--json"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not port_file.exists():
        time.sleep(0.05)
    port = int(port_file.read_text())
    spawn = multiprocessing.get_context("spawn")
    stop, out = spawn.Event(), spawn.Queue()
    groups = [list(range(p, args.devices, args.processes)) for p in range(args.processes)]
    children = [
        spawn.Process(target=fleet, args=(group, port, args.live, dark, dark_at, stop, out)) for group in groups
    ]
    load = os.getloadavg()[0]
    started = time.monotonic()
    for child in children:
        child.start()
    side = Side(store, read_only=True)
    counts = {"minute": 0, "hour": 0}
    whole_s = None
    horizon = int((now.replace(minute=0, second=0, microsecond=0)).timestamp())
    wanted = {"minute": args.devices * args.hours * 6, "hour": args.devices * args.hours}
    while time.monotonic() - started < args.most:
        time.sleep(2)
        counts = {kind: settled(side, kind, horizon, args.hours) for kind in wanted}
        if counts == wanted:
            whole_s = time.monotonic() - started
            break
    stop.set()
    waits: list[float] = []
    told = 0
    for _ in children:
        some, n = out.get(timeout=60)
        waits += some
        told += n
    for child in children:
        child.join()
    receiver.terminate()
    said = json.loads(receiver.communicate(timeout=60)[0].splitlines()[-1])
    named = named_slots(side)
    result = {
        "devices": args.devices, "outage_hours": args.hours, "live_seconds": args.live, "periods_missing": sum(wanted.values()),
        "periods_settled": sum(counts.values()), "periods_named": named, "packets_sent_again": told,
        "seconds_until_whole": round(whole_s, 1) if whole_s else None, "live_packets": len(waits),
        "live_ack_p50_s": round(rank(waits, 0.5), 4), "live_ack_p95_s": round(rank(waits, 0.95), 4),
        "live_ack_p99_s": round(rank(waits, 0.99), 4), "receiver": said, "load_before": round(load, 1), "cpus": os.cpu_count(),
    }  # fmt: skip
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))


def settled(side: Side, kind: str, horizon_s: int, hours: int) -> int:
    """Periods of the outage that are there or named."""
    from qingxi.reading.grid import day_begin_s

    step_s = 600 if kind == "minute" else 3600
    total = 0
    for day, slots in side.rows("SELECT day, slots FROM telemetry_gap WHERE kind=?", (kind,)):
        begin_s = day_begin_s(day)
        low = max(0, (horizon_s - hours * 3600 - begin_s) // step_s)
        high = min(len(slots), (horizon_s - begin_s) // step_s)
        if high > low:
            part = bytes(slots)[low:high]
            total += len(part) - part.count(Slot.MISSING)
    return total


def named_slots(side: Side) -> int:
    """Periods that carry a reason."""
    return int(
        side.rows("SELECT coalesce(sum(named), 0) FROM telemetry_gap WHERE kind IN ('minute', 'hour')")[0][0]
    )


if __name__ == "__main__":
    main()
