"""Journey 2 in a real browser: the clerk's own form, two red cells in the same file, explained, handed in, taken in."""

import io
import json
import re
import time
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe

RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0)), held = new DataTransfer();
  held.items.add(new File([bytes], name));
  const form = document.querySelector('[data-drop]');
  for (const kind of ['dragenter', 'dragover', 'drop']) form.dispatchEvent(new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
}"""


def serious(page):
    return [
        f"{v['id']} {json.dumps([n['html'][:160] for n in v['nodes'][:2]], ensure_ascii=False)}"
        for v in Axe().run(page, options=RULES).response["violations"]
        if v["impact"] in ("serious", "critical")
    ]


def wait_for(page, words, seconds=60):
    until = time.monotonic() + seconds
    while not re.search(words, page.locator("h1").first.inner_text()):
        assert time.monotonic() < until, page.locator("main").inner_text()[:600]
        page.wait_for_timeout(300)


def columns(sheet):
    said = {}
    for c in range(1, sheet.max_column + 1):
        word = sheet.cell(4, c).value or sheet.cell(3, c).value
        if word:
            said[word.partition("（")[0]] = c
    return said


def taken(page, press):
    with page.expect_download() as held:
        press()
    return openpyxl.load_workbook(io.BytesIO(Path(held.value.path()).read_bytes()))


def drop(page, name, book):
    """Drag a workbook onto the page, as with the mouse."""
    import base64

    held = io.BytesIO()
    book.save(held)
    before = page.url
    page.evaluate(DROP, [name, base64.b64encode(held.getvalue()).decode()])
    page.wait_for_url(lambda url: url != before and "/loads/sheets/" in url)


@pytest.fixture
def clerk(office_says):
    """The sign-in of a township's clerk whose township has villages, one with households connected."""
    said = office_says(
        "from qingxi_office.people.models import User; from qingxi_office.villages.models import VillageRecord; "
        "codes = VillageRecord.objects.filter(households_connected__gt=5).values_list('place__code', flat=True); "
        "print(next(u.username for u in User.objects.filter(role='township_clerk') if any(c.startswith(u.scope.code) for c in codes)))"
    )
    return said.strip().splitlines()[-1]


def test_two_red_cells_in_the_same_file(visit, clerk, settle):
    page = visit(clerk)
    page.goto("/loads/")
    settle(page)
    assert serious(page) == []
    page.goto("/loads/forms/")
    settle(page)
    assert serious(page) == []
    book = taken(page, lambda: page.locator("a[href='/loads/forms/villages/']").click())
    sheet = book.worksheets[0]
    at = columns(sheet)
    row = next(r for r in range(5, sheet.max_row + 1) if (sheet.cell(r, at["接户数"]).value or 0) > 5)
    was = sheet.cell(row, at["接户数"]).value
    sheet.cell(row, at["户数"]).value = "很多"
    sheet.cell(row, at["接户数"]).value = was - 2
    page.goto("/loads/")
    drop(page, "月报.xlsx", book)
    wait_for(page, "1 行有红格要改")
    settle(page)
    assert serious(page) == []
    assert "应为数字" in page.locator("main").inner_text()
    red = taken(page, lambda: page.get_by_text("取回标红的原表").click())
    sheet = red.worksheets[0]
    assert sheet.cell(row, at["户数"]).fill.fgColor.rgb == "FFFFC7CE"
    sheet.cell(row, at["户数"]).value = was + 100
    drop(page, "月报.xlsx", red)
    wait_for(page, "1 行有红格要改")
    assert "接户数比上次少 2 户，请说明" in page.locator("main").inner_text()
    red = taken(page, lambda: page.get_by_text("取回标红的原表").click())
    sheet = red.worksheets[0]
    sheet.cell(row, columns(sheet)["红格说明"]).value = "两户搬走"
    drop(page, "月报.xlsx", red)
    wait_for(page, "完整：1 行可以收")
    # By keyboard alone: hand it in.
    button = page.get_by_role("button", name="提交县审")
    button.focus()
    page.keyboard.press("Enter")
    wait_for(page, "已提交，待县审")
    address = page.url
    county = visit("chenjing")
    county.goto("/loads/")
    assert "乡镇交来" in county.locator("h1").inner_text()
    county.goto(address)
    county.get_by_role("link", name="有改动").click()
    settle(county)
    assert serious(county) == []
    county.get_by_role("button", name="收下").click()
    wait_for(county, "已收下：新增 0 行，改动 1 行")
    page.goto(address)
    wait_for(page, "已收下")
