"""Journey 3: a village inspector's phone, a week without network, its clock a day slow, restarted on the way; all arrives once.

The week is made of clocks: the office plays a practice day and is stopped while the phone is in the valley, then opened again
seven days later; the page's ``Date`` is moved along. The network is away twice over: Chromium is offline and the office is dead.
``QINGXI_PHONE_ROUNDS`` is how many rounds are noted (40; 200 for the whole promise).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

ROUNDS = int(os.environ.get("QINGXI_PHONE_ROUNDS", "40"))
PASSWORD = "qingxi-demo"
# The page's clock: moved by what the phone's own storage says, so that a restarted browser has the same wrong clock.
SKEW = """(() => { const Real = Date, off = () => { try { return Number(localStorage.getItem('skew') || 0); } catch { return 0; } };
class Skewed extends Real { constructor(...a) { if (a.length) super(...a); else super(Real.now() + off()); } static now() { return Real.now() + off(); } }
globalThis.Date = Skewed; globalThis.realNow = () => Real.now(); })();"""


class Office:
    """An office of its own, which can be killed and opened on another day."""

    def __init__(self, home: Path) -> None:
        self.home, self.process = home, None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def open(self, day: date | None = None) -> None:
        if day is not None:
            path = self.home / "office.json"
            path.write_text(json.dumps({**json.loads(path.read_text()), "practice_day": day.isoformat()}))
        log = (self.home / "phone.log").open("a")
        self.process = subprocess.Popen(
            [str(Path(sys.executable).parent / "qingxi"), "serve", "--home", str(self.home), "--port", str(self.port),
             "--workers", "1", "--no-worker"],
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.url + "/sign-in/", timeout=2).read()
                return
            except OSError:
                assert time.monotonic() < until, (self.home / "phone.log").read_text()[-2000:]
                time.sleep(0.2)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
            self.process = None

    def says(self, line: str) -> object:
        done = subprocess.run(
            [sys.executable, "-c", "import django, json; django.setup(); " + line],
            env={**os.environ, "QINGXI_HOME": str(self.home), "DJANGO_SETTINGS_MODULE": "qingxi_office.site.settings"},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)


@pytest.fixture
def office(home, tmp_path):
    # A copy without what is not needed: books, key, settings.
    own = tmp_path / "office"
    own.mkdir()
    for name in ("office.json", "secret.key", "office.sqlite3"):
        shutil.copy(home / name, own / name)
    office = Office(own)
    yield office
    office.kill()


class Phone:
    """A phone of 390 px whose browser keeps its storage in a folder."""

    def __init__(self, kind, folder: Path, url: str, place: tuple[float, float]) -> None:
        self.kind, self.folder, self.url, self.place, self.wrong = kind, folder, url, place, []
        self.context = self.page = None

    def start(self, shots, *, offline: bool) -> None:
        self.context = self.kind.launch_persistent_context(
            str(self.folder), executable_path=shots.CHROMIUM, headless=True, args=shots.FLAGS, viewport={"width": 390, "height": 844},
            locale="zh-CN", timezone_id="Asia/Shanghai", geolocation={"longitude": self.place[0], "latitude": self.place[1], "accuracy": 12},
            permissions=["geolocation"], base_url=self.url, device_scale_factor=1,
        )  # fmt: skip
        self.context.set_default_timeout(20_000)
        self.context.add_init_script(SKEW)
        self.context.set_offline(offline)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on(
            "console",
            lambda said: self.wrong.append(said.text) if "Content Security Policy" in said.text else None,
        )

    def stop(self) -> None:
        self.context.close()

    def ready(self) -> None:
        until = time.monotonic() + 30
        while self.page.evaluate("document.documentElement.dataset.ready") != "1":
            assert time.monotonic() < until, self.page.content()[:500]
            self.page.wait_for_timeout(50)

    def at(self, moment: datetime) -> None:
        """The phone's clock shows this."""
        self.page.evaluate("t => localStorage.setItem('skew', String(t - realNow()))", moment.timestamp() * 1000)

    def states(self) -> dict[str, str]:
        return self.page.evaluate(
            """() => new Promise((done) => { const ask = indexedDB.open('qingxi-rounds'); ask.onsuccess = () => {
            const all = ask.result.transaction('rounds').objectStore('rounds').getAll();
            all.onsuccess = () => { done(Object.fromEntries(all.result.map((r) => [r.uuid, r.state]))); ask.result.close(); }; }; })"""
        )

    def note(self, key: str, photo: Path | None, *, broken: bool = False) -> None:
        """Three taps when all is well: the station, all well, keep."""
        self.page.locator(f'a.p-line[href="#/{key}"]').first.dispatch_event("click")
        self.page.get_by_role("button", name="站上八样都正常").click()
        if broken:
            self.page.get_by_role("button", name="不响").click()
            self.page.get_by_role("button", name="要报修").click()
        if photo is not None:
            self.page.locator("#p-photo").set_input_files(str(photo))
            self.page.locator(".p-photos img").first.wait_for()
        self.page.get_by_role("button", name="存下", exact=True).click()
        self.page.locator("#p-scan").wait_for()


def photos(folder: Path, n: int) -> list[Path]:
    out = []
    for k in range(n):
        picture = Image.effect_noise((32, 24), 90).resize((480, 360), Image.Resampling.BICUBIC).convert("RGB")
        out.append(folder / f"{k}.jpg")
        picture.save(out[-1], quality=70)
    return out


def office_time(day: date) -> datetime:
    """What the office's clock shows now when it plays this day."""
    return datetime.combine(day, datetime.now(ZoneInfo("Asia/Shanghai")).timetz())


def test_a_week_in_the_valley(office, chromium, shots, tmp_path):
    back = date.fromisoformat(json.loads((office.home / "office.json").read_text())["practice_day"])
    left, slow = back - timedelta(days=7), timedelta(days=1)
    stations = office.says(
        "from qingxi_office.people.models import User; from qingxi_office.facilities.queries import facilities; "
        "u = User.objects.select_related('scope').get(username='zhoudeshun'); "
        "print(json.dumps([[f.key, f.lon, f.lat] for f in facilities(u).filter(status='in_use').order_by('key')[:2]]))"
    )
    before = office.says("from qingxi_office.readings.models import VisitRow; print(VisitRow.objects.count())")
    office.open(left)
    phone = Phone(chromium.browser_type, tmp_path / "phone", office.url, (stations[0][1], stations[0][2]))
    phone.start(shots, offline=False)
    shots.sign_in(phone.page, office.url, "zhoudeshun", PASSWORD)
    phone.at(office_time(left) - slow)
    phone.page.goto("/rounds-today/")
    phone.ready()
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.page.get_by_text("已连上").wait_for()
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390

    # The valley: no network at all, and nobody at the other end of it.
    phone.context.set_offline(True)
    office.kill()
    files = photos(tmp_path, ROUNDS)
    files[ROUNDS // 2] = files[0]  # one photograph is used twice
    began = office_time(left) - slow + timedelta(minutes=30)
    step = timedelta(days=6, hours=20) / ROUNDS
    for n in range(ROUNDS):
        if n in (ROUNDS // 3, 2 * ROUNDS // 3):  # the phone is switched off and on
            phone.stop()
            phone.start(shots, offline=True)
            phone.page.goto("/rounds-today/")
            phone.ready()
        phone.at(began + n * step)
        key = stations[n % len(stations)][0]
        if n == 5:  # a sign scanned without network opens the same page
            code = office.says(
                f"from qingxi_office.facilities.models import FacilityRecord as F; print(json.dumps(F.objects.get(key='{key}').public_code))"
            )
            phone.page.goto(f"/s/{code}/")
            phone.page.get_by_role("button", name="站上八样都正常").wait_for()
            phone.page.goto("/rounds-today/")
            phone.ready()
        phone.note(key, files[n], broken=n == 7)
    phone.page.locator("#p-top", has_text="离线").wait_for()
    assert f"待同步 {ROUNDS}" in phone.page.locator("#p-top").inner_text()
    assert set(phone.states().values()) == {"waiting"}

    # Back in the village a week later; the sign-in has ended meanwhile.
    office.says("from django.contrib.sessions.models import Session; Session.objects.all().delete(); print(1)")
    office.open(back)
    phone.at(office_time(back) - slow)
    phone.context.set_offline(False)
    phone.page.goto("/rounds-today/")
    phone.ready()
    phone.page.get_by_role("link", name="登录").click()
    assert len(phone.states()) == ROUNDS, "nothing is lost by the sign-in"
    phone.page.locator("input[name=username]").fill("zhoudeshun")
    phone.page.locator("input[name=password]").fill(PASSWORD)
    phone.page.locator("form button[type=submit], form button.btn-q").first.click()
    phone.page.wait_for_url("**/rounds-today/**")

    # The office is killed in the middle of it, and opened again.
    until = time.monotonic() + 60
    while "done" not in (seen := set(phone.states().values())) and "photos" not in seen:
        assert time.monotonic() < until
        phone.page.wait_for_timeout(30)
    phone.page.wait_for_timeout(400)
    office.kill()
    phone.page.wait_for_timeout(500)
    office.open()
    until = time.monotonic() + 120 + ROUNDS
    while set(phone.states().values()) != {"done"}:
        assert time.monotonic() < until, phone.states()
        button = phone.page.get_by_role("button", name="现在送")
        if button.count():
            button.first.dispatch_event("click")
        phone.page.wait_for_timeout(500)
    uuids = set(phone.states())
    phone.page.get_by_text("都已送达").wait_for()
    assert phone.wrong == []
    phone.stop()

    (office.home / "uuids.json").write_text(json.dumps(sorted(uuids)))
    rows = office.says(
        "from django.conf import settings; from qingxi_office.patrols.actions import look_at_photos; look_at_photos(10000); "
        "from qingxi_office.readings.models import VisitRow; from qingxi_office.patrols.models import VisitPhoto; "
        "ours = json.loads((settings.HOME / 'uuids.json').read_text()); "
        "rows = list(VisitRow.objects.filter(uuid__in=ours).order_by('visited_at', 'counter')); "
        "print(json.dumps({'all': VisitRow.objects.count(), "
        "'photos': [p.state for p in VisitPhoto.objects.filter(visit__in=rows)], "
        "'rows': [[str(r.uuid), r.counter, r.visited_at.isoformat(), r.phone_at.isoformat(), r.clock_offset_s, r.flags, "
        "r.report] for r in rows]}))"
    )
    kept = rows["rows"]
    assert {row[0] for row in kept} == uuids
    assert rows["all"] == before + ROUNDS, "once each"
    assert [row[1] for row in kept] == list(range(1, ROUNDS + 1)), "in the order they were noted"
    for n, row in enumerate(kept):
        true = began + slow + n * step  # by the office's clock
        assert abs(datetime.fromisoformat(row[2]) - true) < timedelta(minutes=10)
        assert abs(datetime.fromisoformat(row[3]) - true + slow) < timedelta(minutes=10), (
            "the phone's own time stays"
        )
        assert abs(row[4] - 86400) < 120
        assert "clock_wrong" in row[5]
        assert "clock_moved" not in row[5]
    assert {n for n, row in enumerate(kept) if "same_photo" in row[5]} >= {ROUNDS // 2}
    assert {n for n, row in enumerate(kept) if row[6]} == {7}
    assert rows["photos"].count("looked") == ROUNDS, "every photograph is here and was looked at"


def test_a_station_on_the_phone_is_open_to_all(visit):
    """The page of a station in four dresses: nothing serious for axe, thumbs of 56 px, nothing runs out of 360 px."""
    page = visit("xuncha", width=390)
    page.goto("/rounds-today/")
    page.locator("a.p-line:visible").first.click()
    page.get_by_role("button", name="站上八样都正常").wait_for()
    page.get_by_role("button", name="不响").click()
    serious = []
    for theme, size, width in (
        ("light", "", 390),
        ("dark", "", 390),
        ("light", "elder", 390),
        ("dark", "elder", 360),
    ):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate(
            "([t, s]) => { const d = document.documentElement.dataset; d.bsTheme = t; if (s) d.qSize = s; else delete d.qSize; }",
            [theme, size],
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{theme} {size}"
        for found in Axe().run(page).response["violations"]:
            if found["impact"] in ("serious", "critical"):
                serious.append(f"{theme} {size}: {found['id']} {found['nodes'][0]['html'][:160]}")
    low = page.evaluate(
        "[...document.querySelectorAll('main button, main a, .p-shoot, summary, #p-meter')].filter((e) => e.offsetParent)"
        ".map((e) => [e.className, e.getBoundingClientRect().height]).filter(([, h]) => h < 56)"
    )
    assert serious == []
    assert low == []
