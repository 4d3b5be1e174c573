"""``qingxi receive`` and ``qingxi replay`` against each other, as an operator types them (hj212)."""

import json
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta

import pytest
import zstandard
from hj212_packets import PACKETS, real_packets

from qingxi.cli import main
from qingxi.cli.replay import frames_of
from qingxi.store import Readings
from qingxi.wire.hj212 import BEIJING, encode, upload

START = datetime(2026, 10, 1, tzinfo=BEIJING)


def day_of_frames(mn="99990100000001"):
    return [
        encode(
            upload(
                "2061",
                mn=mn,
                pw="123456",
                at=START + timedelta(hours=h),
                values={"flow": {"Avg": "0.5", "Flag": "N"}},
            )
        )
        for h in range(24)
    ]


@pytest.fixture
def receiver(tmp_path):
    """A receiver process; gives (port, stop-it-and-give-its-counts)."""
    (tmp_path / "devices.csv").write_text("MN,密码,设施编号\n99990100000001,123456,QX-001\n")
    command = [sys.executable, "-c", "import sys; from qingxi.cli import main; sys.exit(main())", "receive"]
    process = subprocess.Popen(
        [
            *command, "--store", str(tmp_path / "readings.sqlite3"), "--devices", str(tmp_path / "devices.csv"),
            "--port-file", str(tmp_path / "port"), "--any-time", "--json",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    port = int(process.stdout.readline())

    def counts():
        process.terminate()
        out, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        return json.loads(out)

    yield port, counts
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def test_hj212_a_file_goes_in_by_tcp_and_comes_out_as_days(tmp_path, receiver, capsys):
    port, counts = receiver
    assert (tmp_path / "port").read_text() == f"{port}\n"
    file = tmp_path / "hj212.frames.zst"
    file.write_bytes(zstandard.ZstdCompressor().compress(b"".join(day_of_frames())))
    assert main(["replay", str(file), "--to", f"127.0.0.1:{port}", "--json"]) == 0
    played = json.loads(capsys.readouterr().out)
    assert (played["sent"], played["acked"], played["resent"], played["unanswered"]) == (24, 24, 0, 0)
    assert main(["replay", str(file), "--to", f"127.0.0.1:{port}", "--devices"]) == 0  # the same once more
    assert "得到应答 24" in capsys.readouterr().out
    said = counts()
    assert said["kept"] == 48
    assert said["stored"] == {"new": 24, "duplicate": 24, "merged": 0, "corrected": 0}
    with Readings(tmp_path / "readings.sqlite3") as readings:
        # 0.5 L/s the whole day: 43.2 m3/d
        series = readings.daily("QX-001", "flow", date(2026, 10, 1), date(2026, 10, 1))
        assert series.values.tolist() == [pytest.approx(43.2)]
        assert series.coverage.tolist() == [1.0]


def test_hj212_it_leaves_by_itself_when_the_line_has_been_idle(tmp_path):
    (tmp_path / "devices.csv").write_text("MN,密码,设施编号\n99990100000001,123456,QX-001\n")
    (tmp_path / "one").write_bytes(day_of_frames()[0])
    process = subprocess.Popen(
        [
            sys.executable, "-c", "import sys; from qingxi.cli import main; sys.exit(main())", "receive",
            "--store", str(tmp_path / "r.sqlite3"), "--devices", str(tmp_path / "devices.csv"), "--any-time",
            "--until-idle", "0.3",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    port = process.stdout.readline().strip()
    assert main(["replay", str(tmp_path / "one"), "--to", f"127.0.0.1:{port}"]) == 0
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "入库 1，应答 1，隔离 0" in out


def test_hj212_real_packets_of_unknown_devices_are_kept_and_not_answered(tmp_path, receiver):
    good, bad = real_packets()
    port, counts = receiver
    code = main(
        ["replay", str(PACKETS), "--to", f"127.0.0.1:{port}", "--timeout", "0.1", "--resends", "0", "--json"]
    )
    assert code == 1  # five asked for an answer and got none
    said = counts()
    assert said["acknowledged"] == said["kept"] == 0
    assert said["quarantined"] == {"length": len(bad), "unknown-device": len(good)}
    with Readings(tmp_path / "readings.sqlite3") as readings:
        assert readings.counts()["raw_frames"] == 17
        assert sorted(q.raw for q in readings.quarantine()) == sorted(good + bad)
        assert "81733553213013" in {c.mn for c in readings.candidates()}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["replay", "{tmp}/none.zst", "--to", "127.0.0.1:1"], "不存在"),
        (["replay", "{tmp}/empty.zst", "--to", "127.0.0.1:1"], "没有数据包"),
        (["replay", "{tmp}/torn.zst", "--to", "127.0.0.1:1"], "读不出"),
        (["replay", "{tmp}/one", "--to", "nowhere"], "主机:端口"),
        (["replay", "{tmp}/one", "--to", "127.0.0.1:1", "--speed", "-3"], "--speed"),
        (["receive", "--store", "{tmp}/s", "--devices", "{tmp}/none.csv"], "不存在"),
        (["receive", "--store", "{tmp}/s", "--devices", "{tmp}"], "处理设施台账"),
        (["receive", "--store", "{tmp}/s", "--devices", "{tmp}/empty.zst"], "没有一台"),
        (["receive", "--store", "{tmp}/torn.zst", "--devices", "{tmp}/good.csv"], "打不开"),
        (["receive", "--store", "{tmp}/s", "--devices", "{tmp}/good.csv", "--host", "203.0.113.9"], "监听"),
    ],
)
def test_hj212_unusable_input_is_one_line_and_exit_code_2(tmp_path, capsys, argv, said):
    (tmp_path / "empty.zst").write_bytes(b"")
    (tmp_path / "torn.zst").write_bytes(b"\x28\xb5\x2f\xfdtorn" * 40)
    (tmp_path / "one").write_bytes(day_of_frames()[0])
    (tmp_path / "good.csv").write_text("MN,密码,设施编号\nM1,pw,QX-001\n")
    assert main([part.replace("{tmp}", str(tmp_path)) for part in argv]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_hj212_frames_of_a_file_leave_comments_out():
    assert frames_of(b"# OK\n##0001a\r\n\n##0002b\nnoise\r\n") == [b"##0001a\r\n", b"##0002b\r\n", b"noise\r\n"]


def test_hj212_receive_reads_the_county_folders_register(tmp_path):
    assert main(["county", "--size", "hamlet", "--seed", "1", "--out", str(tmp_path / "county")]) == 0
    process = subprocess.Popen(
        [
            sys.executable, "-c", "import sys; from qingxi.cli import main; sys.exit(main())", "receive",
            "--store", str(tmp_path / "r.sqlite3"), "--devices", str(tmp_path / "county"), "--any-time",
            "--port-file", str(tmp_path / "port"),
        ],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 30
    while not (tmp_path / "port").exists() and time.monotonic() < until:
        time.sleep(0.02)
    port = (tmp_path / "port").read_text().strip()
    file = tmp_path / "county" / "evidence" / "hj212.frames.zst"
    code = main(["replay", str(file), "--to", f"127.0.0.1:{port}", "--limit", "200"])
    process.terminate()
    process.wait(20)
    assert code == 0
    with Readings(tmp_path / "r.sqlite3") as readings:
        assert readings.counts()["packets"] == 200
        assert readings.facilities()[0].startswith("QX-")
