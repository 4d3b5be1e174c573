"""The receiver killed in mid-stream of a real replay: no acknowledged reading is lost, none is doubled (hj212)."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qingxi.wire.hj212 import BEIJING, encode, upload
from qingxi.world.devices import Manner, play

START = datetime(2026, 10, 1, tzinfo=BEIJING)
PATIENT = {
    "timeout_s": 120.0,
    "patience_s": 120.0,
}  # a busy machine answers late: what is waited for is the answer, not the time
DEVICES = [f"99990100{number:04d}" for number in range(12)]
FRAMES = [
    encode(
        upload(
            "2011",
            mn=mn,
            pw="123456",
            at=START + timedelta(minutes=15 * step),
            values={
                "flow": {"Rtd": f"{0.5 + step % 7 / 100:.2f}", "Flag": "N"},
                "cod": {"Rtd": "45.2", "Flag": "N"},
            },
            sent_at=START + timedelta(minutes=15 * step, milliseconds=number),
        )
    )
    for step in range(250)
    for number, mn in enumerate(DEVICES)
]


class Process:
    """``qingxi receive`` as a process of its own."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.store = folder / "readings.sqlite3"
        register = folder / "devices.csv"
        register.write_text("mn,password,facility\n" + "".join(f"{mn},123456,QX-{mn[-3:]}\n" for mn in DEVICES))
        self._run = subprocess.Popen(
            [
                sys.executable, "-c", "import sys; from qingxi.cli import main; sys.exit(main())", "receive",
                "--store", str(self.store), "--devices", str(register), "--any-time", "--port", str(port), "--json",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.port = int(self._run.stdout.readline())

    def kill(self) -> None:
        """As a power cut does it to the process: no handler runs."""
        os.kill(self._run.pid, signal.SIGKILL)
        self._run.wait(120)

    def stop(self) -> str:
        """As an operator does it; what it printed last."""
        self._run.terminate()
        out, _ = self._run.communicate(timeout=120)
        assert self._run.returncode == 0
        return out


def packets_in(store: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(store)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found = db.execute("SELECT mn, qn FROM telemetry_packet").fetchall()
    db.close()
    return found


@pytest.mark.parametrize("kill_after", [1, 400, 1900])
def test_hj212_killed_in_mid_stream_every_acknowledged_reading_is_there(tmp_path, kill_after):
    receiver = Process(tmp_path)
    acknowledged: list[tuple[str, str]] = []

    async def until_killed() -> None:
        def on_ack(mn: str, qn: str) -> None:
            acknowledged.append((mn, qn))
            if len(acknowledged) == kill_after:
                receiver.kill()

        with pytest.raises(OSError):
            await play(
                FRAMES, "127.0.0.1", receiver.port,
                manner=Manner(window=16, timeout_s=120.0, patience_s=0.0), line_per_device=True, on_ack=on_ack,
            )  # fmt: skip

    asyncio.run(until_killed())
    assert kill_after <= len(acknowledged) < len(FRAMES)
    survived = packets_in(tmp_path / "readings.sqlite3")
    assert set(acknowledged) <= set(survived)  # no acknowledged reading is lost
    assert len(survived) == len(set(survived))

    # The devices find no answer, call again, and send everything once more.
    again = Process(tmp_path)
    played = asyncio.run(
        play(FRAMES, "127.0.0.1", again.port, manner=Manner(window=64, **PATIENT), line_per_device=True)
    )
    assert (played.acked, played.unanswered) == (len(FRAMES), 0)
    again.stop()
    after = packets_in(tmp_path / "readings.sqlite3")
    assert len(after) == len(FRAMES)  # none is doubled
    assert set(survived) <= set(after)


def test_hj212_devices_call_again_and_send_what_was_not_answered(tmp_path):
    first = Process(tmp_path)
    second: list[Process] = []
    count = 0

    def on_ack(_mn: str, _qn: str) -> None:
        nonlocal count
        count += 1
        if count == 700:
            first.kill()
            second.append(Process(tmp_path, port=first.port))

    played = asyncio.run(
        play(
            FRAMES,
            "127.0.0.1",
            first.port,
            manner=Manner(window=16, **PATIENT),
            line_per_device=True,
            on_ack=on_ack,
        )
    )
    assert (played.sent, played.acked, played.unanswered) == (len(FRAMES), len(FRAMES), 0)
    assert played.resent > 0
    second[0].stop()
    assert len(packets_in(tmp_path / "readings.sqlite3")) == len(FRAMES)


def test_hj212_stopped_by_an_operator_it_leaves_cleanly(tmp_path):
    receiver = Process(tmp_path)
    played = asyncio.run(play(FRAMES[:100], "127.0.0.1", receiver.port, manner=Manner(window=8, **PATIENT)))
    assert played.acked == 100
    assert '"kept": 100' in receiver.stop()
    assert len(packets_in(receiver.store)) == 100
