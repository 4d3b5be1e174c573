"""The page of a facility on three years of 15-minute readings, in a real Chromium: first paint, and zooming to minutes.

    .venv/bin/python benchmarks/facility_page.py [--years 3] [--home FOLDER [--filled]] [--json]

A demo hamlet is served as people get it; the readings of one facility (8 quantities, every 15 minutes) are written with the
store's own writer and moved into history by its nightly round. ``first_paint_ms`` is the browser's own first contentful
paint, ``drawn_ms`` the moment the chart stands, both from the request of the page. Then the window narrows in 60 steps from
three years to half an hour, finer pieces being fetched beside. ``work_ms`` is the page's own work for a step, from the
step asked for to the canvas drawn; ``main_thread_ms_a_step`` is everything the page's main thread did in that time, answers
read and layout among it, shared out over the steps. ``frame_ms`` are the times between frames: without a graphics card the
browser paints and puts pages together in software beside the main thread, so they say as much of the machine as of the page.
"""

import argparse
import importlib.util
import math
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from one_run import ROOT, here, written

MN = "99990199000001"
QUANTITIES = ("flow", "energy", "cod", "nh3n", "tp", "tn", "ph", "water_temp")


def fill(home: Path, facility: str, years: float, last: datetime) -> int:
    """Write the readings of a facility and move all but the last day into history; gives the number of packets."""
    from qingxi.store import HotStore, compact_before
    from qingxi.wire import Device, Received
    from qingxi.wire.hj212 import Message, Parser, encode, upload

    store = HotStore(home / "store.sqlite3")
    store.register({MN: Device(mn=MN, password="", facility=facility, point="effluent", every_min=15)})
    count, parser = int(years * 365.25 * 96), Parser()
    first = last - timedelta(minutes=15 * count)
    for n in range(count):
        at = first + timedelta(minutes=15 * n)
        day = math.sin(2 * math.pi * n / 96) ** 2 * (1 + 0.3 * math.sin(2 * math.pi * n / 35064))
        said = {
            "flow": 12 + 30 * day, "energy": 8 + 10 * day, "cod": 35 + n % 17, "nh3n": 4 + n % 7 / 5, "tp": 0.8, "tn": 15,
            "ph": 7.1, "water_temp": 16 + 8 * math.sin(2 * math.pi * n / 35064),
        }  # fmt: skip
        values = {code: {"Rtd": f"{said[code]:.2f}", "Flag": "N"} for code in QUANTITIES}
        raw = encode(upload("2011", mn=MN, pw="", at=at, values=values))
        parser.feed(raw)
        parser.settle()
        message = parser.next_event()
        assert isinstance(message, Message)
        received = Received(raw, "127.0.0.1:1", int(at.timestamp() * 1000) + 900)
        store.keep_raw(received)
        store.put(message, received)
        if n % 2000 == 1999:
            store.commit()
    store.commit()
    store.close()
    compact_before(home / "store.sqlite3", last.date(), int(last.timestamp() * 1000))
    return count


def served(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "import sys; from qingxi.cli import main; sys.exit(main())"
    server = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--home", str(home), "--port", str(port), "--workers", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=2).read()
            return server, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the office did not come up")


ZOOM = """async () => {
  const el = document.querySelector('.q-chart.axis'), frames = [], work = []; let [lo, hi] = el.qx.window(); const end = hi, all = hi - lo;
  let before = performance.now();
  for (let k = 1; k <= 60; k++) {
    const span = all * Math.pow((0.5 / 24) / all, k / 60), at = end - 40.3;
    const asked = performance.now();
    el.qx.zoom(at - span / 2, at + span / 2);
    const told = performance.now() - asked;
    await new Promise(requestAnimationFrame);
    const now = performance.now(); frames.push(now - before); before = now;
    work.push(told + el.qx.work);
  }
  await new Promise(r => setTimeout(r, 600));
  while (el.getAttribute('aria-busy')) await new Promise(r => setTimeout(r, 30));
  return {frames, work, level: el.dataset.level, window: el.qx.window(), settled: performance.now() - before};
}"""
PAINT = """() => ({fcp: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  drawn: document.querySelector('.q-chart.axis')?.dataset.at ?? null})"""


def looked(url: str, facility: str, rounds: int) -> dict[str, Any]:
    """Open the page some times and zoom; medians of the rounds, worst frame of all."""
    spec = importlib.util.spec_from_file_location("shots", ROOT / "tools" / "shots.py")
    assert spec is not None
    assert spec.loader is not None
    shots = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shots)
    found: dict[str, list[float]] = {"first_paint_ms": [], "drawn_ms": [], "frame_ms": [], "work_ms": []}
    level, thread_s = "", 0.0
    with shots.browser() as chromium:
        page = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
        page.goto(url + "/sign-in/")
        page.fill("input[name=username]", "chenjing")
        page.fill("input[name=password]", "qingxi-demo")
        page.press("input[name=password]", "Enter")
        page.wait_for_load_state()
        page.add_init_script(
            "new MutationObserver(() => { const el = document.querySelector('.q-chart.axis[data-drawn]');"
            " if (el && !el.dataset.at) el.dataset.at = performance.now(); })"
            ".observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-drawn']})"
        )
        for _ in range(rounds):
            page.goto(f"{url}/facilities/{facility}/?weeks=all")
            page.wait_for_selector(".q-chart.axis[data-at]")
            paint = page.evaluate(PAINT)
            if paint["fcp"] is not None:  # a page that came from the browser's own cache may have no entry
                found["first_paint_ms"].append(paint["fcp"])
            found["drawn_ms"].append(float(paint["drawn"]))
            page.wait_for_timeout(2000)
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable")
            before = _thread_s(session)
            said = page.evaluate(ZOOM)
            thread_s += _thread_s(session) - before
            found["frame_ms"] += said["frames"]
            found["work_ms"] += said["work"]
            level = said["level"]
    frames, work = sorted(found["frame_ms"]), sorted(found["work_ms"])
    return {
        "first_paint_ms": round(sorted(found["first_paint_ms"])[len(found["first_paint_ms"]) // 2]),
        "drawn_ms": round(sorted(found["drawn_ms"])[rounds // 2]),
        "work_median_ms": round(work[len(work) // 2], 1),
        "work_p95_ms": round(work[int(len(work) * 0.95)], 1),
        "work_worst_ms": round(work[-1], 1),
        "main_thread_ms_a_step": round(1000 * thread_s / len(work), 1),
        "frame_median_ms": round(frames[len(frames) // 2], 1),
        "frame_p95_ms": round(frames[int(len(frames) * 0.95)], 1),
        "frame_worst_ms": round(frames[-1], 1),
        "level_at_the_end": level,
    }


def _thread_s(session: Any) -> float:
    """Seconds the page's main thread has worked so far."""
    told = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}
    return float(told["TaskDuration"])


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--years", type=float, default=3.0)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--home", type=Path, help="a demo home to fill (default: a hamlet made for this)")
    words.add_argument("--filled", action="store_true", help="the home was filled by an earlier run")
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = args.home or Path(scratch)
        if args.home is None:
            code = "import sys; from qingxi.cli import main; sys.exit(main())"
            subprocess.run(
                [sys.executable, "-c", code, "demo", "--size", "hamlet", "--home", str(root)], check=True, stdout=subprocess.DEVNULL
            )  # fmt: skip
        home = root / "office"
        import sqlite3

        with sqlite3.connect(home / "office.sqlite3") as db:
            (facility,) = db.execute("SELECT key FROM facilities_facilityrecord ORDER BY key LIMIT 1").fetchone()
            db.execute(
                "UPDATE facilities_facilityrecord SET commissioned = '2023-01-01' WHERE key = ?", (facility,)
            )
        begin = time.perf_counter()
        packets = int(args.years * 365.25 * 96)
        if not args.filled:
            packets = fill(home, facility, args.years, datetime(2026, 11, 22, 8, tzinfo=UTC))
        filled = time.perf_counter() - begin
        # The round of the hour, over all days at once.
        work = (
            "import django; django.setup(); from pathlib import Path; from qingxi_office.trail.actions import Office;"
            f" from qingxi_office.readings.actions import take_in_store; take_in_store(Path({str(home / 'store.sqlite3')!r}), by=Office('x'))"
        )
        env = os.environ | {"QINGXI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "qingxi_office.site.settings"}
        if not args.filled:
            subprocess.run([sys.executable, "-c", work], check=True, env=env)
        server, url = served(home)
        try:
            found = looked(url, facility, args.rounds)
        finally:
            server.terminate()
            server.wait(20)
    return written(
        "facility_page",
        here()
        | {
            "packets": packets,
            "readings": packets * len(QUANTITIES),
            "load": round(os.getloadavg()[0], 1),
            **({} if args.filled else {"filled_s": round(filled, 1)}),
            **found,
        },
        args.json,
    )


if __name__ == "__main__":
    sys.exit(main())
