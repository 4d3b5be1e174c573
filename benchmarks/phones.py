"""Five hundred phones come back into the valley's signal at once: do they all get through, once each, when the office is killed?

    .venv/bin/python benchmarks/phones.py [--phones 500] [--rounds 20] [--kb 200] [--within 300] [--kill] [--home DIR] [--json]

The office is ``qingxi serve`` with two web processes (and its worker, which looks at photographs) on the same machine as the phones, so
that both share its cores. Each phone is one asyncio client with a connection of its own; it starts at a random moment of the first fifth of the time, fetches
the pack, sends its rounds in messages of 20 and each round's photograph in parts of 256 kB, as ``static/patrols/sync.js`` does, and goes on
asking after a broken line. With ``--kill`` the whole office (every process) is ended with -9 when a third of the photographs are here, and opened again.
Sessions are made in the books beforehand: 500 passwords are not what is measured. At the end the books are counted.
"""

import argparse
import asyncio
import hashlib
import io
import json
import os
import platform
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks" / "results" / "phones.json"
MAIN = "import sys; from qingxi.cli import main; sys.exit(main())"
PART, AT_ONCE = 256 * 1024, 20

PREPARE = """
import django, json, sys; django.setup()
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people.models import Role, User
from qingxi_office.places.models import County, Place
from qingxi_office.trail import clock
phones = int(sys.argv[1])
store = import_module(settings.SESSION_ENGINE).SessionStore
with transaction.atomic():
    county = Place.objects.get_or_create(code="999902", defaults={"name": "万机县", "level": "county", "path": "999902/"})[0]
    County.objects.get_or_create(place=county)
    town = Place.objects.get_or_create(code="999902100", defaults={"name": "镇", "level": "township", "parent": county, "path": "999902/999902100/"})[0]
    out = []
    for n in range(phones):
        code = f"999902100{n:03d}"
        place = Place.objects.get_or_create(code=code, defaults={"name": f"村{n}", "level": "village", "parent": town, "path": f"{town.path}{code}/"})[0]
        for k in range(2):
            FacilityRecord.objects.get_or_create(key=f"P{n:03d}-{k}", defaults={"public_code": f"P{n:03d}{k}", "name": f"村{n}站{k}", "place": place, "design_m3_d": 30, "lon": 104 + n * 0.01, "lat": 30 + k * 0.01})
        user = User.objects.get_or_create(username=f"phone{n:03d}", defaults={"name": f"巡查员{n}", "role": Role.INSPECTOR, "scope": place, "password": "!", "created_at": clock.now()})[0]
        session = store()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), "qingxi_office.people.backends.OfficeBackend", user.get_session_auth_hash()
        session.create()
        out.append({"session": session.session_key, "stations": [f"P{n:03d}-0", f"P{n:03d}-1"]})
print(json.dumps(out))
"""

COUNT = """
import django, json, sys; django.setup()
from django.conf import settings
from django.db.models import Count
from qingxi_office.patrols.models import Phone, VisitPhoto
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail.models import Entry
from qingxi_office.patrols.actions.parts import have
rows = VisitRow.objects.exclude(phone="")
times = {}
for phone, at in rows.order_by("phone", "counter").values_list("phone", "visited_at"):
    times.setdefault(phone, []).append(at)
print(json.dumps({
    "rounds": rows.count(), "numbers": rows.values("uuid").distinct().count(),
    "pairs": rows.values("phone", "counter").distinct().count(), "phones": Phone.objects.count(),
    "photos": VisitPhoto.objects.count(), "not_here": VisitPhoto.objects.filter(state="awaited").count(),
    "refused": VisitPhoto.objects.filter(state="refused").count(), "looked_at": VisitPhoto.objects.filter(state="looked").count(),
    "trail": Entry.objects.filter(action="visit.recorded").count(),
    "out_of_order": sum(a != sorted(a) for a in times.values()),
}))
"""


class _Away(Exception):
    """The office did not answer as one that is there."""


class Line:
    """One HTTP/1.1 connection that stays open, as a phone's; no more of HTTP than the office's answers need."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self.port, self.cookies = port, cookies
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def request(self, method: str, path: str, body: bytes = b"", **head: str) -> tuple[int, bytes]:
        """(status, body); raises OSError or EOFError when the line breaks."""
        if self.writer is None or self.reader is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = {
            "Host": f"127.0.0.1:{self.port}", "Accept": "application/json", "Content-Length": str(len(body)), **head,
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
        }  # fmt: skip
        said = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{said}\r\n".encode())
        self.writer.write(body)
        await self.writer.drain()
        top = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status, length, close = int(top[0].split(" ")[1]), 0, False
        for line in top[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "content-length":
                length = int(value)
            elif name.lower() == "set-cookie":
                key, _, said = value.partition(";")[0].partition("=")
                self.cookies[key] = said
            elif name.lower() == "connection":
                close = value.lower() == "close"
        answer = await self.reader.readexactly(length)
        if close:
            self.close()
        return status, answer

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


@cache
def jpeg(size: int) -> bytes:
    """A picture of noise of about so many bytes."""
    from PIL import Image

    side = 200
    while True:
        out = io.BytesIO()
        Image.effect_noise((side * 4 // 3, side), 70).convert("RGB").save(out, "JPEG", quality=72)
        if out.tell() >= size:
            return out.getvalue()
        side = int(side * 1.1)


def cpu_s(group: int) -> float:
    """Processor seconds of the living processes of a group."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended while we looked
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class Office:
    """The served office; can be killed whole."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = int(s.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.cpu_s = 0.0

    def python(self, text: str, *args: str) -> Any:
        env = {**os.environ, "QINGXI_HOME": str(self.home), "DJANGO_SETTINGS_MODULE": "qingxi_office.site.settings"}
        done = subprocess.run(
            [sys.executable, "-c", text, *args], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        return json.loads(done.stdout)

    def open(self) -> None:
        with (self.home / "phones.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", MAIN, "serve", "--home", str(self.home), "--port", str(self.port), "--workers", "2"],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def answers(self) -> None:
        for _ in range(600):
            line = Line(self.port, {})
            try:
                await line.request("GET", "/rounds-today/sw.js")
                return
            except (OSError, EOFError):
                await asyncio.sleep(0.1)
            finally:
                line.close()
        raise SystemExit("the office does not open")

    def kill(self) -> None:
        """-9 to every process of it, the workers too."""
        if self.process is not None:
            self.cpu_s += cpu_s(self.process.pid)
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Phone:
    """One phone with its rounds and photographs."""

    def __init__(self, number: int, given: dict[str, Any], rounds: int, size: int) -> None:
        self.number, self.given = number, given
        self.name = str(uuid.uuid5(uuid.NAMESPACE_OID, f"phone{number}"))
        self.dice = random.Random(number)
        self.size = size
        now = datetime.now(UTC)
        self.rounds = [self._round(n, rounds, now) for n in range(rounds)]
        self.again = self.broken = 0

    def dice_bytes(self, n: int) -> bytes:
        return hashlib.sha256(f"{self.name}/{n}".encode()).digest()

    def picture(self, n: int) -> bytes:
        """A JPEG of so many bytes, another for each round: what follows its end is no part of the picture."""
        return jpeg(self.size) + self.dice_bytes(n)

    def _round(self, n: int, of: int, now: datetime) -> dict[str, Any]:
        data = self.picture(n)
        return {
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.name}/{n}")), "counter": n + 1, "facility": self.given["stations"][n % 2],
            "phone_at": (now - timedelta(days=7) + timedelta(days=6) / of * n).isoformat(), "checklist": "2026-11",
            "answers": {"inflow": "yes", "blower": "on", "outflow": "yes", "smell": "no", "fence": "ok", "covers": "ok", "panel_light": "on", "sewage_around": "no"},
            "meter": 1000 + n, "place": {"lon": 104 + self.number * 0.01, "lat": 30.0, "accuracy": 15}, "took_s": 80,
            "photos": [{"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "source": ""}],
        }  # fmt: skip

    async def sync(self, port: int, wait_s: float, times: list[float], arrived: list[int]) -> None:
        await asyncio.sleep(wait_s)
        while True:
            line = Line(port, {"sessionid": self.given["session"]})
            try:
                await self._once(line, times, arrived)
                return
            except (OSError, EOFError, TimeoutError, _Away):
                self.broken += 1
                await asyncio.sleep(1 + 4 * self.dice.random())
            finally:
                line.close()

    async def _ask(
        self, line: Line, times: list[float], method: str, path: str, body: bytes = b"", **head: str
    ) -> Any:
        at = time.monotonic()
        async with asyncio.timeout(60):
            status, answer = await line.request(method, path, body, **head)
        times.append(time.monotonic() - at)
        if status not in (200, 409):
            raise _Away(f"{path}: {status}")
        return json.loads(answer)

    async def _once(self, line: Line, times: list[float], arrived: list[int]) -> None:
        pack = await self._ask(line, times, "GET", "/rounds-today/pack/")
        head = {"X-CSRFToken": pack["csrf"]}  # the cookie that goes with it was kept by the line
        here: dict[str, bool] = {}
        for i in range(0, len(self.rounds), AT_ONCE):
            told = await self._ask(
                line, times, "POST", "/rounds-today/send/",
                json.dumps({"phone": self.name, "phone_now": datetime.now(UTC).isoformat(), "rounds": self.rounds[i : i + AT_ONCE]}).encode(),
                **head, **{"Content-Type": "application/json"},
            )  # fmt: skip
            for row in told["rounds"]:
                if row["state"] == "refused":
                    raise SystemExit(f"refused: {row}")
                self.again += row["state"] == "again"
                here[row["uuid"]] = row["photos"][0]["here"]
        for n, one in enumerate(self.rounds):
            if here[one["uuid"]]:
                continue
            path, data = f"/rounds-today/photos/{one['uuid']}/{one['photos'][0]['sha256']}/", self.picture(n)
            have = (await self._ask(line, times, "GET", path))["have"] if self.broken else 0
            while have < len(data):
                told = await self._ask(line, times, "PUT", f"{path}?from={have}", data[have : have + PART], **head)
                have = told["have"]
            arrived[0] += 1


async def play(office: Office, phones: list[Phone], within: float, kill: bool) -> dict[str, Any]:
    await office.answers()
    dice, times, arrived = random.Random(7), [], [0]
    began, down = time.monotonic(), 0.0
    tasks = [asyncio.create_task(p.sync(office.port, dice.random() * within / 5, times, arrived)) for p in phones]
    total = sum(len(p.rounds) for p in phones)
    if kill:
        while arrived[0] < total / 3:
            await asyncio.sleep(0.05)
        at = time.monotonic()
        office.kill()
        office.open()
        await office.answers()
        down = time.monotonic() - at
    await asyncio.gather(*tasks)
    times.sort()
    return {
        "seconds": round(time.monotonic() - began, 1), "down_seconds": round(down, 1), "requests": len(times),
        "request_p50_s": round(times[len(times) // 2], 3), "request_p95_s": round(times[int(len(times) * 0.95)], 3),
        "broken_lines": sum(p.broken for p in phones), "rounds_sent_again": sum(p.again for p in phones),
    }  # fmt: skip


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phones", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kb", type=int, default=200)
    parser.add_argument("--within", type=float, default=300)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--json", action="store_true", help=f"write {OUT.relative_to(ROOT)}")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        office = Office(args.home or Path(folder) / "home")
        office.home.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-c", MAIN, "office", "migrate", "--home", str(office.home)],
            check=True,
            capture_output=True,
        )
        given = office.python(PREPARE, str(args.phones))
        phones = [Phone(n, one, args.rounds, args.kb * 1000) for n, one in enumerate(given)]
        office.open()
        load = os.getloadavg()[0]
        try:
            result = asyncio.run(play(office, phones, args.within, args.kill))
        finally:
            office.kill()
        books = office.python(COUNT)
    total = args.phones * args.rounds
    whole = all(books[name] == total for name in ("rounds", "numbers", "pairs", "photos", "trail"))
    ok = whole and books["not_here"] == 0 and books["out_of_order"] == 0
    out = {
        "phones": args.phones, "rounds_each": args.rounds, "photo_kb": args.kb, "killed": args.kill, **result, "office_cpu_s": round(office.cpu_s, 1),
        "clients_cpu_s": round(time.process_time(), 1), "books": books,
        "nothing_lost_or_doubled": ok, "within": args.within, "in_time": result["seconds"] <= args.within,
        "machine": f"{cpu_model()}, {os.cpu_count()} cores, load {load:.1f} at the start", "python": platform.python_version(),
        "day": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    print(json.dumps(out, ensure_ascii=False, indent=1))
    if args.json:
        kept = json.loads(OUT.read_text()) if OUT.is_file() else []
        kept = [row for row in kept if (row["phones"], row["killed"]) != (args.phones, args.kill)]
        OUT.write_text(json.dumps([*kept, out], ensure_ascii=False, indent=1) + "\n")
    return 0 if ok and out["in_time"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
