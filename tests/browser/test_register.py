"""The register in a browser: a form that judges while one types and loses nothing, a table by keyboard and column, labels
in millimetres."""


def first_household(page):
    page.goto("/households/")
    page.locator(".q-sheet tbody tr a").first.click()
    page.wait_for_url("**/households/*/")
    return page.url


def test_a_form_judges_while_one_types_and_loses_nothing(visit, settle):
    page = visit("chenjing")
    address = first_household(page)
    settle(page)
    page.fill("#f-people_resident", "三个")
    assert page.inner_text("#w-people_resident") == "只写数字"
    page.fill("#f-people_resident", "99")
    assert "不能大于" in page.inner_text("#w-people_resident")
    page.click("button.btn-q")
    assert page.url == address, "what is wrong is not sent"
    page.fill("#f-people_resident", "4")
    page.fill("#f-door", "主街 12 号")
    page.reload()
    settle(page)
    assert page.input_value("#f-door") == "主街 12 号", "a half-filled form is kept in the browser"
    assert page.is_visible("[data-draft-note]")
    page.click("[data-draft-note] button")
    assert page.input_value("#f-door") == ""
    page.fill("#f-door", "主街 12 号")
    page.select_option("#f-connected", "应接未接")
    page.click("button.btn-q")
    page.wait_for_selector(".q-said")
    assert "可以在下面撤销" in page.inner_text(".q-said")
    assert page.input_value("#f-door") == "主街 12 号"
    page.click(".q-chg button")
    page.wait_for_selector(".q-said")
    assert page.input_value("#f-door") == ""


def test_a_table_by_column_sort_and_key(visit, settle):
    page = visit("chenjing")
    page.goto("/facilities/")
    settle(page)
    page.click(".q-sheet th >> text=规模")
    page.wait_for_url("**sort=-design**")
    sizes = [float(t.replace(",", "")) for t in page.locator(".q-sheet tbody tr td:nth-child(6)").all_inner_texts()]
    assert sizes == sorted(sizes, reverse=True)
    assert page.get_attribute(".q-sheet th[aria-sort]", "aria-sort") == "descending"
    page.click(".q-cols summary")
    page.uncheck(".q-cols input[value=town]")
    page.check(".q-cols input[value=process]")
    page.click(".q-cols button.btn-q")
    page.wait_for_url("**col=process**")
    heads = page.locator(".q-sheet th").all_inner_texts()
    assert "工艺" in [h.strip() for h in heads]
    assert "乡镇" not in [h.strip() for h in heads]
    assert "sort=-design" in page.url, "choosing columns keeps the sort"
    rows = page.locator(".q-sheet tbody tr")
    if rows.count() > 1:
        rows.first.focus()
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement === document.querySelectorAll('.q-sheet tbody tr')[1]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/facilities/*/")


def test_labels_are_exact_in_millimetres(visit, settle):
    """A label of 90 × 55 mm is 340.2 × 207.9 px of CSS (96 to the inch), and a sheet is A4."""
    page = visit("chenjing")
    page.goto("/labels/?size=90x55")
    settle(page)
    page.emulate_media(media="print")
    sheet, label = (page.locator(part).first.bounding_box() for part in (".q-a4", ".q-label"))
    assert abs(sheet["width"] - 210 / 25.4 * 96) < 0.6
    assert abs(sheet["height"] - 297 / 25.4 * 96) < 0.6
    assert abs(label["width"] - 90 / 25.4 * 96) < 0.6
    assert abs(label["height"] - 55 / 25.4 * 96) < 0.6
    assert not page.is_visible(".q-answer")
