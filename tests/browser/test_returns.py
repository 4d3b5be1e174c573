"""Journey 2 in a real browser: three returns to do, a pre-filled workbook, two red cells, fixed and handed in; a problem sent
back after comparing two photographs; a report taken by voice. And the county's side: approve, send back, lock, exception."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
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
TYPED = {
    "sewer_new_m": 0, "sludge_t": 3, "septage_m3": 12, "care_fee_yuan": 1800, "publicity_times": 2, "trained_people": "三十多",
    "difficulties": "无", "next_month": "主街支管通水",
}  # fmt: skip


def serious(page):
    return [
        f"{v['id']} {json.dumps([n['html'][:160] for n in v['nodes'][:2]], ensure_ascii=False)}"
        for v in Axe().run(page, options=RULES).response["violations"]
        if v["impact"] in ("serious", "critical")
    ]


def taken(page, press):
    with page.expect_download() as held:
        press()
    return openpyxl.load_workbook(io.BytesIO(Path(held.value.path()).read_bytes()))


def drop(page, name, book):
    held = io.BytesIO()
    book.save(held)
    with page.expect_navigation():
        page.evaluate(DROP, [name, base64.b64encode(held.getvalue()).decode()])


def fields(sheet):
    return {sheet.cell(r, 8).value: r for r in range(5, sheet.max_row + 1) if sheet.cell(r, 8).value}


@pytest.fixture
def ask(home):
    """Read the books beside the browser."""
    base = sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True)
    yield lambda sql, *values: base.execute(sql, values).fetchall()
    base.close()


@pytest.fixture
def owed(ask):
    """A monthly return that nobody has begun, and its clerk: (key, sign-in, length of sewers last month)."""
    rows = ask(
        "SELECT r.key, u.username, v.number FROM returns_returnrecord r JOIN returns_returnperiod p ON p.id = r.period_id"
        " JOIN people_user u ON u.unit_id = r.unit_id AND u.role = 'township_clerk' JOIN returns_returnrecord b ON b.unit_id = r.unit_id"
        " JOIN returns_returnperiod bp ON bp.id = b.period_id AND bp.form_key = 'monthly' AND bp.last_day < p.first_day"
        " JOIN returns_returnvalue v ON v.record_id = b.id AND v.field = 'sewer_km'"
        " WHERE p.form_key = 'monthly' AND r.state = '应报' ORDER BY r.key LIMIT 1"
    )
    assert rows, "the demo leaves the first township's month to the journey"
    return rows[0]


class TestTownshipClerk:
    """One source for three reports; nothing typed twice."""

    def test_prefilled_workbook_nine_yellow_cells_two_red_fixed_and_handed_in(self, visit, settle, owed):
        key, user, was = owed
        page = visit(user)
        page.goto("/notices/")
        assert (
            page.locator("main").inner_text().count("调度表") + page.locator("main").inner_text().count("报表") >= 3
        )
        page.goto("/returns/")
        settle(page)
        assert "份报表要报" in page.locator("h1").inner_text()
        assert serious(page) == []
        page.locator(f"a[href='/returns/{key}/']").first.click()
        settle(page)
        assert "还有9格要填" in page.locator("h1").inner_text().replace(" ", "")
        assert serious(page) == []
        book = taken(page, lambda: page.get_by_role("link", name="下载预填的表").first.click())
        sheet, rows = book.active, fields(book.active)
        assert len(sheet["E2"].value) == 12
        yellow = [f for f, r in rows.items() if sheet.cell(r, 5).value is None]
        assert sorted(yellow) == sorted([*TYPED, "sewer_km"])
        for field, value in {**TYPED, "sewer_km": round(was - 1.2, 2)}.items():
            sheet.cell(rows[field], 5).value = value
        drop(page, "月报.xlsx", book)
        assert "2 格标红在同一份文件里" in page.locator("main .q-said").first.inner_text()
        settle(page)
        assert serious(page) == []
        red = taken(page, lambda: page.get_by_text("取回标红的表").first.click())
        sheet = red.active
        said = {f: sheet.cell(r, 9).value for f, r in rows.items() if sheet.cell(r, 9).value}
        assert said["sewer_km"] == "管网长度比上月少 1.2 km，请说明"
        assert set(said) == {"sewer_km", "trained_people"}
        sheet.cell(rows["sewer_km"], 6).value = "红岩支管并入县城管网，不再计"
        sheet.cell(rows["trained_people"], 5).value = 32
        drop(page, "月报.xlsx", red)
        assert "完整 ✓" in page.locator("h1").inner_text()
        page.get_by_role("button", name="提交", exact=True).click()
        page.get_by_text("已提交，待县审").first.wait_for()
        assert "完整 ✓ 已提交，待县审" in page.locator("h1").inner_text()

    def test_on_a_phone_it_keeps_itself_and_can_be_undone(self, visit, settle, ask):
        rows = ask(
            "SELECT r.key, u.username FROM returns_returnrecord r JOIN returns_returnperiod p ON p.id = r.period_id JOIN people_user u"
            " ON u.unit_id = r.unit_id AND u.role = 'township_clerk' WHERE p.form_key = 'quarterly' AND r.state = '应报' ORDER BY r.key LIMIT 1"
        )
        key, user = rows[0]
        page = visit(user, width=390)
        page.goto(f"/returns/{key}/")
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious(page) == []
        field = page.locator("#f-town_money_wan")
        assert field.bounding_box()["height"] >= 44
        field.fill("十万")
        page.keyboard.press("Enter")  # on to the next field
        page.get_by_text("这一格没有存").wait_for()
        assert "应为数字" in page.locator("#n-town_money_wan").inner_text()
        field.fill("12.5")
        page.keyboard.press("Tab")
        page.get_by_text("已存。").wait_for()
        page.reload()
        assert page.locator("#f-town_money_wan").input_value() == "12.5"
        page.get_by_role("button", name="撤销上一次改动").click()
        assert "撤销了" in page.locator("main .q-said").inner_text()
        assert page.locator("#f-town_money_wan").input_value() == ""

    def test_a_problem_that_the_firm_calls_mended_is_sent_back_with_a_reason(self, visit, ask, office_says):
        """The township's clerk compares before and after at the same spot and does not agree."""
        key = office_says(
            "import datetime as d; from qingxi_office.issues.models import *;"
            " from qingxi_office.facilities.models import *; from qingxi_office.people.models import User;"
            " f = FacilityRecord.objects.filter(operator_unit__isnull=False, place__level='village').first();"
            " clerk = next(u for u in User.objects.filter(role='township_clerk') if f.place.path.startswith(u.scope.path));"
            " lead = User.objects.get(username='zhouwei').unit;"
            " i = IssueRecord.objects.create(key='WT-2026-9901', title=f.name + '风机不转', klass='一般', place=f.place, facility=f,"
            " rectifier=f.operator_unit, lead=lead, verifier=clerk.unit, closer=lead, found_on=d.date(2026, 11, 10),"
            " assigned_on=d.date(2026, 11, 10), due_on=d.date(2026, 11, 28), state='申请销号');"
            " print(i.key, clerk.username)"
        ).split()
        page = visit(key[1])
        page.goto(f"/issues/{key[0]}/")
        assert "申请销号" in page.locator("main").inner_text()
        form = page.locator("form:has(input[name=step][value=REFUSE])")
        if not form.locator("textarea").is_visible():
            page.locator("details:has(form input[value=REFUSE]) > summary").first.click()
        form.locator("textarea").fill("前后照片是同一处，风机叶片位置没有变，现场仍不转")
        form.locator("button").click()
        assert ask("SELECT state FROM issues_issuerecord WHERE key = ?", key[0]) == [("整改中",)]

    def test_a_report_by_voice_is_entered_for_a_villager_of_82(self, visit, ask):
        user = ask("SELECT username FROM people_user WHERE role = 'township_clerk' ORDER BY id LIMIT 1")[0][0]
        page = visit(user)
        page.goto("/acting/")
        page.fill("[name=name]", "谭奶奶")
        page.fill("[name=reason]", "八十二岁，口述")
        page.get_by_role("button", name="开始代办").click()
        assert "替谭奶奶" in page.locator("h1").inner_text()
        village = ask(
            "SELECT v.code || ' ' || v.name FROM people_user u JOIN places_place p ON p.id = u.scope_id JOIN places_place v"
            " ON v.parent_id = p.id WHERE u.username = ? AND v.level = 'village' LIMIT 1", user,
        )[0][0]  # fmt: skip
        page.fill("[name=village]", village)
        page.fill("[name=text]", "屋后头沟里冒黑水，臭得很")
        page.get_by_role("button", name="记下").click()
        assert ask("SELECT count(*) FROM intake_publicreport WHERE text = '屋后头沟里冒黑水，臭得很'") == [(1,)]
        page.get_by_role("button", name="结束代办").click()


class TestCounty:
    def test_approves_locks_and_opens_an_exception(self, visit, settle, ask, office_says):
        office_says(
            "from qingxi_office.returns import actions; from qingxi_office.returns.models import *; from qingxi_office.people.models import User;"
            " r = ReturnRecord.objects.select_related('place', 'unit', 'period', 'period__form').filter(period__form_key='half_year').order_by('key').first();"
            " c = User.objects.filter(unit=r.unit, role='township_clerk').first();"
            " actions.put_in(r, {'missed_why': '无', 'over_plan': '无'}, by=c);"
            " from qingxi_office.returns.queries import law_of;"
            " [actions.explain(r, x.check, '站在检修', by=c) for x in law_of(r).doubts if x.stands and not x.mend];"
            " actions.submit(r, by=c)"
        )
        page = visit("chenjing")
        page.goto("/returns/")
        settle(page)
        assert serious(page) == []
        [(key, period)] = ask(
            "SELECT r.key, p.key FROM returns_returnrecord r JOIN returns_returnperiod p ON p.id = r.period_id"
            " WHERE p.form_key = 'half_year' AND r.state = '已提交' ORDER BY r.key LIMIT 1"
        )
        page.goto(f"/returns/{key}/")
        settle(page)
        assert serious(page) == []
        page.get_by_role("button", name="审核通过").click()
        assert "已由陈静审核" in page.locator("h1").inner_text()
        page.goto(f"/returns/periods/half_year/{period}/")
        settle(page)
        assert serious(page) == []
        page.get_by_role("button", name="锁定已审核的").click()
        page.goto(f"/returns/{key}/")
        assert "已锁定" in page.locator("h1").inner_text()
        page.get_by_text("锁定以后要改几项").click()
        page.get_by_label("没采到的站和原因").check()
        page.get_by_label("为什么").fill("补到一份化验单")
        page.get_by_role("button", name="开例外，告诉单位").click()
        assert "开了例外" in page.locator("h1").inner_text()
        page.goto(f"/returns/{key}/figure/samples_due/")
        settle(page)
        assert serious(page) == []
        assert page.get_by_text("季度调度表").count() >= 1
        for address in ("/returns/forms/", "/returns/forms/monthly/"):
            page.goto(address)
            settle(page)
            assert serious(page) == []
