"""How fast the receiver is on this machine: packets a second, durable and acknowledged, and how long an answer takes.

    python benchmarks/receiver.py [--packets N] [--devices N] [--only NAME ...] [--json]

The receiver is ``qingxi receive`` in processes of its own, on SQLite (WAL, synchronous FULL) or on a PostgreSQL of its
own (fsync and synchronous_commit on); identity, duplicates, gap books and raw compression are on. The devices run in this
process beside it, on the same cores. Frames are made beforehand: 8 factors each. Loads: one line a device with 32 frames
under way, as fast as answered; the same with 1 under way; many devices behind few lines; the pace of a province,
333 packets a second; and 19,000 lines open in one process. CPU a packet is the sum over the receiver's processes; what
PostgreSQL's own processes used stands beside it.
"""

import argparse
import json
import os
import platform
import resource
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from receiver_load import Played, play, play_at_pace

from qingxi.wire.hj212 import BEIJING, Message, Parser, encode, upload

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
    """A receiver, alone or with members, on a store in ``folder`` or at an address."""

    def __init__(self, folder: Path, devices: int, store: str, processes: int) -> None:
        register = folder / "devices.csv"
        register.write_text(
            "mn,password,facility\n" + "".join(f"99990100{n:08d},123456,QX-{n}\n" for n in range(devices))
        )
        code = "import sys; from qingxi.cli import main; sys.exit(main())"
        self._run = subprocess.Popen(
            [sys.executable, "-c", code, "receive", "--store", store, "--devices",
             str(register), "--any-time", "--json", "--processes", str(processes)],
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self._run.stdout is not None
        self.port = int(self._run.stdout.readline())

    def pids(self) -> list[int]:
        """The process and its members."""
        text = Path(f"/proc/{self._run.pid}/task/{self._run.pid}/children").read_text()
        return [self._run.pid, *map(int, text.split())]

    def cpu_s(self) -> float:
        """Processor seconds used so far."""
        return sum(map(cpu_of, self.pids()))

    def rss_mb(self) -> float:
        """Memory of all processes."""
        kb = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    kb += int(line.split()[1])
        return kb / 1024

    def stop(self) -> dict[str, object]:
        """Its own counts."""
        self._run.terminate()
        out, _ = self._run.communicate(timeout=120)
        return dict(json.loads(out))


def cpu_of(pid: int) -> float:
    """Processor seconds of a process, its ended children included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


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


def by_line(sample: list[bytes], lines: int) -> list[list[bytes]]:
    """Frames over so many lines in turn, each line's in order."""
    return [sample[at::lines] for at in range(lines)]


class Postgres:
    """A PostgreSQL of its own whose commits wait for the disk."""

    def __init__(self) -> None:
        import postgres

        postgres._SPEED = ("listen_addresses=", "timezone=UTC", "max_connections=20", "shared_buffers=256MB")
        self._cluster = postgres.Cluster()
        self._count = 0

    def address(self) -> str:
        """A new database."""
        self._count += 1
        self._cluster.sql("postgres", f"CREATE DATABASE r{self._count}")
        for name in ("fsync", "synchronous_commit"):
            assert self._cluster.sql(f"r{self._count}", f"SHOW {name}").strip() == "on"
        return self._cluster.address(f"r{self._count}")

    def rows(self) -> int:
        """Packets in the newest database."""
        return int(self._cluster.sql(f"r{self._count}", "SELECT count(*) FROM telemetry_packet"))

    def bytes(self) -> int:
        """Size of the newest database's packets and raw frames."""
        return int(
            self._cluster.sql(
                f"r{self._count}",
                "SELECT pg_total_relation_size('telemetry_packet') + pg_total_relation_size('telemetry_raw')",
            )
        )

    def cpu_s(self) -> float:
        """Processor seconds of the server with all its ended processes."""
        pid = int((self._cluster.data / "postmaster.pid").read_text().split()[0])
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return sum(map(cpu_of, [pid, *map(int, text.split())]))

    def stop(self) -> None:
        """End it."""
        self._cluster.stop()


def measure(
    name: str,
    run: Callable[[int], Played],
    sample: int,
    devices: int,
    processes: int,
    server: Postgres | None = None,
) -> dict[str, object]:
    """One load on a fresh store."""
    with tempfile.TemporaryDirectory(prefix="qingxi-bench-") as place:
        folder = Path(place)
        store = server.address() if server is not None else str(folder / "readings.sqlite3")
        receiver = Process(folder, devices, store, processes)
        before, servers = receiver.cpu_s(), server.cpu_s() if server is not None else 0.0
        busy = os.getloadavg()[0]
        played = run(receiver.port)
        cpu = receiver.cpu_s() - before
        servers = (server.cpu_s() - servers) if server is not None else 0.0
        memory = receiver.rss_mb()
        said = receiver.stop()
        if server is not None:
            rows, size = server.rows(), server.bytes()
        else:
            with sqlite3.connect(folder / "readings.sqlite3") as db:
                (rows,) = db.execute("SELECT count(*) FROM telemetry_packet").fetchone()
            size = sum(path.stat().st_size for path in folder.glob("readings*"))
    assert rows == sample == played.acked, (rows, sample, played.acked)
    return {
        "load": name, "store": "PostgreSQL" if server is not None else "SQLite", "processes": processes,
        **played.as_json(), "readings_per_s": round(8 * sample / played.seconds), "commits": said["commits"],
        "rows_in_store": rows, "bytes_per_packet": round(size / rows),
        "receiver_cpu_us_per_packet": round(1e6 * cpu / rows, 1),
        "database_cpu_us_per_packet": round(1e6 * servers / rows, 1), "receiver_mb": round(memory, 1),
        "load_average_before": round(busy, 1),
    }  # fmt: skip


def sockets(wanted: int) -> dict[str, object]:
    """Open ``wanted`` lines to one process, use some, call beyond its limit, and see that the live ones go on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    own = min(wanted, hard - 100)
    with tempfile.TemporaryDirectory(prefix="qingxi-bench-") as place:
        folder = Path(place)
        receiver = Process(folder, 200, str(folder / "readings.sqlite3"), 1)
        empty = receiver.rss_mb()
        begun = time.monotonic()
        lines = [socket.create_connection(("127.0.0.1", receiver.port), timeout=30) for _ in range(own)]
        opened_s = time.monotonic() - begun
        sample = frames(200, 400)
        for line, frame in zip(lines[-200:], sample[:200], strict=True):
            line.sendall(frame)
        answers = sum(line.recv(4096).count(b"\n") for line in lines[-200:])
        full = receiver.rss_mb()
        # Further callers come from a process of their own: this one has no more sockets.
        beyond = 800
        caller = (
            "import socket, sys\n"
            "got = [socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=30) for _ in range(int(sys.argv[2]))]\n"
            "refused = 0\n"
            "for s in got:\n"
            "    s.settimeout(0.01)\n"
            "    try:\n"
            "        refused += s.recv(1) == b''\n"
            "    except TimeoutError:\n"
            "        pass\n"
            "print(refused)\n"
        )
        out = subprocess.run(
            [sys.executable, "-c", caller, str(receiver.port), str(beyond)],
            capture_output=True,
            text=True,
            check=True,
        )
        for line, frame in zip(lines[-200:], sample[200:], strict=True):
            line.sendall(frame)
        answers += sum(line.recv(4096).count(b"\n") for line in lines[-200:])
        for line in lines:
            line.close()
        said = receiver.stop()
    return {
        "lines_open": own, "opened_s": round(opened_s, 1), "kb_per_line": round(1024 * (full - empty) / own, 2),
        "receiver_mb": round(full, 1), "called_beyond": beyond, "refused_by_the_receiver": said["refused_connections"],
        "refused_seen_by_callers": int(out.stdout.split()[-1]), "answers_of_live_lines": f"{answers} of 400",
    }  # fmt: skip


LOADS = (
    "sqlite",
    "sqlite-2",
    "sqlite-few-lines",
    "one-under-way",
    "postgresql",
    "postgresql-2",
    "province",
    "sockets",
)


def main() -> None:
    """Run the loads and print a table or JSON."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--packets", type=int, default=100_000)
    asked.add_argument("--devices", type=int, default=200)
    asked.add_argument("--only", nargs="*", choices=LOADS)
    asked.add_argument("--json", action="store_true")
    args = asked.parse_args()
    wanted = args.only or LOADS
    many = frames(args.devices, args.packets)
    few = many[: max(args.devices, args.packets // 5)]
    pace = many[: PROVINCE_PACKETS_S * 6]
    widely = frames(10_000, args.packets) if "sqlite-few-lines" in wanted else []

    def full_speed(sample: list[bytes], lines: int, window: int) -> Callable[[int], Played]:
        return lambda port: play(by_line(sample, lines), port, window=window)

    rows = []
    if "sqlite" in wanted:
        rows.append(measure("32 under way a line", full_speed(many, args.devices, 32), len(many), args.devices, 1))
    if "sqlite-2" in wanted:
        rows.append(measure("32 under way a line", full_speed(many, args.devices, 32), len(many), args.devices, 2))
    if "sqlite-few-lines" in wanted:
        rows.append(measure("10,000 devices, 100 lines", full_speed(widely, 100, 64), len(widely), 10_000, 1))
    if "one-under-way" in wanted:
        rows.append(measure("1 under way a line", full_speed(few, args.devices, 1), len(few), args.devices, 1))
    if {"postgresql", "postgresql-2"} & set(wanted):
        server = Postgres()
        try:
            for name, processes in (("postgresql", 1), ("postgresql-2", 2)):
                if name in wanted:
                    run = full_speed(many, args.devices, 32)
                    rows.append(measure("32 under way a line", run, len(many), args.devices, processes, server))
        finally:
            server.stop()
    if "province" in wanted:
        run = lambda port: play_at_pace(by_line(pace, args.devices), port, PROVINCE_PACKETS_S)  # noqa: E731
        rows.append(measure("province pace 333/s", run, len(pace), args.devices, 1))
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "devices": args.devices}
    machine["parser_packets_per_s"] = round(parse_rate(many[:20_000]))
    found: dict[str, object] = {"machine": machine, "loads": rows}
    if "sockets" in wanted:
        found["sockets"] = sockets(19_000)
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    print(" ".join(f"{key}={value}" for key, value in machine.items()))
    for row in [*rows, *([found["sockets"]] if "sockets" in found else [])]:
        print()
        for key, value in row.items():  # type: ignore[attr-defined]
            print(f"  {key:28} {value}")


if __name__ == "__main__":
    main()
