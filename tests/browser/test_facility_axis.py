"""The facility's one time axis: it zooms from years to minutes by wheel, fingers, keys and buttons, without waiting for anything."""

import sqlite3

import pytest


@pytest.fixture
def station(home):
    with sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True) as db:
        found = db.execute(
            "SELECT f.key FROM facilities_facilityrecord f JOIN readings_dailyrow d ON d.facility_id = f.id"
            " WHERE d.source = 'hj212' GROUP BY f.key ORDER BY count(*) DESC LIMIT 1"
        ).fetchall()
    if not found:
        pytest.skip("no device spoke in this demo")
    return found[0][0]


def shown(page):
    return page.evaluate("document.querySelector('.q-chart.axis').qx.window()")


def wide(page):
    lo, hi = shown(page)
    return hi - lo


def settled(page):
    for _ in range(100):
        page.wait_for_timeout(250)
        if page.locator(".q-chart.axis").get_attribute("aria-busy") is None:
            return
    raise AssertionError("finer pieces did not come")


def opened(page, station, weeks):
    page.goto(f"/facilities/{station}/?weeks={weeks}")
    page.wait_for_selector(".q-chart.axis[data-drawn]")


def test_zooms_from_years_to_packets_and_fetches_finer_pieces(visit, station):
    page = visit("chenjing")
    asked = []
    page.on("response", lambda r: asked.append(r.status) if ".json" in r.url else None)
    page.route("**/series.json*", lambda route: route.abort())  # the first look is in the page itself
    opened(page, station, "13")
    page.unroute("**/series.json*")
    assert 90 <= wide(page) <= 93
    page.locator("[data-weeks='']").click()
    settled(page)
    assert shown(page)[0] == 0
    assert page.url.endswith("weeks=all")
    page.locator("[data-weeks='4']").click()
    settled(page)
    assert 27 <= wide(page) <= 30
    axis = page.locator(".q-chart.axis")
    axis.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    for _ in range(7):
        page.keyboard.press("+")
    settled(page)
    lo, hi = shown(page)
    assert hi - lo < 0.5  # hours
    assert axis.get_attribute("data-level") == "packets"
    assert asked
    assert set(asked) == {200}
    page.keyboard.press("ArrowLeft")
    assert ":" in page.locator("[data-readout]").inner_text()  # a moment, no more a day
    page.keyboard.press("Home")
    settled(page)
    assert shown(page)[0] == 0
    before = wide(page)
    page.locator("[data-zoom='0.5']").click()
    settled(page)
    assert wide(page) == pytest.approx(before / 2)


def test_an_hour_ends_at_the_newest_reading_and_each_packet_is_told(visit, station):
    page = visit("chenjing")
    opened(page, station, "hour")
    settled(page)
    assert wide(page) == pytest.approx(1 / 24, rel=0.1)
    summary = page.locator("[data-seen] summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-seen] tbody tr")
    packets = page.evaluate(
        "document.querySelector('.q-chart.axis').qx.view.levels.cover('flow', ...document.querySelector('.q-chart.axis').qx.window(), 3)[0][0].dots.length"
    )
    assert packets > 0
    assert page.locator("[data-seen] tbody tr").count() >= 1
    # A row a packet, to the second, with the mark the device gave it.
    assert page.locator("[data-seen] tbody th").first.inner_text().count(":") == 2
    assert "标记 N" in page.locator("[data-seen] tbody").inner_text()
    # From there to the very bytes.
    link = page.locator("[data-seen] tbody th a").first
    at = link.inner_text()[-8:]
    link.click()
    page.wait_for_selector("#raw pre")
    assert page.url.endswith("#raw")
    assert at in page.locator("#raw .end").first.inner_text()
    assert "CP=&&DataTime=" in page.locator("#raw pre").first.inner_text()


def test_wheel_drag_and_two_fingers(visit, station):
    page = visit("chenjing")
    opened(page, station, "13")
    settled(page)
    box = page.locator(".q-chart.axis canvas").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + 200)
    page.mouse.move(*middle)
    before = wide(page)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    page.wait_for_timeout(200)
    assert wide(page) < before * 0.8
    lo, width = shown(page)[0], wide(page)
    page.mouse.down()
    page.mouse.move(middle[0] + 80, middle[1], steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    assert shown(page)[0] < lo  # drawn to the right: what lies before comes into sight
    assert wide(page) == pytest.approx(width)
    # Two fingers move apart from 100 px to 200 px: what is seen becomes half as long.
    page.evaluate(
        """([x, y]) => { const c = document.querySelector('.q-chart.axis canvas'), r = c.getBoundingClientRect();
          c.setPointerCapture = () => {};
          const go = (kind, id, dx) => c.dispatchEvent(new PointerEvent(kind, {pointerId: id, pointerType: 'touch', clientX: x + dx, clientY: r.top + 200, bubbles: true, button: 0}));
          go('pointerdown', 11, -50); go('pointerdown', 12, 50); go('pointermove', 11, -100); go('pointermove', 12, 100); go('pointerup', 11, -100); go('pointerup', 12, 100); }""",
        middle,
    )
    assert wide(page) == pytest.approx(width / 2, rel=0.02)
    # A plain wheel scrolls the page and leaves the axis alone.
    width = wide(page)
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(200)
    assert wide(page) == pytest.approx(width)


def test_without_network_the_first_look_stays_and_a_zoom_is_drawn_at_once(visit, station, settle):
    page = visit("chenjing")
    opened(page, station, "13")
    settle(page)  # the chart of bills, further down, fetches its own script
    page.context.set_offline(True)
    page.locator("[data-weeks='4']").click()
    settled(page)
    pieces = page.evaluate("document.querySelector('.q-chart.axis').qx.view.levels.base.flow.n")
    page.context.set_offline(False)
    assert pieces > 0
    # A step of a zoom is drawn in the very next frame, whatever is still on its way.
    drawn = page.evaluate(
        """async () => { const el = document.querySelector('.q-chart.axis'); el.qx.work = 0; const [lo, hi] = el.qx.window();
          el.qx.zoom(lo, (lo + hi) / 2); await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame); return el.qx.work; }"""
    )
    assert drawn > 0


def test_another_quality_of_the_water_is_looked_at_in_the_same_window(visit, station):
    page = visit("chenjing")
    opened(page, station, "13")
    assert page.locator("[data-quality].on").inner_text() == "COD"
    page.locator("[data-weeks='52']").click()
    page.locator("[data-quality='nh3n']").click()
    page.wait_for_url("**quality=nh3n*")
    page.wait_for_selector(".q-chart.axis[data-drawn]")
    assert page.locator("[data-quality].on").inner_text() == "氨氮"
    assert 362 <= wide(page) <= 366
    panel = page.evaluate("document.querySelector('.q-chart.axis').qx.view.panels.find((p) => p.id === 'quality')")
    assert (panel["a"], panel["b"]) == ("氨氮", "mg/L")
    settled(page)
    page.locator(".q-chart.axis").focus()
    page.keyboard.press("ArrowLeft")
    assert "氨氮" in page.locator("[data-readout]").inner_text()


def test_a_chart_whose_script_the_network_lost_comes_when_it_is_back(visit, station, settle):
    page = visit("chenjing")
    page.route("**/charts*.js", lambda route: route.abort())
    opened(page, station, "13")
    page.wait_for_timeout(1500)
    assert page.locator(".q-chart.bill[data-drawn]").count() == 0
    page.unroute("**/charts*.js")
    page.context.set_offline(True)
    page.context.set_offline(False)
    settle(page)
    assert page.locator(".q-chart.bill[data-drawn]").count() == 1
