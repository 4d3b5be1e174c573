"""Orders of 12345: their own number, clock and rounds; the reply in the hotline's form; content; who reads them."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document
from openpyxl import Workbook, load_workbook
from test_sheets import sent

from qingxi.files.hotline_reply import BadForm, check_form, fill_table
from qingxi_office.intake import actions
from qingxi_office.intake.models import HotlineOrder
from qingxi_office.intake.queries import channels
from qingxi_office.issues.models import IssueRecord
from qingxi_office.site.loading import sheets
from qingxi_office.site.working import work
from qingxi_office.trail.actions import Office
from qingxi_office.trail.models import Entry

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
SECRET = "13912345678"


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def order(cast):
    return actions.keep_order(
        "20261120-0042", sent_on=FRIDAY, by=cast.luomei, klass="投诉", title="站里臭", text="红岩村站又臭又响，我叫张三", caller="张三",
        phone=SECRET, village_code="999901100200", facility="QX-001",
    )  # fmt: skip


def test_the_clock_runs_in_working_days(order):
    """Friday 11-20 and five working days: Monday 23 to Friday 27. A consultation has three: Wednesday 25."""
    assert order.due_on == date(2026, 11, 27)
    assert order.rounds.get().ours
    assert actions.keep_order("2", sent_on=FRIDAY, by=_office(), klass="咨询", text="x").due_on == date(
        2026, 11, 25
    )
    own = actions.keep_order("3", sent_on=FRIDAY, due_on=MONDAY, by=_office(), klass="求助", text="x")
    assert (own.due_on, own.rounds.get().ours) == (MONDAY, False), "the order's own day stands before our table"


def _office():
    return Office("测试")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"klass": "乱写"}, "类别"),
        ({"klass": "投诉", "text": " "}, "来电内容"),
        ({"klass": "投诉", "due_on": date(2026, 11, 19)}, "早于"),
    ],
)
def test_what_is_no_order_is_refused(db, said, why):
    with pytest.raises(ValueError, match=why):
        actions.keep_order("9", **{"sent_on": FRIDAY, "by": _office(), "text": "x", **said})


def test_a_round_ends_with_its_reply_and_a_second_one_has_its_own_clock(order, cast):
    with pytest.raises(ValueError, match="没有答复"):
        actions.send_again(order, sent_on=MONDAY, by=cast.luomei)
    actions.reply_to_order(order, "去看过，换了轴承", by=cast.luomei)
    actions.reply_to_order(order, "去看过，换了轴承，不响了", by=cast.luomei)
    with pytest.raises(ValueError, match="还没有交回"):
        actions.note_call(order, "满意", by=cast.luomei)
    assert actions.give_back([order], by=cast.luomei) == 1
    assert actions.give_back([order], by=cast.luomei) == 0
    with pytest.raises(ValueError, match="不能再改"):
        actions.reply_to_order(order, "又改", by=cast.luomei)
    actions.note_call(order, "不满意", by=cast.luomei, said="晚上还响")
    actions.send_again(order, sent_on=MONDAY, by=cast.luomei, why="群众不满意")
    order.refresh_from_db()
    # 重办: three working days from Monday 23 are Thursday 26.
    assert (order.is_open, order.due_on) == (True, date(2026, 11, 26))
    assert [(r.number, r.content) for r in order.rounds.all()] == [(1, "不满意"), (2, "")]
    told = {w: rest for w, *rest in channels(date(2026, 1, 1))}
    assert told["12345 热线"] == [1, 1, 0, 1]
    assert not Entry.objects.filter(after__icontains=SECRET).exists(), "the trail keeps no caller"


def test_an_order_becomes_a_problem_that_does_not_name_the_caller(order, cast):
    client = browser(cast.luomei)
    answer = client.post("/hotline/20261120-0042/do/", {"deed": "problem"}, follow=True)
    order.refresh_from_db()
    issue = IssueRecord.objects.get(key=order.issue)
    assert issue.source == "12345"
    assert "张三" not in issue.title + issue.detail
    assert issue.key in answer.content.decode()
    client.post("/hotline/20261120-0042/do/", {"deed": "problem"})
    assert IssueRecord.objects.count() == 1, "twice gives one problem"
    foreman = browser(cast.zhaoyong)
    assert foreman.get("/hotline/20261120-0042/").status_code == 404
    for page in ("/issues/", f"/issues/{issue.key}/", "/", "/facilities/QX-001/", f"/walk/issue/{issue.key}/"):
        text = foreman.get(page).content.decode()
        assert SECRET not in text, page
        assert "张三" not in text, page


def test_who_may_and_who_reads(order, cast):
    assert browser(cast.hezhi).get("/hotline/20261120-0042/").status_code == 404
    auditor = browser(cast.sunning)
    assert auditor.get("/hotline/20261120-0042/").status_code == 200
    assert auditor.post("/hotline/20261120-0042/do/", {"deed": "reply", "text": "x"}).status_code == 403
    assert Entry.objects.filter(action="looked.contact", subject_id="20261120-0042", by_name="孙宁").exists()
    listed = browser(cast.luomei).get("/hotline/").content.decode()
    assert "20261120-0042" in listed
    assert SECRET not in listed


def test_the_list_says_what_is_late(order, cast, django_assert_max_num_queries):
    HotlineOrder.objects.filter(pk=order.pk).update(due_on=date(2026, 11, 18))
    for n in range(30):
        actions.keep_order(
            f"ORD{n}", sent_on=FRIDAY, by=_office(), klass="投诉", text="x", village_code="999901100200"
        )
    client = browser(cast.luomei)
    client.get("/hotline/")
    with django_assert_max_num_queries(24):
        text = client.get("/hotline/").content.decode()
    assert "1 张超期" in text
    # 11-18 is a Wednesday, today Friday 11-20: two working days over.
    assert "超期 2 个工作日" in text
    assert client.get("/hotline/?show=late").content.decode().count("/hotline/20261120-0042/") >= 1
    assert "ORD3" not in client.get("/hotline/?show=late").content.decode()
    assert client.get("/hotline/?as=xlsx").content[:2] == b"PK"


def _xlsx(rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_countys_own_form_is_filled_row_by_row(order, cast):
    client = browser(cast.chenjing)
    form = _xlsx([["办件反馈表"], ["号", "答复", "超期"], ["{工单号}", "答：{答复内容}", "{是否超期}"], ["填表人"]])
    said = client.post(
        "/hotline/form/", {"form": SimpleUploadedFile("反馈表.xlsx", form)}, follow=True
    ).content.decode()
    assert "换好了" in said
    other = actions.keep_order(
        "=1+1", sent_on=FRIDAY, by=cast.chenjing, klass="咨询", text="什么时候修", village_code="999901100200"
    )
    for o, words in ((order, "换了轴承"), (other, "明年修")):
        actions.reply_to_order(o, words, by=cast.chenjing)
    answer = client.post("/hotline/replies/", {"keep": "0"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = [[c.value for c in r] for r in sheet.iter_rows()]
    assert rows == [
        ["办件反馈表", None, None], ["号", "答复", "超期"], ["'=1+1", "答：明年修", "否"], ["20261120-0042", "答：换了轴承", "否"],
        ["填表人", None, None],
    ]  # fmt: skip
    assert HotlineOrder.objects.filter(is_open=True).count() == 2, "a look gives nothing back"
    client.post("/hotline/replies/", {"keep": "1"})
    assert HotlineOrder.objects.filter(is_open=True).count() == 0


def test_a_paper_form_gives_one_paper_an_order(order, cast):
    paper = Document()
    paper.add_paragraph("工单 ").add_run("{工单号}").bold = True
    paper.add_table(1, 2).rows[0].cells[1].text = "{答复内容}（{承办单位}）"
    out = io.BytesIO()
    paper.save(out)
    client = browser(cast.chenjing)
    client.post("/hotline/form/", {"form": SimpleUploadedFile("答复.docx", out.getvalue())})
    actions.reply_to_order(order, "换了轴承", by=cast.chenjing)
    filled = Document(io.BytesIO(client.post("/hotline/replies/", {"keep": "0"}).content))
    assert filled.paragraphs[0].text == "工单 20261120-0042"
    assert filled.tables[0].rows[0].cells[1].text == "换了轴承（天河坝县生态环境局）"
    second = actions.keep_order("2/3", sent_on=FRIDAY, by=cast.chenjing, klass="咨询", text="x")
    actions.reply_to_order(second, "明年", by=cast.chenjing)
    with zipfile.ZipFile(io.BytesIO(client.post("/hotline/replies/", {"keep": "0"}).content)) as parcel:
        assert sorted(parcel.namelist()) == ["20261120-0042.docx", "2_3.docx"]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [("a.pdf", b"%PDF", "xlsx 或 .docx"), ("a.xlsx", b"no", "打不开"), ("a.docx", b"no", "打不开"), ("a.xlsx", _xlsx([["x"]]), "花括号"),
     ("a.xlsx", _xlsx([["{随便}"]]), "不认识的词：随便")],
)  # fmt: skip
def test_a_form_that_cannot_be_filled_is_refused(name, data, why):
    with pytest.raises(BadForm, match=why):
        check_form(name, data)


def test_an_empty_list_leaves_the_form_empty():
    assert [c.value for c in next(load_workbook(io.BytesIO(fill_table(_xlsx([["{工单号}", "x"]]), []))).active.iter_rows())] == [
        None, "x",
    ]  # fmt: skip


def test_a_table_of_the_platform_is_taken_in_with_red_cells(cast):
    head = ["工单编号", "诉求类型", "诉求内容", "来电号码", "村代码", "派单时间", "办结时限"]
    good = ["A1", "投诉", "臭", SECRET, "999901100200", "2026-11-18 09:10", "2026-11-25"]
    bad = ["A2", "闲聊", "臭", "", "999901100200", "2026-11-18", ""]
    early = ["A3", "投诉", "臭", "", "999901100200", "2026-11-18", "2026-11-01"]
    file = _xlsx([head, good, bad, early])
    intake = sent(cast.luomei, "工单.xlsx", file)
    assert (intake.table, intake.state) == ("hotline", "shown")
    assert (intake.counts["new"], intake.counts["wrong"]) == (1, 2)
    sheets.hand_in(intake, by=cast.luomei)
    browser(cast.chenjing).post(reverse("intake_do", args=[intake.pk]), {"deed": "take"})
    work(until_idle=True)
    made = HotlineOrder.objects.get()
    assert (made.number, made.klass, made.phone, made.due_on) == ("A1", "投诉", SECRET, date(2026, 11, 25))
    # The platform sends it once more with a later day after we replied: that is a 重办, not a new order.
    actions.reply_to_order(made, "办好了", by=cast.luomei, on=FRIDAY)
    actions.give_back([made], by=cast.luomei)
    again = [*good]
    again[5], again[6] = "2026-11-20 15:00", ""
    second = sent(cast.luomei, "工单.xlsx", _xlsx([head, again]))
    sheets.hand_in(second, by=cast.luomei)
    browser(cast.chenjing).post(reverse("intake_do", args=[second.pk]), {"deed": "take"})
    work(until_idle=True)
    made.refresh_from_db()
    assert [r.number for r in made.rounds.all()] == [1, 2]
    assert (made.is_open, made.due_on) == (True, date(2026, 11, 25))
