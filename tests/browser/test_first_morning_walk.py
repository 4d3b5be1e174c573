"""The first morning in a real browser: three nasty ledgers, every conflict signed by hand, the 调度表 right to the last cell."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe

import morning_ledgers as nasty
from qingxi.morning import KINDS

RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}
_MAKE = "import sys; sys.path.insert(0, sys.argv[2]); import morning_ledgers; from pathlib import Path; morning_ledgers.open_home(Path(sys.argv[1]))"


def serious(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{v['id']} {json.dumps([n['html'][:160] for n in v['nodes'][:2]], ensure_ascii=False)}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="module")
def morning(tmp_path_factory):
    """An office with the register and nothing else, served with its worker; gives the address."""
    home = tmp_path_factory.mktemp("morning") / "office"
    made = subprocess.run(
        [sys.executable, "-c", _MAKE, str(home), str(Path(nasty.__file__).parent)], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-2000:]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (home / "server.log").open("w", encoding="utf-8")
    server = subprocess.Popen(
        [str(Path(sys.executable).parent / "qingxi"), "serve", "--home", str(home), "--port", str(port), "--workers", "1"],
        stdout=log, stderr=subprocess.STDOUT, env={k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
    )  # fmt: skip
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address + "/sign-in/", timeout=2).read()
            break
        except OSError:
            assert server.poll() is None, (home / "server.log").read_text(encoding="utf-8")[-2000:]
            assert time.monotonic() < until
            time.sleep(0.2)
    yield address
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="module")
def page(chromium, shots, morning):
    """陈静 at her desk, 1366 × 768; script errors fail the tests."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, base_url=morning, locale="zh-CN")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("console", lambda m: wrong.append(m.text) if "Content Security" in m.text else None)
    shots.sign_in(page, morning, "chenjing", "qingxi-demo")
    yield page
    assert wrong == []
    context.close()


def hand_in(page, folder, quarter, *rows):
    """The three files through the form, and the worker's page until it is done."""
    page.goto("/morning/?new=1")
    page.locator("#quarter").select_option(quarter)
    for book, path in nasty.write_ledgers(folder, *rows).items():
        page.locator(f"#{book}").set_input_files(str(path))
    page.get_by_role("button", name="开始核对").click()
    page.wait_for_url("**/jobs/*/")
    until = time.monotonic() + 60
    while "做完了" not in (words := page.locator("h1").first.inner_text()):
        assert "没有做成" not in words, page.locator("main").inner_text()
        assert time.monotonic() < until, words
        page.wait_for_timeout(200)
    page.get_by_role("link", name="看对不上的地方").click()


TITLES = {kind.name: kind.title for kind in KINDS}


def sign_everything(page):
    """From one open conflict to the next, as the office leads, each signed as the list of the generator says."""
    page.goto("/morning/?state=open")
    first = page.locator("table.m-list td.say a").first
    if not first.count():
        return
    first.click()
    while "/conflicts/" in page.url:
        kind, said = page.locator(".q-crumb a").nth(1).inner_text(), page.locator("h1").inner_text()
        p = next(p for p in (*nasty.PLANTED, *nasty.AFTER_SIGNING) if TITLES[p.kind] == kind and p.word in said)
        keep = {"keep:first": 0, "keep:last": -1}.get(p.way)
        ways = page.locator("input[name=way]" if keep is not None else f'input[name=way][value="{p.way}"]').all()
        ways[keep or 0].check()
        if p.target:
            page.locator("#facility" if p.way == "of" else "#village").fill(p.target)
        page.locator("#reason").fill("到村看过")
        page.get_by_role("button", name="签认", exact=True).click()
        assert "已签认" in page.locator(".q-said").first.inner_text()


def test_three_nasty_ledgers_to_the_printed_sheet(page, morning, tmp_path):
    page.goto("/morning/")
    assert "先把三本台账交上来" in page.locator("h1").inner_text()
    assert serious(page) == []
    hand_in(page, tmp_path / "q3", "2026Q3")
    assert f"对出 {len(nasty.PLANTED)} 处冲突" in page.locator("h1").inner_text()
    assert serious(page) == []
    found = [
        (r.locator("td").nth(0).inner_text().strip(), r.locator("td.say").inner_text())
        for r in page.locator("table.m-list tbody tr").all()
    ]
    assert sorted(kind for kind, _ in found) == sorted(TITLES[p.kind] for p in nasty.PLANTED)
    for p in nasty.PLANTED:
        assert sum(TITLES[p.kind] == kind and p.word in said for kind, said in found) == 1, p
    # One with both sources side by side: 冷水村站 is in use in one ledger and stopped in the other.
    page.goto("/morning/?kind=facility-state")
    page.locator("td.say a", has_text="QX-003").click()
    heads = [h.inner_text() for h in page.locator(".m-sides h2").all()]
    assert heads[:2] == ["处理设施台账", "行政村治理台账"]
    assert [m.inner_text().strip() for m in page.locator(".m-sides tr.on td b").all()] == ["在用", "停运"]
    assert serious(page) == []
    sign_everything(page)
    page.goto("/morning/")
    assert "都签完了" in page.locator("h1").inner_text(), page.locator("main").inner_text()
    page.get_by_role("button", name="打印调度表").click()
    assert "已于" in page.locator("h1").inner_text()
    check = page.get_by_role("link", name="下载调度表").get_attribute("href")
    book = openpyxl.load_workbook(io.BytesIO(page.request.get(morning + check).body()), data_only=True)
    got = [[c.value for c in row] for row in book["调度表"].iter_rows(min_row=5, max_row=9)]
    for row, expected in zip(got, slow_table(), strict=True):
        assert [None if v == "" else v for v in row] == [
            pytest.approx(v) if isinstance(v, float) else v for v in expected
        ]
    assert [ws.title for ws in book.worksheets] == ["调度表", "逐村明细"]


def test_the_quarter_after_prints_its_differences(page, morning, tmp_path):
    """Runs after the first: what stood in the same rows is carried over, the changes ask for their reasons."""
    page.request.get(morning + "/")
    hand_in(page, tmp_path / "q4", "2026Q4", *nasty.next_quarter())
    assert "沿用上一季的签认" in page.locator(".q-answer-sub").first.inner_text()
    sign_everything(page)
    page.goto("/morning/")
    assert "2 个还没有理由" in page.locator("h1").inner_text()
    page.get_by_role("link", name="还有 2 个变化的村没有理由").click()
    assert serious(page) == []
    page.locator("#why-999901101201").fill("管网破损，退出")
    page.locator("#why-999901102202").fill("实行管控")
    page.get_by_role("button", name="写下理由").click()
    assert "都有理由" in page.locator("h1").inner_text()
    page.goto("/morning/")
    page.get_by_role("button", name="打印调度表").click()
    href = page.get_by_role("link", name="下载调度表").get_attribute("href")
    book = openpyxl.load_workbook(io.BytesIO(page.request.get(morning + href).body()), data_only=True)
    assert [ws.title for ws in book.worksheets] == ["调度表", "变化说明", "逐村明细"]
    rows = [[c.value for c in row] for row in book["变化说明"].iter_rows(min_row=5, max_row=7)]
    assert [(r[2], r[6], r[7]) for r in rows] == [
        ("石塘村", "退出治理", "管网破损，退出"), ("高峰村", "新增治理", rows[1][7]), ("沙湾村", "状态变化", "实行管控"),
    ]  # fmt: skip
    assert "认定" in rows[1][7]


def slow_table():
    """Every cell of the township table, by counting over the list kept by hand."""
    rows = []
    for town in ("溪口镇", "岚坪镇", "马桑乡", "县本级"):
        own = [t for t in nasty.TRUTH if t[0] == town]
        n = sum(1 for t in own if t[2])
        a, b, c = (sum(1 for t in own if t[2] == s) for s in ("已治理", "已管控", "未完成"))
        sums = {i: sum(t[i] for t in own) for i in range(3, 14)}
        rows.append(
            [len(rows) + 1, town, n, a, b, c, a / n if n else None, (a + b) / n if n else None, "—", "—", sums[3], sums[4], sums[5],
             sums[6], sums[7], sums[11], sums[8], sums[9], sums[10], sums[12], sums[13], sums[12] - sums[13]]
        )  # fmt: skip
    total: list[object] = ["合计", None]
    for at in range(2, 22):
        column = [r[at] for r in rows]
        total.append("—" if "—" in column else sum(v or 0 for v in column))
    total[6], total[7] = total[3] / total[2], (total[3] + total[4]) / total[2]
    return [*rows, total]
