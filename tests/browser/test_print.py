"""What stands on a page stands on paper: lists scroll on the screen, and lose no row and no column on A4."""

import pytest

ACROSS = 1017  # px of CSS between the margins of A4 on its side

LISTS = ("/findings/", "/bills/", "/labs/", "/labs/samples/", "/facilities/", "/rounds-sent/", "/devices/")


@pytest.mark.parametrize("address", [*LISTS, "a day's packets"])
def test_a_list_on_paper_has_all_its_rows_and_columns(address, visit, settle, shots, url):
    page = visit("chenjing", ACROSS)
    if address == "a day's packets":
        device = shots.first(page, url, "/devices/", r"^/devices/(?!lasting/)[^/?]+/$")
        address = shots.first(page, url, device, r"/packets/")
    page.goto(address)
    settle(page)
    page.emulate_media(media="print")
    box = page.locator(".q-wrap.q-tall").first
    hidden = box.evaluate(
        "e => [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight, getComputedStyle(e).overflowY, e.tabIndex]"
    )
    assert hidden[0] <= 1, f"{hidden[0]} px of columns lie beyond the paper"
    assert hidden[1] <= 1, f"{hidden[1]} px of rows lie beyond the box"
    assert hidden[2] == "visible"
    assert not page.is_visible(".q-cols")
