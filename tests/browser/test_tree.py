"""The tree, duties and people in a real browser: open to all in every dress, opened by keyboard, handed over, invited."""

import json

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from test_pages import DRESS_RULES, DRESSES, RULES

# TOWN stands for the code of the county's first township.
PAGES = (
    "/tree/", "/tree/?q=x", "/tree/TOWN/", "/duties/", "/duties/?view=gaps", "/duties/?view=standard", "/duties/pairs/",
    "/duties/hand-over/", "/people/", "/people/by/zhouwei/", "/units/1/", "/join/spent/",
)  # fmt: skip


@pytest.fixture
def town(visit, settle):
    """The first township, as (code, name)."""
    page = visit("chenjing")
    page.goto("/tree/")
    settle(page)
    link = page.locator(".q-branch a").first
    return link.get_attribute("href").strip("/").rpartition("/")[2], link.inner_text()


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_whole_and_open_to_all(address, visit, settle, town):
    page = visit("chenjing")
    page.goto(address.replace("TOWN", town[0]))
    settle(page)
    for summary in page.locator("main details:not(.q-chip-menu) > summary").all()[:12]:
        summary.evaluate("e => { e.parentElement.open = true; }")
    serious = []
    for theme, size, width in (DRESSES[0], DRESSES[3]):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(
            "([theme, size]) => { const d = document.documentElement.dataset; d.bsTheme = theme;"
            " if (size) d.qSize = size; else delete d.qSize; }",
            [theme, size],
        )
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is {wide} px too wide at {width} px, {theme} {size}"
        options = RULES if (theme, size, width) == DRESSES[0] else DRESS_RULES
        for found in Axe().run(page, options=options).response["violations"]:
            if found["impact"] in ("serious", "critical"):
                nodes = [node["html"][:160] + " | " + node["failureSummary"][:200] for node in found["nodes"][:3]]
                serious.append(f"{theme} {size} {width}: {found['id']} {json.dumps(nodes, ensure_ascii=False)}")
    assert not serious, "\n".join(serious)


def test_the_tree_opens_step_by_step_by_keyboard(visit, settle):
    page = visit("chenjing")
    page.goto("/tree/")
    settle(page)
    first = page.locator("button.q-twist").first
    first.focus()
    page.keyboard.press("Enter")
    page.locator(".q-below .q-branch").first.wait_for()
    assert first.get_attribute("aria-expanded") == "true"
    inner = page.locator(".q-below button.q-twist").first
    inner.focus()
    page.keyboard.press("Enter")
    page.locator(".q-below .q-below .q-branch a").first.wait_for()
    first.focus()
    page.keyboard.press("Space")
    assert not page.locator(".q-below .q-branch").first.is_visible()
    page.keyboard.press("Space")
    page.locator(".q-below .q-branch a").first.click()
    assert page.locator("h1.q-answer").is_visible()
    assert "/tree/9999" in page.url


def test_a_village_is_handed_over_by_its_sheet(visit, settle, tmp_path):
    """An officer takes the sheet, writes one new name, sees who leaves and who comes, and carries it out."""
    page = visit("chenjing")
    page.goto("/duties/hand-over/")
    with page.expect_download() as taken:
        page.locator("a[href*='as=xlsx']").click()
    path = tmp_path / "交接表.xlsx"
    taken.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    head = {cell.value: cell.column for cell in sheet[3]}
    sheet.cell(4, head["新任姓名"], "新当选")
    old = sheet.cell(4, head["现任"]).value
    book.save(path)
    page.locator("#hf").set_input_files(path)
    page.locator("form[enctype] button").click()
    assert "1 个岗位要变" in page.locator("h1.q-answer").inner_text()
    assert old in page.locator("main").inner_text()
    page.locator("#doc").fill("溪镇发〔2026〕9号")
    page.locator("form:has(#doc) button").click()
    settle(page)
    assert "交接了 1 个岗位" in page.locator(".q-said").inner_text()
    page.goto("/search/?q=新当选")  # wherever the first post of the sheet lies
    assert page.locator(".q-found a", has_text="新当选").count() == 1


def test_a_person_is_invited_and_signs_in(visit, settle, town):
    page = visit("chenjing")
    page.goto("/people/")
    page.locator("#nn").fill("新来的")
    page.locator("#nu").fill("xinlaide")
    page.locator("#n-role").select_option("township_clerk")
    page.locator("#n-scope").fill(" ".join(town))
    page.locator("form[action$='invite/'] button").click()
    link = page.locator("#link").input_value()
    new = visit(None)
    new.goto(link)
    new.locator("#jp").fill("a-good-password")
    new.locator("#ja").fill("a-good-password")
    new.locator("form:has(#jp) button").click()
    new.locator("#id_username").fill("xinlaide")
    new.locator("#id_password").fill("a-good-password")
    new.locator("form:has(#id_password) button").click()
    settle(new)
    assert "新来的" in new.locator(".q-who").inner_text()
    assert new.goto(link).status == 404
