"""Acts of running: devices over a real TCP socket, compaction, daily readings, findings."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from qingxi_office.commands.lines import name_vendors, strangers_call
from qingxi_office.commands.story import Broken, Story, command_json, start, wait_for


def receive_frames(story: Story) -> str:
    """The receiver as a process of its own; the devices' frames replayed to it, each acknowledged after the commit."""
    frames = story.county / "evidence" / "hj212.frames.zst"
    if not frames.is_file():
        story.facts["receiver"] = {"sent": 0, "acked": 0}
        return "这个县没有会说 HJ 212 的设备"
    vendors = name_vendors(by=story.cast.officer)
    devices = _devices(story.root / "devices.csv")
    port_file = story.root / "receiver.port"
    port_file.unlink(missing_ok=True)
    receiver = start(
        "receive", "--store", story.store, "--devices", devices, "--port-file", port_file, "--until-idle", "2",
        "--any-time", "--json",
    )  # fmt: skip
    try:
        wait_for(lambda: port_file.is_file() or receiver.poll() is not None, 20, "接收端 20 秒内没有开起来")
        if not port_file.is_file():
            raise Broken(f"接收端没有开起来:{receiver.communicate()[1][-300:]}")
        port = port_file.read_text(encoding="ascii").strip()
        played = command_json("replay", frames, "--to", f"127.0.0.1:{port}")
        strangers = strangers_call(int(port), story.day())
        out, err = receiver.communicate(timeout=60)
    finally:
        if receiver.poll() is None:
            receiver.kill()
    if receiver.returncode != 0:
        raise Broken(f"接收端退出码 {receiver.returncode}:{err[-300:]}")
    counters = _last_object(out)
    story.facts["receiver"] = {**played, "counters": counters, "strangers": strangers, "vendors": vendors}
    story.paths["读数库"] = str(story.store)
    return f"{played['sent']:,} 包经 TCP 发出,{played['acked']:,} 包先落盘后应答,重发 {played['resent']},无应答 {played['unanswered']};{strangers} 台没登记的进了隔离区"


def _devices(path: Path) -> Path:
    """The office's register of devices as the receiver reads it."""
    from qingxi_office.readings.models import Device

    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["MN", "密码", "设施编号"])
        writer.writerows(Device.objects.filter(enabled=True).values_list("mn", "password", "facility__key"))
    return path


def _last_object(printed: str) -> Any:
    for line in reversed(printed.strip().splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    return {}


def keep_days(story: Story) -> str:
    """Yesterday and before into Parquet; every day of every device into the books with its coverage."""
    if not story.store.is_file():
        return "没有设备读数"
    from qingxi.store import archive_folder, compact_before
    from qingxi_office.readings.actions import take_in_store
    from qingxi_office.trail import clock

    archived = compact_before(story.store, story.day(), int(clock.now().timestamp() * 1000))
    taken = take_in_store(story.store, by=story.cast.officer)
    story.facts["readings"] = {
        "days_archived": len(archived),
        "rows": sum(a.rows for a in archived),
        "daily": taken.new,
    }
    story.paths["历史读数(Parquet)"] = str(archive_folder(story.store))
    return (
        f"{len(archived)} 天 {sum(a.rows for a in archived):,} 行压成 Parquet;{taken.new:,} 个日值入账,各带覆盖率"
    )


def keep_rain(story: Story) -> str:
    """The water bureau's and the weather station's sheets, handed in and taken as any other table."""
    from qingxi_office.readings.models import RainDay, RainGauge
    from qingxi_office.site.loading import sheets
    from qingxi_office.site.working import work

    folder, by = story.county / "evidence", story.cast.officer
    for name in ("雨量站台账.xlsx", "雨量.xlsx"):
        path = folder / name
        if not path.is_file():
            return "没有雨量"
        intake = sheets.send(name, path.read_bytes(), table="", by=by)
        work(until_idle=True)
        intake.refresh_from_db()
        if intake.state != "shown" or intake.counts["wrong"]:
            raise Broken(f"{name}没有读成：{intake.state}，{intake.counts}")
        sheets.take(intake, by=by)
        work(until_idle=True)
        intake.refresh_from_db()
        if intake.state != "taken":
            raise Broken(f"{name}没有收下：{intake.state}")
    known = RainDay.objects.filter(mm__isnull=False).count()
    story.facts["rain"] = {"gauges": RainGauge.objects.count(), "days": known}
    return f"{RainGauge.objects.count()} 个雨量站，{known:,} 天雨量，按表收进"


def find(story: Story) -> str:
    """Every rule to every facility: as things stood a fortnight ago, and today."""
    from qingxi_office.findings.actions import examine_all
    from qingxi_office.findings.models import FindingRecord

    examine_all(by=story.cast.officer, as_of=story.day() - timedelta(days=13))
    done = examine_all(by=story.cast.officer, as_of=story.day())
    rules: dict[str, int] = {}
    for name in FindingRecord.objects.filter(is_current=True).values_list("rule_name", flat=True):
        rules[name] = rules.get(name, 0) + 1
    story.facts["findings"] = {
        "facilities": done.facilities,
        "findings": done.findings,
        "undecided": done.undecided,
        "rules": rules,
    }
    words = "、".join(f"{name} {n}" for name, n in sorted(rules.items(), key=lambda kv: -kv[1]))
    return f"{done.facilities} 座设施:{words or '没有发现'};查不清 {done.undecided} 项"
