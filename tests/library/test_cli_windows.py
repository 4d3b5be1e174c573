"""A vendor's engineer sits at Windows: no POSIX module, no signals in the loop, a console in an old encoding."""

import importlib.util
import os
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

import qingxi.keeping.on_disk
import qingxi.receiver.sought
import qingxi.store.turn

AS_WINDOWS = Path(__file__).with_name("as_windows.py")


def run(*words, **more):
    return subprocess.run(
        [sys.executable, AS_WINDOWS, *words], capture_output=True, text=True, timeout=120, check=False, **more
    )


def test_receiver_simulator_and_suite_work_without_posix(tmp_path):
    assert (
        run("simulate", "--devices", "2", "--edition", "2025", "--register", str(tmp_path / "d.csv")).returncode
        == 0
    )
    words = ["receive", "--store", str(tmp_path / "r.sqlite3"), "--devices", str(tmp_path / "d.csv")]
    # Idle for longer than the next program takes to start on a busy machine.
    words += ["--port-file", str(tmp_path / "port"), "--until-idle", "10", "--json"]
    receiver = subprocess.Popen([sys.executable, AS_WINDOWS, *words], stdout=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 60
        while not (tmp_path / "port").exists():
            assert time.monotonic() < until
            assert receiver.poll() is None
            time.sleep(0.05)
        there = f"127.0.0.1:{(tmp_path / 'port').read_text().strip()}"
        said = run(
            "simulate", "--to", there, "--devices", "2", "--edition", "2025", "--rtd", "2", "--for", "3", "--json"
        )
        assert said.returncode == 0, said.stderr
        told = run("conform", "server", there, "--mn", "QXSIM0001", "--edition", "2025", "--only", "S-25-C.18")
        assert told.returncode == 0, told.stdout
        out, _ = receiver.communicate(timeout=60)
        assert receiver.returncode == 0
        assert '"quarantined": {}' in out
    finally:
        receiver.kill()


def test_several_processes_are_refused_with_a_reason(tmp_path):
    said = run("receive", "--store", str(tmp_path / "r.sqlite3"), "--processes", "2")
    assert said.returncode == 2
    assert "Windows" in said.stderr


def test_a_console_that_lacks_letters_gets_escapes(tmp_path):
    said = run("simulate", "--oddity", "list", env=os.environ | {"PYTHONIOENCODING": "cp1252"})
    assert said.returncode == 0
    assert "\\u" in said.stdout


@pytest.fixture
def windows(monkeypatch):
    """Modules as Windows loads them; its lock stands in as a file that somebody holds."""
    held: set[int] = set()

    def locking(file, mode, size):
        if mode == 0:
            held.discard(1)
        elif 1 in held:
            raise OSError("held")
        else:
            held.add(1)

    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(LK_NBLCK=2, LK_UNLCK=0, locking=locking))
    monkeypatch.setattr(sys, "platform", "win32")

    def load(module):
        spec = importlib.util.spec_from_file_location("as_windows_" + module.__name__, module.__file__)
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        return made

    return load


def test_places_in_a_file(windows, tmp_path):
    sought = windows(qingxi.receiver.sought)
    file = sought.open_private(tmp_path / "spool")
    assert sought.write_at(file, b"abcdef", 3) == 6
    assert sought.write_at(file, b"XYZ", 0) == 3
    assert sought.read_at(file, 4, 2) == b"Zabc"
    assert sought.read_at(file, 9, 7) == b"ef"
    windows(qingxi.keeping.on_disk).keep_names(tmp_path / "not asked for")
    os.close(file)


def test_turns_are_waited_for_and_given_back(windows, tmp_path):
    turns = windows(qingxi.store.turn)
    one, other = turns.Turn(tmp_path / "t"), turns.Turn(tmp_path / "t")
    one.take()
    waited = []

    def asleep(seconds):
        waited.append(seconds)
        one.give()

    turns.time = types.SimpleNamespace(sleep=asleep)
    other.take()
    assert waited == [turns._ASK_S]
    other.give()
    other.give()  # not held: no fault
    one.close()
    other.close()
