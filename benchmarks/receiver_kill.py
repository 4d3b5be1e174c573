"""Whether an acknowledged reading can be lost or doubled: the receiver killed, its disk full, its database stopped.

    python benchmarks/receiver_kill.py [--kills N] [--down S] [--json]

1. ``kill -9`` at random moments of a stream, one process and two by turns, on one SQLite file; after each kill every
   answer so far is looked up in the store, and the devices send again what was not answered.
2. A full disk: the store on a small tmpfs (needs root), filled up in mid-stream, then given room again.
3. The database stopped: a real PostgreSQL is stopped for ``--down`` seconds in mid-stream; what comes goes to the spool,
   is acknowledged from there, and is in the database, in order, when it is back.

Every scene ends with: readings acknowledged and not in the store (lost), and readings in the store twice (doubled).
"""

import argparse
import json
import os
import random
import re
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from receiver import frames

_QN = re.compile(rb"QN=(\d{17})")
_ACK = re.compile(rb"QN=(\d{17});ST=91;CN=9014;PW=[^;]*;MN=([^;]*);")
_MN = re.compile(rb"MN=([^;]*)")
DEVICES = 40


class Devices:
    """Lines that send their frames, ``window`` under way, call again when the line breaks, and remember every answer."""

    def __init__(self, count: int, window: int = 16) -> None:
        self.window = window
        self.acked: set[tuple[str, str]] = set()
        self.again = 0
        self._ahead: list[list[bytes]] = [[] for _ in range(DEVICES)]
        for number, frame in enumerate(frames(DEVICES, count)):
            self._ahead[number % DEVICES].append(frame)
        self.total = count
        self.keys = {(_MN.search(f)[1].decode(), _QN.search(f)[1].decode()): f for own in self._ahead for f in own}

    def play(self, port: int, until: float, most: int | None = None) -> bool:
        """Play until a moment (monotonic), or ``most`` further answers, or all is answered (True)."""
        found = selectors.DefaultSelector()
        socks: dict[int, socket.socket] = {}
        under_way: list[dict[tuple[str, str], bytes]] = [{} for _ in range(DEVICES)]
        rest: list[bytes] = [b""] * DEVICES
        goal = min(self.total, len(self.acked) + most) if most is not None else self.total
        ahead = [
            [f for f in own if (_MN.search(f)[1].decode(), _QN.search(f)[1].decode()) not in self.acked][::-1]
            for own in self._ahead
        ]

        def call(number: int) -> bool:
            try:
                sock = socket.create_connection(("127.0.0.1", port), timeout=2)
            except OSError:
                return False
            sock.setblocking(False)
            socks[number] = sock
            found.register(sock, selectors.EVENT_READ, number)
            ahead[number] += list(under_way[number].values())[::-1]
            under_way[number].clear()
            rest[number] = b""
            return True

        def fill(number: int) -> None:
            parts = []
            while ahead[number] and len(under_way[number]) < self.window:
                frame = ahead[number].pop()
                under_way[number][_MN.search(frame)[1].decode(), _QN.search(frame)[1].decode()] = frame
                parts.append(frame)
            if parts:
                try:
                    socks[number].sendall(b"".join(parts))
                except OSError:
                    hang_up(number)

        def hang_up(number: int) -> None:
            if number in socks:
                found.unregister(socks[number])
                socks.pop(number).close()

        try:
            while time.monotonic() < until and len(self.acked) < goal:
                for number in range(DEVICES):
                    if number not in socks and (ahead[number] or under_way[number]):
                        if not call(number):
                            time.sleep(0.05)
                            break
                        fill(number)
                for key, _ in found.select(0.05):
                    number = key.data
                    try:
                        data = socks[number].recv(65536)
                    except OSError:
                        data = b""
                    if not data:
                        hang_up(number)
                        continue
                    lines = (rest[number] + data).split(b"\n")
                    rest[number] = lines.pop()
                    for line in lines:
                        said = _ACK.search(line)
                        if said is not None:
                            name = (said[2].decode(), said[1].decode())
                            self.acked.add(name)
                            under_way[number].pop(name, None)
                    fill(number)
        finally:
            for number in list(socks):
                hang_up(number)
            found.close()
            self.again += sum(map(len, under_way))
        return len(self.acked) >= self.total


class Process:
    """``qingxi receive``."""

    def __init__(self, folder: Path, store: str, *more: str, port: int = 0) -> None:
        register = folder / "devices.csv"
        register.write_text(
            "mn,password,facility\n" + "".join(f"99990100{n:08d},123456,QX-{n}\n" for n in range(DEVICES))
        )
        code = "import sys; from qingxi.cli import main; sys.exit(main())"
        self.run = subprocess.Popen(
            [sys.executable, "-c", code, "receive", "--store", store, "--devices", str(register), "--any-time",
             "--port", str(port), "--json", *more],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.run.stdout is not None
        self.port = int(self.run.stdout.readline())

    def children(self) -> list[int]:
        """Its members' processes."""
        text = Path(f"/proc/{self.run.pid}/task/{self.run.pid}/children").read_text()
        return [int(word) for word in text.split()]

    def kill(self) -> None:
        """All of it, as a power cut does it."""
        for pid in [*self.children(), self.run.pid]:
            os.kill(pid, signal.SIGKILL)
        self.run.wait(60)

    def stop(self) -> dict[str, object]:
        """As an operator does it; its own counts."""
        self.run.terminate()
        out, _ = self.run.communicate(timeout=120)
        return dict(json.loads(out))


def in_store(path: Path) -> list[tuple[str, str]]:
    """(MN, QN) of every packet, after an integrity check."""
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found = db.execute("SELECT mn, qn FROM telemetry_packet").fetchall()
    db.close()
    return found


def killed(kills: int, seed: int) -> dict[str, object]:
    """Scene 1."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="qingxi-kill-") as place:
        folder = Path(place)
        store = folder / "readings.sqlite3"
        devices = Devices(400 * kills)
        lost = doubled = number = 0
        begun = time.monotonic()
        while number < kills:
            receiver = Process(folder, str(store), *(["--processes", "2"] if number % 5 == 4 else []))
            # a random moment: so many answers, and then somewhere within the next batches
            devices.play(receiver.port, time.monotonic() + 60, most=chance.randrange(1, 350))
            playing = time.monotonic() + chance.random() * 0.02
            if devices.play(receiver.port, playing):
                receiver.kill()
                break
            receiver.kill()
            number += 1
            there = in_store(store)
            lost += len(devices.acked - set(there))
            doubled += len(there) - len(set(there))
        receiver = Process(folder, str(store))
        whole = devices.play(receiver.port, time.monotonic() + 120)
        receiver.stop()
        there = in_store(store)
        return {
            "scene": "kill -9", "kills": number, "readings": 8 * devices.total, "acknowledged": 8 * len(devices.acked),
            "all_answered": whole, "sent_again": devices.again, "lost": lost + len(devices.acked - set(there)),
            "doubled": doubled + len(there) - len(set(there)), "seconds": round(time.monotonic() - begun, 1),
        }  # fmt: skip


def full_disk() -> dict[str, object]:
    """Scene 2."""
    with tempfile.TemporaryDirectory(prefix="qingxi-full-") as place:
        folder = Path(place)
        disk = folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", disk], capture_output=True).returncode:
            return {"scene": "full disk", "skipped": "no tmpfs may be mounted here"}
        try:
            store = disk / "readings.sqlite3"
            devices = Devices(6_000)
            receiver = Process(folder, str(store), "--spool", str(disk / "spool"))
            filling = disk / "filling"
            devices.play(receiver.port, time.monotonic() + 60, most=1_000)
            with filling.open("wb", buffering=0) as other:  # somebody else fills the disk
                try:
                    while True:
                        other.write(b"x" * 4096)
                except OSError:
                    pass
            while_full = len(devices.acked)
            devices.play(receiver.port, time.monotonic() + 4)
            while_full = len(devices.acked) - while_full
            there = set(in_store(store))
            spooled = b"".join(path.read_bytes() for path in (disk / "spool").glob("*.frames"))
            waiting = {
                (m[2].decode(), m[1].decode()) for m in re.finditer(rb"QN=(\d{17});[^#]*?MN=([^;]*);", spooled)
            }
            lost = len(devices.acked - there - waiting)
            filling.unlink()
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            whole = devices.play(receiver.port, time.monotonic() + 60)
            said = receiver.stop()
            after = in_store(store)
            return {
                "scene": "full disk", "readings": 8 * devices.total, "acknowledged": 8 * len(devices.acked),
                "acknowledged_while_full": 8 * while_full, "commit_failures": said["commit_failures"],
                "all_answered": whole, "lost": lost + len(devices.acked - set(after)),
                "doubled": len(after) - len(set(after)),
            }  # fmt: skip
        finally:
            subprocess.run(["umount", disk], check=False)


def waiting_in(spool: Path) -> bool:
    """Whether a spool's file holds more than its head of 16 bytes."""
    return any(path.stat().st_size > 16 for path in spool.glob("*.frames"))


def database_stopped(down_s: float) -> dict[str, object]:
    """Scene 3."""
    import psycopg

    import postgres

    if postgres.missing():
        return {"scene": "database stopped", "skipped": postgres.missing()}
    postgres._SPEED = ("listen_addresses=", "timezone=UTC", "max_connections=20")
    cluster = postgres.Cluster()
    try:
        cluster.sql("postgres", "CREATE DATABASE readings")
        address = cluster.address("readings")
        with tempfile.TemporaryDirectory(prefix="qingxi-down-") as place:
            folder = Path(place)
            receiver = Process(folder, address, "--spool", str(folder / "spool"))
            devices = Devices(20_000, window=4)
            devices.play(receiver.port, time.monotonic() + 60, most=2_000)
            cluster._quiet("pg_ctl", "-D", cluster.data, "-m", "immediate", "-w", "stop")
            before, stopped = len(devices.acked), time.monotonic()
            while time.monotonic() - stopped < down_s:
                devices.play(receiver.port, time.monotonic() + 1.0, most=200)
                time.sleep(0.3)
            while_down = len(devices.acked) - before
            cluster._quiet(
                "pg_ctl", "-D", cluster.data, "-w", "-l", cluster.root / "log",
                "-o", f"-c listen_addresses= -c unix_socket_directories={cluster.root}", "start",
            )  # fmt: skip
            back = time.monotonic()
            whole = devices.play(receiver.port, time.monotonic() + 120)
            # All may have been answered from the spool: it is whole when the spool has gone into the database.
            while waiting_in(folder / "spool") and time.monotonic() - back < 120:
                time.sleep(0.1)
            said = receiver.stop()
            with psycopg.connect(address) as db:
                after = db.execute("SELECT mn, qn FROM telemetry_packet").fetchall()
            return {
                "scene": "database stopped", "down_s": round(down_s, 1), "readings": 8 * devices.total,
                "acknowledged": 8 * len(devices.acked), "acknowledged_while_down": 8 * while_down,
                "spooled": said["spooled"], "replayed": said["replayed"], "all_answered": whole,
                "lost": len(devices.acked - set(after)), "doubled": len(after) - len(set(after)),
                "caught_up_s": round(time.monotonic() - back, 1),
            }  # fmt: skip
    finally:
        cluster.stop()


def main() -> None:
    """Play the scenes and print what came of them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--down", type=float, default=60.0)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", choices=["kill", "full", "down"])
    asked.add_argument("--json", action="store_true")
    args = asked.parse_args()
    scenes = []
    if args.only in (None, "kill"):
        scenes.append(killed(args.kills, args.seed))
    if args.only in (None, "full"):
        scenes.append(full_disk())
    if args.only in (None, "down"):
        scenes.append(database_stopped(args.down))
    print(json.dumps({"scenes": scenes}, indent=1) if args.json else "\n".join(map(str, scenes)))
    if any(scene.get("lost") or scene.get("doubled") for scene in scenes):
        raise SystemExit("an acknowledged reading was lost or doubled")


if __name__ == "__main__":
    main()
