"""The villager's journey on a 390 px phone over a slow line, photos painted over before they leave, the door from a disk."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

# Simulated 3G: 400 kbit/s down, 400 kbit/s up, 400 ms each way there and back ("Slow 3G" of the browser's own tools).
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
MOST_BYTES = 250_000  # everything that the journey loads, the style sheets once
MOST_REQUESTS = 40


def picture(width: int = 3000, height: int = 4000) -> bytes:
    """A phone's photo: stripes, with a "face" (a red square) in the middle, and where it was taken."""
    image = Image.effect_noise((width // 4, height // 4), 60).convert("RGB").resize((width, height))
    image.paste((255, 0, 0), (width // 2 - 200, height // 2 - 200, width // 2 + 200, height // 2 + 200))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "ZQphone"
    image.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


def station(ask) -> str:
    return ask(
        "SELECT key FROM published_publication WHERE kind = 'station' AND superseded_at IS NULL AND data LIKE '%in_use%' ORDER BY key DESC LIMIT 1"
    )[0][0]


@pytest.fixture
def ask(home):
    import sqlite3

    base = sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True)
    yield lambda sql, *values: base.execute(sql, values).fetchall()
    base.close()


@pytest.fixture
def slow(visit):
    """A phone on a slow line; counts what goes over it."""
    page = visit(None, width=390)
    page.set_default_timeout(60_000)
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": False})
    line.send("Network.emulateNetworkConditions", SLOW)
    page.counted = {"bytes": 0, "requests": 0}

    def came(e: dict) -> None:
        if e["encodedDataLength"]:  # what the phone has already costs nothing
            page.counted["bytes"] += e["encodedDataLength"]
            page.counted["requests"] += 1

    line.on("Network.loadingFinished", came)
    return page


def painted(page, times: int = 1) -> None:
    """Paint over the middle of the photo as a finger does."""
    page.wait_for_selector(".q-blur:not([hidden]) canvas")
    page.locator(".q-blur canvas").scroll_into_view_if_needed()
    box = page.locator(".q-blur canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for _ in range(times):
        page.mouse.move(x - 30, y - 30)
        page.mouse.down()
        for dy in range(-30, 31, 10):
            for dx in range(-30, 31, 10):
                page.mouse.move(x + dx, y + dy)
        page.mouse.up()
    page.locator(f".q-blur[data-stored='{times}']").wait_for()


def test_journey_six_from_the_fence_to_not_solved(slow, ask, office_says):
    """Scan, look, report with a photo, follow the neighbour's, come back a week later, say: not solved. Prints the seconds."""
    code, page = station(ask), slow
    office_says(
        "from qingxi_office.published.queries import latest; from qingxi_office.intake import actions as a;"
        f" d = latest('station', '{code}').data;"
        " a.hand_in('昨天就又臭又响', address='10.1.1.1', facility=d['key'], facility_name=d['name'], village_code=d['village_code'])"
    )
    steps: dict[str, float] = {}
    at = time.monotonic()

    def step(name: str) -> None:
        nonlocal at
        now = time.monotonic()
        steps[name], at = round(now - at, 2), now

    page.goto(f"/s/{code}/", wait_until="load")
    for words in ("谁负责", "上次检查", "接了多少户"):
        assert page.get_by_text(words).count(), words
    step("扫码看站")
    page.get_by_role("link", name="我要反映").click()
    page.wait_for_load_state("load")
    assert page.get_by_text("最近已有人反映，是同一件事吗？").is_visible()
    step("点我要反映")
    page.locator("#text").fill("又臭又响")
    page.locator("#photo").set_input_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    painted(page)
    step("写、拍、涂")
    page.get_by_role("button", name="交上去").click()
    page.wait_for_url("**/r/*/")
    assert "收到了" in page.locator("h1").inner_text()
    own = page.url.rstrip("/").rpartition("/")[2]
    step("交上去，拿到码")
    page.goto(f"/s/{code}/report/", wait_until="load")
    page.get_by_role("button", name="一样").first.click()
    page.wait_for_url("**/r/*/")
    assert "另有 1 人关注" in page.locator("main").inner_text()
    step("跟着反映")
    office_says(
        f"from qingxi_office.intake.queries import by_code; from qingxi_office.intake import actions as a; a.note_answer(by_code('{own}'), '换了轴承')"
    )
    at = time.monotonic()
    page.goto(f"/r/{own}/", wait_until="load")
    assert page.locator(".q-two-photos img").count() == 1
    page.get_by_role("button", name="没有").click()
    page.wait_for_load_state("load")
    assert "乡镇" in page.locator("h1").inner_text()
    step("回来说没有解决")
    total = sum(steps.values())  # what the office does between is not the villager's time
    line = {"seconds": round(total, 1), "steps": steps, **page.counted}
    print("journey 6 on a slow line:", json.dumps(line, ensure_ascii=False))
    if out := os.environ.get("QINGXI_JOURNEY_6"):
        Path(out).write_text(json.dumps(line, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert page.counted["bytes"] < MOST_BYTES, line
    assert page.counted["requests"] < MOST_REQUESTS, line


def test_what_was_painted_over_never_leaves_the_phone(visit, ask, home):
    code = station(ask)
    page = visit(None, width=390)
    page.goto(f"/s/{code}/report/")
    page.locator("#text").fill("有人脸的照片")
    page.locator("#photo").set_input_files(
        {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": picture(1200, 1600)}
    )
    painted(page, 2)
    page.get_by_role("button", name="退一步").click()
    page.locator(".q-blur[data-stored='1']").wait_for()
    page.get_by_role("button", name="交上去").click()
    page.wait_for_url("**/r/*/")
    [(name,)] = ask("SELECT photo FROM intake_publicreport WHERE text = '有人脸的照片'")
    data = (home / "media" / name).read_bytes()
    assert b"ZQphone" not in data, "nothing that tells the phone"
    kept = Image.open(io.BytesIO(data)).convert("RGB")
    assert max(kept.size) <= 1280
    middle = kept.getpixel((kept.width // 2, kept.height // 2))
    # The strokes flow the red of the square and the grey round it into flat blocks: what is left is no face any more.
    blocks = {kept.getpixel((kept.width // 2 + d, kept.height // 2)) for d in range(-6, 7)}
    assert len({(r // 8, g // 8, b // 8) for r, g, b in blocks}) <= 3, (middle, blocks)


def test_without_a_script_a_report_goes_all_the_same(chromium, url, ask):
    context = chromium.new_context(
        java_script_enabled=False, base_url=url, viewport={"width": 390, "height": 844}, locale="zh-CN"
    )
    page = context.new_page()
    page.goto(f"/s/{station(ask)}/report/")
    page.locator("#text").fill("没有脚本也能说")
    page.wait_for_timeout(3200)  # who sends in under three seconds is looked at first
    page.get_by_role("button", name="交上去").click()
    page.wait_for_url("**/r/*/")
    assert "收到了" in page.locator("h1").inner_text()
    context.close()
    assert ask("SELECT held FROM intake_publicreport WHERE text = '没有脚本也能说'") == [("",)]


def test_the_door_opens_from_a_disk(chromium, office_says, tmp_path):
    """Plain files, no server, no network: pages, links, large letters without a script, and nothing for axe to say."""
    office_says(
        f"from qingxi_office.site.static_door import write_door; from pathlib import Path; write_door(Path('{tmp_path / 'door'}'))"
    )
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("request", lambda r: wrong.append(r.url) if r.url.startswith("http") else None)
    page.goto((tmp_path / "door" / "index.html").as_uri())
    before = page.locator("h1").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    page.get_by_text("大字").first.click()
    assert page.locator("h1").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") > before
    page.get_by_role("link", name="各村").first.click()
    page.locator("main .rw a").first.click()
    assert "谁负责" in page.locator("main").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for path in ("index.html", "map.html", "villages.html", "list.html", "help.html", "stations.html"):
        page.goto((tmp_path / "door" / path).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert page.evaluate("document.styleSheets.length") == 4, f"{path}: a style sheet did not load"
        serious = [
            v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")
        ]
        assert not serious, f"{path}: {serious}"
    context.close()
    assert not wrong, wrong
