"""The cycle in the books: call-over, cards, praise, wording, four eyes, package, number, receipts, answers, letters."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from qingxi_office.approvals.actions import SecondNeeded
from qingxi_office.bulletins import actions, held, papers
from qingxi_office.bulletins.models import BulletinRecord, CardRecord, PeerLetter, ReceiptRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.meetings.actions import keep_group
from qingxi_office.meetings.models import AgendaItem
from qingxi_office.notices.models import Notice
from qingxi_office.people.rights import Denied
from qingxi_office.site.rounds import calling
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry
from qingxi_office.villages.models import VillageRecord

DAY = date(2026, 11, 20)


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def late(cast, n: int, code: str, unit: str, days: int = 9) -> IssueRecord:
    """An open problem past its day."""
    return IssueRecord.objects.create(
        key=f"WT-{n}", title=f"问题{n}", klass="一般", place=cast.places[code], rectifier=cast.units[unit], state="交办",
        found_on=DAY - timedelta(days=40), assigned_on=DAY - timedelta(days=40), due_on=DAY - timedelta(days=days), source="上级",
    )  # fmt: skip


@pytest.fixture
def villages(cast):
    """Two villages, one treated, both with their three basics met."""
    for code, state in (("999901100200", "已治理"), ("999901101200", "未完成")):
        VillageRecord.objects.create(
            place=cast.places[code], state=state, state_on=DAY - timedelta(days=300), households=60, households_connected=40,
            no_sewage_seen=True, no_odour=True, no_complaint=True,
        )  # fmt: skip
    return cast


@pytest.fixture
def books(villages):
    """溪口镇 with two late problems of its own, one of a department, one of a firm."""
    cast = villages
    late(cast, 1, "999901100200", "溪口镇人民政府")
    late(cast, 2, "999901100200", "溪口镇人民政府")
    late(cast, 3, "999901101200", "天河坝县生态环境局")
    late(cast, 4, "999901101200", "清源运维公司")
    return cast


@pytest.fixture
def over(books):
    return actions.take_call_over(by=books.chenjing, as_of=DAY)


def test_a_call_over_freezes_and_stays(books, over):
    assert (over.key, over.counts["rate"], over.counts["overdue"]) == ("DD-202611-01", "50.0%", 4)
    frozen = held.call_over_of(over).as_bytes()
    row = actions.draft(by=books.chenjing, as_of=DAY)
    before = row.content
    VillageRecord.objects.filter(place__code="999901100200").update(state="未完成")
    IssueRecord.objects.filter(key="WT-1").update(due_on=DAY + timedelta(days=30))
    row = BulletinRecord.objects.get(pk=row.pk)
    held._read.cache_clear()
    assert held.call_over_of(row.callover).as_bytes() == frozen
    made = held.recomputed(row)
    assert made.as_json() == before  # an old bulletin counted again is the same to the letter
    assert made.sha256 == row.sha256
    with pytest.raises(Denied):
        actions.take_call_over(by=books.luomei, as_of=DAY)


def test_a_card_is_told_answered_decided_and_appealed_against(books, over):
    card = over.cards.get()
    assert (card.place.name, card.proposed) == ("溪口镇", "黄牌")
    assert browser(books.luomei).get(f"/bulletins/cards/{card.pk}/").status_code == 404  # not told yet
    with pytest.raises(ValueError, match="告知"):
        actions.decide_card(card, "黄牌", by=books.zhouwei)
    with pytest.raises(IntegrityError), transaction.atomic():  # and the database says so too
        CardRecord.objects.filter(pk=card.pk).update(
            state="已亮牌", decided="黄牌", decided_by=books.zhouwei, decided_on=DAY
        )
    card = actions.notice_card(card, by=books.chenjing)
    with pytest.raises(ValueError, match="可以说明到"):
        actions.decide_card(card, "黄牌", by=books.zhouwei)
    with pytest.raises(Denied):
        actions.answer_card(card, "无异议", by=books.hezhi)
    page = browser(books.luomei).post(
        f"/bulletins/cards/{card.pk}/", {"do": "answer", "words": "无异议"}, follow=True
    )
    assert "等负责人决定" in page.content.decode()
    card = actions.decide_card(CardRecord.objects.get(pk=card.pk), "黄牌", by=books.zhouwei)
    made = held.recomputed(actions.draft(by=books.chenjing, as_of=DAY))
    assert any("黄牌：溪口镇（逾期未销号问题 2 件）" in p for s in made.sections for p in s.paragraphs)
    card = actions.appeal_card(card, "已整改", by=books.luomei)
    with pytest.raises(ValueError, match="作决定的人"):
        actions.hear_appeal(card, False, by=books.zhouwei, reason="核过")
    card = actions.hear_appeal(card, False, by=books.chenjing, reason="确已整改")
    made = held.recomputed(actions.draft(by=books.chenjing, as_of=DAY))
    assert not any("黄牌" in p for s in made.sections for p in s.paragraphs)
    assert [e.action for e in Entry.objects.filter(subject_kind="card").order_by("id")] == [
        "card.noticed", "card.answered", "card.decided", "card.appealed", "card.heard",
    ]  # fmt: skip


def test_an_open_card_is_not_proposed_twice(books, over):
    assert actions.take_call_over(by=books.chenjing, as_of=DAY, cadence="week").cards.count() == 0


def test_praise_and_agenda(villages):
    officer = villages.chenjing
    fresh = actions.take_call_over(by=officer, as_of=DAY)
    with pytest.raises(ValueError, match="不在建议"):
        actions.praise(fresh, "999901101200", by=officer)
    actions.praise(fresh, "999901100200", by=officer)
    made = held.recomputed(actions.draft(by=officer, as_of=DAY))
    assert any("红岩村：三基本都达到" in p for s in made.sections for p in s.paragraphs)
    late(villages, 7, "999901100200", "溪口镇人民政府")
    late(villages, 8, "999901100200", "溪口镇人民政府")
    slow = actions.take_call_over(by=officer, as_of=DAY)
    assert slow.counts["worthy"] == 0  # trouble came
    with pytest.raises(ValueError, match="会议小组"):
        actions.put_on_agenda(slow, by=officer)
    keep_group("领导小组", villages.county, [{"name": "何", "role": "组长"}], by=officer)
    assert actions.put_on_agenda(slow, by=officer) >= 2  # slow, and a card proposed
    assert actions.put_on_agenda(slow, by=officer) == AgendaItem.objects.count()  # once each
    assert "进度滞后" in AgendaItem.objects.first().title


def test_a_figure_cannot_be_typed_over_on_the_page(books):
    row = actions.draft(by=books.chenjing, as_of=DAY)
    officer = browser(books.chenjing)
    page = officer.get(f"/bulletins/{row.key}/?edit=overall.rate").content.decode()
    assert "【50.0%】" in page
    address = reverse("bulletin_word", args=[row.key])
    said = officer.post(address, {"do": "word", "sentence": "overall.rate", "text": "治理率【90.0%】"}, follow=True)
    assert "不能改写" in said.content.decode()
    assert BulletinRecord.objects.get(pk=row.pk).sha256 == row.sha256
    officer.post(address, {"do": "word", "sentence": "overall.rate", "text": "治理率【50.0%】，再加把劲。"})
    now = BulletinRecord.objects.get(pk=row.pk)
    assert now.content["sections"][0]["paragraphs"][0].startswith("治理率50.0%，再加把劲。")
    assert Entry.objects.filter(action="bulletin.worded").get().before["sentence"] == "overall.rate"
    # To change the figure, the books change, and it is counted anew under the same words.
    VillageRecord.objects.filter(place__code="999901101200").update(state="已治理", state_on=DAY)
    officer.post(address, {"do": "recount"})
    now = BulletinRecord.objects.get(pk=row.pk)
    assert now.content["sections"][0]["paragraphs"][0].startswith("治理率100.0%，再加把劲。")
    officer.post(address, {"do": "undo", "sentence": "overall.rate"})
    assert "再加把劲" not in str(BulletinRecord.objects.get(pk=row.pk).content)
    officer.post(address, {"do": "head", "security": "秘密"})
    assert BulletinRecord.objects.get(pk=row.pk).security == ""


def through(cast) -> BulletinRecord:
    """A bulletin on its way to the townships."""
    row = actions.draft(by=cast.chenjing, as_of=DAY)
    actions.send(row, by=cast.chenjing)
    actions.approve(row, by=cast.zhouwei)
    actions.hand_over(row, papers.package(row), by=cast.chenjing)
    scan = SimpleUploadedFile("s.pdf", b"%PDF-1.4 x")
    return actions.record_issued(
        row, by=cast.chenjing, document_number="天治污办〔2026〕9号", signer="张某", issued_on=DAY, scan=scan
    )


def test_who_wrote_it_does_not_approve_it(books):
    row = actions.draft(by=books.chenjing, as_of=DAY)
    actions.word(row, "next.else", "请抓紧。", by=books.zhouwei)
    row.refresh_from_db()
    actions.send(row, by=books.chenjing)
    for person in (books.chenjing, books.zhouwei):  # one drafted and sent, the other worded
        with pytest.raises(SecondNeeded), transaction.atomic():
            actions.approve(row, by=person)
    with pytest.raises(ValueError, match="理由"):
        actions.return_draft(row, by=books.zhouwei, why=" ")
    actions.return_draft(row, by=books.zhouwei, why="措辞")
    assert BulletinRecord.objects.get(pk=row.pk).state == "draft"
    with pytest.raises(IntegrityError), transaction.atomic():
        BulletinRecord.objects.filter(pk=row.pk).update(state="approved")


def test_the_package_is_the_same_each_time_and_holds_the_lists(books):
    row = actions.draft(by=books.chenjing, as_of=DAY)
    data = papers.package(row)
    assert papers.package(BulletinRecord.objects.get(pk=row.pk)) == data
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert {n.rpartition(".")[2] for n in names} == {"docx", "pdf", "csv", "json", "txt"}
    lists = (
        zipfile.ZipFile(io.BytesIO(data)).read(next(n for n in names if n.startswith("名单/"))).decode("utf-8-sig")
    )
    assert "999901100200,红岩村,是" in lists


def test_townships_sign_and_those_named_answer(books, settings):
    row = through(books)
    assert row.scan.name.endswith(".pdf")
    mine = row.receipts.get(place__code="999901100")
    assert mine.must_reply  # two late problems of its own
    with pytest.raises(ValueError, match="先签收"):
        actions.reply(mine, "x", by=books.luomei)
    with pytest.raises(Denied):
        actions.sign(mine, by=books.hezhi)
    clerk = browser(books.luomei)
    page = clerk.get(f"/bulletins/{row.key}/").content.decode()
    assert "签收" in page
    assert (
        "岚坪镇</td>" not in page.partition('id="receipts"')[2]
    )  # the other township's receipt is not hers to see
    clerk.post(f"/bulletins/receipts/{mine.pk}/", {"do": "sign"})
    clerk.post(f"/bulletins/receipts/{mine.pk}/", {"do": "reply", "text": "月底前修好"})
    mine = ReceiptRecord.objects.get(pk=mine.pk)
    assert (mine.signed_by_name, mine.reply, mine.on_paper) == (str(books.luomei), "月底前修好", False)
    actions.return_reply(mine, "没有写措施", by=books.zhouwei)
    assert ReceiptRecord.objects.get(pk=mine.pk).replied_at is None
    actions.reply(mine, "换风机，11月30日前完成", by=books.luomei)
    actions.accept_reply(mine, by=books.zhouwei)
    # Twenty days on, 岚坪镇 has neither signed nor answered: told once, by the clock.
    later = clock.now() + timedelta(days=20)
    assert calling.replies(books.chenjing, later) == ["签收或回复过期 1 份"]
    calling.replies(books.chenjing, later)
    assert Notice.objects.filter(kind="reply_due", person_pk=books.hezhi.pk).count() == 1


def test_the_same_number_is_not_taken_twice(books):
    through(books)
    row = actions.draft(by=books.chenjing, as_of=DAY)
    actions.send(row, by=books.chenjing)
    actions.approve(row, by=books.zhouwei)
    actions.hand_over(row, b"x", by=books.chenjing)
    with pytest.raises(ValueError, match="已经是"):
        actions.record_issued(
            row, by=books.chenjing, document_number="天治污办〔2026〕9号", signer="张某", issued_on=DAY
        )
    with pytest.raises(ValueError, match="PDF、JPG"):
        actions.record_issued(
            row,
            by=books.chenjing,
            document_number="9",
            signer="张某",
            issued_on=DAY,
            scan=SimpleUploadedFile("a.exe", b"MZ"),
        )


def test_departments_get_a_letter_and_firms_a_notice(books):
    row = actions.draft(by=books.chenjing, as_of=DAY)
    assert [(x.paper, x.unit_name) for x in row.letters.all()] == [
        ("函", "天河坝县生态环境局"), ("履约提示函", "清源运维公司"),
    ]  # fmt: skip
    letter = row.letters.get(paper="函")
    officer = browser(books.chenjing)
    assert "拟好了" in officer.get(f"/bulletins/letters/{letter.pk}/").content.decode()
    assert officer.get(f"/bulletins/letters/{letter.pk}/paper/").content[:2] == b"PK"
    officer.post(
        f"/bulletins/letters/{letter.pk}/", {"do": "sign", "number": "天治污办函〔2026〕3号", "on": DAY.isoformat()}
    )
    letter = PeerLetter.objects.get(pk=letter.pk)
    assert (letter.state, letter.decided_by) == ("signed", books.chenjing)
    assert browser(books.luomei).get(f"/bulletins/letters/{letter.pk}/").status_code == 404


def test_the_clock_takes_the_past_week_and_month_once(books, office):
    now = clock.now()
    assert "2026年第46周调度" in calling.week(office, now)[0]
    assert calling.week(office, now) == []
    assert "2026年10月调度" in calling.month(office, now)[0]


def test_pages_ask_the_books_a_few_times_only(books, over, django_assert_max_num_queries):
    row = through(books)
    officer = browser(books.chenjing)
    for address in (
        "/bulletins/",
        f"/bulletins/{row.key}/",
        "/bulletins/call-overs/",
        f"/bulletins/call-overs/{over.key}/",
        "/bulletins/cards/",
        "/bulletins/receipts/",
    ):
        with django_assert_max_num_queries(42):
            assert officer.get(address).status_code == 200, address
    picture = officer.get(f"/bulletins/{row.key}/pages/1.png")
    assert picture.content[:4] == b"\x89PNG"
    assert officer.get(f"/bulletins/{row.key}/pages/99.png").status_code == 404
