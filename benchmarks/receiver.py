"""How fast the receiver is on this machine: packets a second, durable and acknowledged, and how long an answer takes.

    python benchmarks/receiver.py [--packets N] [--devices N] [--json]

The receiver is a process of its own on SQLite (WAL, synchronous FULL); the devices run in this process beside it, on
the same cores, so both figures are what one machine does for both ends. Frames are made beforehand: 8 factors each.
Three loads: one line a device as fast as it is answered with 32 frames under way; the same with 1 frame under way, as
real devices do; and the pace of a province, 333 packets a second.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from qingxi.wire.hj212 import BEIJING, Message, Parser, encode, upload
from qingxi.world.devices import Manner, Played, play

START = datetime(2026, 10, 1, tzinfo=BEIJING)
PROVINCE_PACKETS_S = 333


def frames(devices: int, packets: int, first: int = 0) -> list[bytes]:
    """Frames of ``devices`` in turn, 8 factors each, a quarter of an hour apart."""
    made = []
    for number in range(packets):
        step, device = divmod(number + first, devices)
        at = START + timedelta(minutes=15 * step)
        wave = (step * 7 + device) % 40 / 40
        values = {
            "flow": {"Rtd": f"{0.4 + wave:.3f}", "Flag": "N"},
            "cod": {"Rtd": f"{40 + 10 * wave:.1f}", "Flag": "N"},
            "nh3n": {"Rtd": f"{3 + wave:.2f}", "Flag": "N"},
            "tp": {"Rtd": f"{0.5 + wave / 4:.2f}", "Flag": "N"},
            "tn": {"Rtd": f"{14 + wave:.2f}", "Flag": "N"},
            "ss": {"Rtd": f"{10 + 5 * wave:.0f}", "Flag": "N"},
            "ph": {"Rtd": f"{7 + wave / 5:.2f}", "Flag": "N"},
            "water_temp": {"Rtd": f"{18 + wave:.1f}", "Flag": "N"},
        }
        made.append(encode(upload("2011", mn=f"99990100{device:08d}", pw="123456", at=at, values=values)))
    return made


class Process:
    """A receiver process on a store in ``folder``."""

    def __init__(self, folder: Path, devices: int) -> None:
        register = folder / "devices.csv"
        register.write_text(
            "mn,password,facility\n" + "".join(f"99990100{n:08d},123456,QX-{n}\n" for n in range(devices))
        )
        code = "import sys; from qingxi.cli import main; sys.exit(main())"
        self._run = subprocess.Popen(
            [sys.executable, "-c", code, "receive", "--store", str(folder / "readings.sqlite3"), "--devices",
             str(register), "--any-time", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self._run.stdout is not None
        self.port = int(self._run.stdout.readline())

    def cpu_s(self) -> float:
        """Processor seconds used so far."""
        fields = Path(f"/proc/{self._run.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        """Memory of the process."""
        for line in Path(f"/proc/{self._run.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self) -> dict[str, object]:
        """Its own counts."""
        self._run.terminate()
        out, _ = self._run.communicate(timeout=60)
        return dict(json.loads(out))


def parse_rate(sample: list[bytes]) -> float:
    """Packets a second through the parser alone."""
    stream = b"".join(sample)
    started = time.perf_counter()
    parser = Parser()
    parser.feed(stream)
    count = 0
    while isinstance(parser.next_event(), Message):
        count += 1
    return count / (time.perf_counter() - started)


async def at_pace(sample: list[bytes], port: int, packets_s: float) -> Played:
    """One line a device, at a total rate of ``packets_s``, whatever the answers do."""
    total = Played()
    started = time.monotonic()

    async def one(number: int, frame: bytes) -> None:
        await asyncio.sleep(max(0.0, number / packets_s - (time.monotonic() - started)))
        played = await play([frame], "127.0.0.1", port)
        total.sent += played.sent
        total.acked += played.acked
        total.latencies_s += played.latencies_s

    await asyncio.gather(*(one(number, frame) for number, frame in enumerate(sample)))
    total.seconds = time.monotonic() - started
    return total


def measure(name: str, run: object, sample: list[bytes], devices: int) -> dict[str, object]:
    """One load on a fresh store."""
    with tempfile.TemporaryDirectory(prefix="qingxi-bench-") as place:
        folder = Path(place)
        receiver = Process(folder, devices)
        before = receiver.cpu_s()
        played: Played = asyncio.run(run(receiver.port))  # type: ignore[operator]
        cpu = receiver.cpu_s() - before
        memory = receiver.rss_mb()
        said = receiver.stop()
        with sqlite3.connect(folder / "readings.sqlite3") as db:
            (rows,) = db.execute("SELECT count(*) FROM telemetry_packet").fetchone()
        size = sum(path.stat().st_size for path in folder.iterdir())
    assert rows == len(sample) == played.acked, (rows, len(sample), played.acked)
    return {
        "load": name, **played.as_json(), "readings_per_s": round(8 * len(sample) / played.seconds),
        "commits": said["commits"], "rows_in_store": rows, "bytes_per_packet": round(size / rows),
        "receiver_cpu_us_per_packet": round(1e6 * cpu / rows, 1), "receiver_mb": round(memory, 1),
    }  # fmt: skip


def main() -> None:
    """Run the three loads and print a table or JSON."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--packets", type=int, default=60_000)
    asked.add_argument("--devices", type=int, default=200)
    asked.add_argument("--json", action="store_true")
    args = asked.parse_args()
    many = frames(args.devices, args.packets)
    few = many[: max(args.devices, args.packets // 6)]
    pace = many[: PROVINCE_PACKETS_S * 6]

    def lines(sample: list[bytes], window: int) -> object:
        return lambda port: play(
            sample, "127.0.0.1", port, manner=Manner(window=window, timeout_s=60.0), line_per_device=True
        )

    rows = [
        measure("32 under way a line", lines(many, 32), many, args.devices),
        measure("1 under way a line", lines(few, 1), few, args.devices),
        measure("province pace 333/s", lambda port: at_pace(pace, port, PROVINCE_PACKETS_S), pace, args.devices),
    ]
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "devices": args.devices}
    machine["parser_packets_per_s"] = round(parse_rate(many[:20_000]))
    if args.json:
        print(json.dumps({"machine": machine, "loads": rows}, ensure_ascii=False, indent=1))
        return
    print(" ".join(f"{key}={value}" for key, value in machine.items()))
    for row in rows:
        print(f"\n{row.pop('load')}")
        for key, value in row.items():
            print(f"  {key:28} {value}")


if __name__ == "__main__":
    main()
