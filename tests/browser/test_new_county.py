"""A new county: from an empty office to a home page with a rate in it, by clicking alone."""

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

PASSWORD = "long-enough-1"
CODES = "999901100000 溪口镇\n999901100200 红岩村\n999901100201 柳湾村\n999901101000 岚坪镇\n999901101200 白岩村\n"


@pytest.fixture
def empty(tmp_path, shots):
    """An office that nobody has opened yet, served with its worker as ``qingxi serve --new`` does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path / "server.log").open("w", encoding="utf-8")
    server = subprocess.Popen(
        [str(Path(sys.executable).parent / "qingxi"), "serve", "--new", "--home", str(tmp_path / "office"), "--port", str(port),
         "--workers", "1"],
        stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + 180
    while True:
        try:
            urllib.request.urlopen(address + "/sign-in/", timeout=2).read()
            break
        except OSError:
            assert server.poll() is None, (tmp_path / "server.log").read_text(encoding="utf-8")[-2000:]
            assert time.monotonic() < until
            time.sleep(0.2)
    yield address
    server.terminate()
    server.wait(20)


def _ledger(page, path: Path, table: str, rows: list[dict[str, object]]) -> None:
    """Fill the county's own form with rows and drop it on the import page; take it in when it has been read."""
    from openpyxl import load_workbook

    with page.expect_download() as held:
        page.evaluate(f"location.href = '/loads/forms/{table}/?empty=1'")
    held.value.save_as(path)
    book = load_workbook(path)

    def word(cell) -> str:
        return str(cell.value).split("（")[0].split("(")[0].strip()  # 设计规模（m³/d）

    sheet = next(s for s in book if any(word(c) in rows[0] for row in s.iter_rows(max_row=8) for c in row))
    heads = {word(c): c for row in sheet.iter_rows(max_row=8) for c in row if word(c) in rows[0]}
    tall = {r.start_cell.coordinate: r.max_row for r in sheet.merged_cells.ranges}
    below = max(tall.get(c.coordinate, c.row) for c in heads.values()) + 1  # headings of two rows
    for n, values in enumerate(rows):
        for heading, cell in heads.items():
            sheet.cell(below + n, cell.column, values[heading])
    book.save(path)
    page.goto("/loads/")
    page.set_input_files("#file", str(path))
    page.get_by_role("button", name="传上来看看").click()
    page.get_by_role("button", name="收下").first.click(timeout=60_000)
    page.get_by_text("已收下").first.wait_for(timeout=60_000)


def test_from_an_empty_office_to_todays_page(empty, chromium, tmp_path):
    context = chromium.new_context(base_url=empty, locale="zh-CN", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/first-run/")
    for name, value in (
        ("county_name", "天河坝县"), ("county_code", "999901"), ("name", "陈静"), ("username", "chenjing"), ("password", PASSWORD),
    ):  # fmt: skip
        page.fill(f"input[name={name}]", value)
    page.get_by_role("button", name="开账").click()
    page.get_by_text("开账 8 步，做完 1 步").wait_for()
    page.fill("#iss", "县治污办")
    page.fill("#pen", "市生态环境局")
    page.get_by_role("button", name="记下", exact=True).click()
    page.get_by_text("做完 2 步").wait_for()
    page.fill("#list", CODES + "12345 坏的\n")
    page.locator("#places").get_by_role("button", name="收下").click()
    page.get_by_text("做完 3 步").wait_for()
    page.get_by_text("1 行没有收下").wait_for()
    village = {
        "行政村代码": "999901100200", "行政村": "红岩村", "乡镇": "溪口镇", "户数": 60, "治理状态": "已治理",
        "认定日期": "2026.6.27", "认定文号": "虚构〔2026〕1号",
    }  # fmt: skip
    rows = [
        village,
        {
            **village,
            "行政村代码": "999901100201",
            "行政村": "柳湾村",
            "治理状态": "未完成",
            "认定日期": None,
            "认定文号": None,
        },
        {**village, "行政村代码": "999901101200", "行政村": "白岩村", "乡镇": "岚坪镇", "治理状态": "已治理"},
    ]
    _ledger(page, tmp_path / "villages.xlsx", "villages", rows)
    station = {
        "设施编号": "QX-001", "设施名称": "红岩村站", "行政村代码": "999901100200", "行政村": "红岩村", "乡镇": "溪口镇",
        "工艺": "A/O", "设计规模": 30, "状态": "在用",
    }  # fmt: skip
    _ledger(page, tmp_path / "facilities.xlsx", "facilities", [station])
    page.goto("/setting-up/")
    page.get_by_text("做完 5 步").wait_for()
    page.fill("#tg", "75")
    page.get_by_role("button", name="记下，并算一遍").click()
    page.get_by_text("做完 6 步").wait_for()
    page.goto("/")
    # two of three villages are treated: 66.7 %, one more reaches 75 %
    head = page.locator("h1").inner_text()
    assert "66.7" in head
    assert "还差 1 个村" in head
    context.close()
