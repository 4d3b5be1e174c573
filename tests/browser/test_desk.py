"""The desk in a real browser: a file goes up with its progress and comes back from the bin; Ctrl K finds; "?" opens the chapter."""

from pathlib import Path

PDF = b"%PDF-1.4 from the browser"


def test_a_file_goes_up_is_taken_off_and_comes_back(visit, settle, tmp_path: Path):
    paper = tmp_path / "合同.pdf"
    paper.write_bytes(PDF)
    wrong = tmp_path / "坏.exe"
    wrong.write_bytes(b"MZ")
    page = visit("chenjing")
    page.goto("/facilities/")
    page.locator("table[data-keys] tbody tr a").first.click()
    settle(page)
    chooser = page.locator("form[data-upload] input[type=file]").first
    chooser.set_input_files(wrong)
    page.get_by_text("坏.exe：只收").wait_for()
    chooser.set_input_files(paper)
    link = page.locator(".q-files a", has_text="合同.pdf")
    link.wait_for()
    page.locator(".q-files li", has_text="合同.pdf").locator("form button").click()
    page.locator(".q-undo button").click()
    link.wait_for()


def test_ctrl_k_finds_by_pinyin_and_the_arrow_opens(visit, settle):
    page = visit("chenjing")
    page.goto("/")
    settle(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("cun", delay=30)
    page.locator("#q-found a").first.wait_for()
    led = page.locator("#q-found a").evaluate_all("all => all.map(a => new URL(a.href).pathname)")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("location.pathname !== '/'")
    assert page.evaluate("location.pathname") in led


def test_the_question_mark_opens_the_chapter(visit, settle):
    page = visit("chenjing")
    page.goto("/issues/")
    page.click("a.q-help")
    page.wait_for_url("**/help/county_officer/#issues")
    settle(page)
    assert page.locator(".q-manual img").first.evaluate("e => e.decode().then(() => e.naturalWidth)") > 0
