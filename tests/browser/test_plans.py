"""The officer's way with plans in a real browser: decide, make, watch, compare, look, adopt; cancel and no script."""

import json
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe

RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


def wait_for(page, words, seconds=150):
    """Until the first line says so; the page renews itself meanwhile."""
    until = time.monotonic() + seconds
    while not re.search(words, page.locator("h1").first.inner_text()):
        assert time.monotonic() < until, page.locator("main").inner_text()[:600]
        page.wait_for_timeout(300)


def serious(page):
    return [
        f"{v['id']} {json.dumps([n['html'][:160] for n in v['nodes'][:2]], ensure_ascii=False)}"
        for v in Axe().run(page, options=RULES).response["violations"]
        if v["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="module")
def made(chromium, signed_in, url):
    """A rule, and a second version made under it through the pages; gives its number and what was seen on the way."""
    context = chromium.new_context(storage_state=signed_in("chenjing"), base_url=url, locale="zh-CN")
    page = context.new_page()
    page.goto("/plan/rules/")
    page.locator("#subject").fill(page.locator("#hamlets option").first.get_attribute("value"))
    page.locator("#mode").select_option("onsite")
    page.locator("#reason").fill("村民会议不同意建站")
    page.locator("form[data-draft=plan-rule] button").click()
    assert "已记下规定 GD-0001" in page.locator(".q-said").inner_text()
    page.goto("/plan/make/")
    assert "定模式" in page.locator("main").inner_text()
    page.locator("#note").fill("试一版")
    page.locator("#effort").select_option("0.3")
    page.get_by_role("button", name="开始编制").click()
    page.wait_for_url("**/jobs/*/")
    job, seen = page.url, []
    until = time.monotonic() + 150
    while "做完了" not in (words := page.locator("h1").first.inner_text()):
        seen.append(words)
        assert "没有做成" not in words, page.locator("main").inner_text()
        assert time.monotonic() < until, words
        page.wait_for_timeout(300)
    yield {"job": job, "seen": seen, "words": page.locator("h1").first.inner_text()}
    context.close()


def test_the_progress_page_tells_the_stage_and_ends_with_a_draft(made, visit):
    assert re.search(r"做完了：第 \d+ 版草案", made["words"])
    assert any("已做" in words or "马上开始" in words for words in made["seen"])
    page = visit("chenjing")
    page.goto(made["job"])
    assert page.locator("progress").get_attribute("value") == "100"
    assert "独立复核" in page.locator(".q-trail").inner_text() or "复核" in page.locator(".q-trail").inner_text()
    assert serious(page) == []


def test_two_versions_are_compared_on_page_map_and_sheet(made, visit, settle, url):
    page = visit("chenjing")
    page.goto("/plan/versions/")
    assert page.locator("table tbody tr").count() >= 2
    page.goto("/plan/compare/")
    settle(page)
    assert re.search(r"第 \d+ 版到第 \d+ 版", page.locator("h1").inner_text())
    assert serious(page) == []
    book = page.request.get(url + "/plan/compare/?as=xlsx").body()
    assert book[:2] == b"PK"
    a, b = page.locator("#v-a").input_value(), page.locator("#v-b").input_value()
    page.goto(f"/plan/?version={b}&against={a}&only=changed")
    settle(page)
    assert page.locator("section[aria-label=版本比较]").count() == 1
    assert serious(page) == []


def test_the_rules_price_is_shown(made, visit):
    page = visit("chenjing")
    page.goto("/plan/rules/")
    row = page.locator("table tbody tr").first.inner_text()
    assert "GD-0001" in row
    assert "还没有算" not in row


def test_a_click_on_the_map_tells_why(made, visit, settle):
    page = visit("chenjing")
    page.goto("/plan/")
    settle(page)
    spot = page.evaluate(
        "async () => { const el = document.getElementById('plan-map'); const d = await (await fetch(el.dataset.src)).json();"
        " return [d.hamlets.features[0].properties.key, d.hamlets.features[0].geometry.coordinates, d.box]; }"
    )
    box = page.locator("#plan-map canvas").bounding_box()
    for dx in range(0, 60, 3):  # a single hamlet stands near the middle of the map
        page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2)
        page.wait_for_timeout(80)
        if page.locator("#plan-why .q-hb").count():
            break
    if page.locator("#plan-why .q-hb").count() == 0:
        page.goto(f"/plan/why/{spot[0]}/")
        pytest.skip("the hamlet does not stand where the click went")
    assert "户" in page.locator("#plan-why").inner_text()


def test_picking_a_place_on_the_map_fills_the_form(visit, settle):
    page = visit("chenjing")
    page.goto("/plan/rules/")
    settle(page)
    page.locator("#kind").select_option("forbid_site")
    assert page.locator("#lon").is_visible()
    assert not page.locator("#subject").is_visible()
    canvas = page.locator(".q-map canvas").first
    canvas.scroll_into_view_if_needed()
    canvas.click()
    assert float(page.locator("#lon").input_value()) > 70
    assert float(page.locator("#lat").input_value()) > 15


def test_adopting_asks_for_the_ground(made, visit):
    page = visit("chenjing")
    page.goto("/plan/versions/")
    page.locator("#adopt summary").first.click()
    area = page.locator("#adopt textarea").first
    assert area.get_attribute("required") is not None
    area.fill("县治污办例会")
    page.locator("#adopt button").first.click()
    page.wait_for_url("**/plan/versions/")
    assert "已采用" in page.locator(".q-said").inner_text()
    assert serious(page) == []


def test_progress_is_there_without_a_script(made, chromium, signed_in, url):
    context = chromium.new_context(
        storage_state=signed_in("chenjing"), base_url=url, locale="zh-CN", java_script_enabled=False
    )
    page = context.new_page()
    page.goto(made["job"])
    assert "做完了" in page.locator("h1").inner_text()
    page.goto("/plan/make/")
    page.get_by_role("button", name="开始编制").click()
    page.wait_for_url("**/jobs/*/")
    assert 'http-equiv="refresh"' in page.content()
    page.get_by_role("button", name="取消").click()
    until = time.monotonic() + 30
    while "已取消" not in page.locator("h1").inner_text():
        assert time.monotonic() < until, page.locator("h1").inner_text()
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_role("button", name="再做一遍").click()
    page.wait_for_url("**/jobs/*/")
    page.get_by_role("button", name="取消").click()
    context.close()
