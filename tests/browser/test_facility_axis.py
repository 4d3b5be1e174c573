"""The facility's one time axis: it zooms from years to minutes, by keyboard and by buttons, and fetches what is looked at."""

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


def settled(page):
    for _ in range(100):
        page.wait_for_timeout(250)
        if page.locator(".q-chart.axis").get_attribute("aria-busy") is None:
            return
    raise AssertionError("finer pieces did not come")


def test_zooms_from_years_to_minutes_and_fetches_finer_pieces(visit, station):
    page = visit("chenjing")
    asked = []
    page.on("response", lambda r: asked.append(r.status) if "series.json" in r.url else None)
    page.route("**/series.json*", lambda route: route.abort())  # the first look is in the page itself
    page.goto(f"/facilities/{station}/?weeks=13")
    page.wait_for_selector(".q-chart.axis[data-drawn]")
    page.unroute("**/series.json*")
    lo, hi = shown(page)
    assert 90 <= hi - lo <= 93
    page.locator("[data-weeks='']").click()
    settled(page)
    assert shown(page)[0] == 0
    assert page.url.endswith("weeks=all")
    page.locator("[data-weeks='4']").click()
    settled(page)
    assert 27 <= shown(page)[1] - shown(page)[0] <= 30
    axis = page.locator(".q-chart.axis")
    axis.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    for _ in range(7):
        page.keyboard.press("+")
    settled(page)
    lo, hi = shown(page)
    assert hi - lo < 0.5  # hours
    assert axis.get_attribute("data-level") == "raw"
    assert asked
    assert set(asked) == {200}
    page.keyboard.press("ArrowLeft")
    assert ":" in page.locator("[data-readout]").inner_text()  # a moment, no more a day
    page.keyboard.press("0")
    settled(page)
    assert shown(page)[0] == 0
    page.locator("[data-zoom='0.5']").click()
    settled(page)
    assert shown(page)[1] - shown(page)[0] < hi - lo + 4000


def test_without_network_the_first_look_stays(visit, station):
    page = visit("chenjing")
    page.goto(f"/facilities/{station}/")
    page.wait_for_selector(".q-chart.axis[data-drawn]")
    page.context.set_offline(True)
    page.locator("[data-weeks='4']").click()
    settled(page)
    drawn = page.evaluate(
        "document.querySelector('.q-chart.axis').qx.chart.getOption().series.find(s => s.id === 'flow')?.data.length"
    )
    page.context.set_offline(False)
    assert drawn is None or drawn > 0
