"""A silent fan of class 一般 closes on the day it is mended: three taps of the township's clerk on a 390 px phone."""

import sqlite3
from datetime import date

import pytest
from test_journeys import png


@pytest.fixture
def books(home):
    """Read the books beside the browser."""
    base = sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True)
    yield lambda sql, *values: base.execute(sql, values).fetchall()
    base.close()


@pytest.fixture
def taps():
    """Counts what the thumb does."""

    class Taps:
        n = 0

        def on(self, target):
            target.tap()
            self.n += 1

    return Taps()


def test_photo_reading_close(visit, books, taps, chromium, signed_in, url):
    # a station of a township that has a clerk, run by a firm
    user, key = books(
        "SELECT u.username, f.key FROM people_user u JOIN places_place t ON t.id = u.scope_id"
        " JOIN places_place v ON v.parent_id = t.id JOIN facilities_facilityrecord f ON f.place_id = v.id"
        " JOIN places_unit o ON o.id = f.operator_unit_id AND o.level = '村'"
        " WHERE u.role = 'township_clerk' AND u.unit_id IS NOT NULL AND f.status = 'in_use' ORDER BY f.key LIMIT 1"
    )[0]
    officer = visit("chenjing")
    officer.goto(f"/issues/new/?facility={key}")
    officer.fill("#title", "风机不响")
    officer.get_by_role("button", name="交办").click()
    officer.wait_for_url("**/issues/WT-**")
    number = officer.url.rstrip("/").rpartition("/")[2]

    phone = chromium.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        storage_state=signed_in(user),
        base_url=url,
        locale="zh-CN",
    )
    page = phone.new_page()
    page.goto(f"/issues/{number}/")
    spot = page.locator("form.q-spot")
    assert spot.bounding_box()["width"] <= 390
    for button in spot.locator(".btn").all():
        assert button.bounding_box()["height"] >= 44  # for a thumb
    with page.expect_file_chooser() as camera:
        taps.on(spot.locator("label[for=spot-photo]"))
    camera.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": png(90)})
    live = spot.locator("label:has(input[type=radio])")
    if live.count():  # the station itself has said that it runs again
        taps.on(live.first)
    else:
        taps.on(spot.locator("[name=reading_own]"))
        page.keyboard.type("3.2 A")
    taps.on(spot.locator("button"))
    page.wait_for_url(f"**/issues/{number}/**")
    assert "已办" in page.locator("main .q-said").inner_text()
    assert taps.n == 3
    [(state, is_open, closed, assigned)] = books(
        "SELECT state, is_open, closed_on, assigned_on FROM issues_issuerecord WHERE key = ?", number
    )
    assert (state, is_open) == ("销号备案", 0)
    assert date.fromisoformat(closed) == date.fromisoformat(assigned)  # the same day
    phone.close()
