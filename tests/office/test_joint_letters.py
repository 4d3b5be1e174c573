"""The letter (函) to the other department: drafted with the proposal, worded and signed by people, answered."""

from datetime import date

import pytest
from django.test import Client

from qingxi_office.meetings.models import AgendaItem
from qingxi_office.people.rights import Denied
from qingxi_office.programmes.actions import letters
from qingxi_office.programmes.models import Clash, ClashLetter, LotRow, OtherWork
from qingxi_office.trail.models import Entry

TODAY = date(2026, 11, 20)


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def clash(cast):
    village = cast.places["999901100200"]
    lot = LotRow.objects.create(key="l", name="溪口镇红岩片", place=village, year=2027, cost_fen=1)
    work = OtherWork.objects.create(
        key="w",
        department="县交通运输局",
        kind="road",
        name="红岩村主街硬化",
        start=date(2027, 4, 1),
        place=village,
    )
    return Clash.objects.create(
        key="l/w", lot=lot, work=work, place=village, overlap_m=412.4, months_apart=5, saved_fen=18_500_000
    )


def propose(cast, clash):
    assert browser(cast.luomei).post(f"/clashes/{clash.pk}/").status_code == 302
    return ClashLetter.objects.get()


def test_proposing_drafts_a_letter_with_the_facts(cast, clash):
    row = propose(cast, clash)
    assert (row.state, row.department, row.issuer) == ("draft", "县交通运输局", "天河坝县生态环境局")
    assert row.title == "关于商请“红岩村主街硬化”与污水管网同步施工的函"
    for fact in (
        "红岩村主街硬化",
        "2027年4月开工",
        "溪口镇红岩片",
        "2027年埋设污水管",
        "约412米",
        "约节省18.50万元",
    ):
        assert fact in row.text, fact  # 18,500,000 fen are 18.5 万元
    # Ten working days after Friday 20 November 2026: 4 December.
    assert row.reply_by == date(2026, 12, 4)
    assert "2026年12月4日前函复" in row.text
    assert row.because == ["clash:l/w", "lot:l", "work:w"]
    assert AgendaItem.objects.count() == 0  # this county has founded no group; the letter does not wait for one


def test_reworded_signed_answered_and_the_clash_follows(cast, clash):
    row = propose(cast, clash)
    clerk, chief = browser(cast.luomei), browser(cast.chenjing)
    here = f"/clashes/letters/{row.pk}/"
    clerk.post(here, {"do": "reword", "title": "关于同步施工的函", "text": "第一段。\n\n  第二段。 "})
    row.refresh_from_db()
    assert (row.title, row.text) == ("关于同步施工的函", "第一段。\n第二段。")
    # A clerk words it; only the county's officer signs.
    assert clerk.post(here, {"do": "send", "on": "2026-11-20"}).status_code == 403
    chief.post(here, {"do": "send", "number": "天环函〔2026〕31号", "on": "2026-11-21"})
    row.refresh_from_db()
    assert row.state == "draft"  # tomorrow is no day to have sent it
    chief.post(
        here,
        {"do": "send", "title": row.title, "text": row.text, "number": "天环函〔2026〕31号", "on": "2026-11-19"},
    )
    row.refresh_from_db()
    assert (row.state, row.number, row.sent_on, row.signed_by) == (
        "sent",
        "天环函〔2026〕31号",
        date(2026, 11, 19),
        cast.chenjing,
    )
    clerk.post(here, {"do": "answer", "answer": "together", "said": "四月一起挖", "on": "2026-11-20"})
    row.refresh_from_db()
    clash.refresh_from_db()
    assert (row.state, row.answer, clash.state) == ("answered", "together", "已同步")
    said = list(Entry.objects.filter(subject_kind="clash_letter").values_list("action", flat=True))
    assert said == ["clash_letter.drafted", "clash_letter.reworded", "clash_letter.sent", "clash_letter.answered"]


def test_a_dropped_letter_keeps_its_reason_and_another_may_follow(cast, clash):
    row = propose(cast, clash)
    here = f"/clashes/letters/{row.pk}/"
    clerk = browser(cast.luomei)
    clerk.post(here, {"do": "drop", "reason": "  "})
    row.refresh_from_db()
    assert row.state == "draft"
    clerk.post(here, {"do": "drop", "reason": "电话里已经说好"})
    row.refresh_from_db()
    assert (row.state, row.answer_text) == ("dropped", "电话里已经说好")
    clerk.post(f"/clashes/{clash.pk}/letter/")
    assert [r.state for r in ClashLetter.objects.order_by("pk")] == ["dropped", "draft"]
    again = letters.draft(clash, by=cast.luomei)
    assert ClashLetter.objects.count() == 2  # the open one is given back, not a third
    assert again.state == "draft"


def test_no_step_is_skipped(cast, clash):
    row = propose(cast, clash)
    with pytest.raises(ValueError, match="函稿"):
        letters.answered(row, "no", "", TODAY, by=cast.luomei)
    letters.sent(row, "", TODAY, by=cast.chenjing)
    for deed in (
        lambda: letters.reword(row, "a", "b", by=cast.chenjing),
        lambda: letters.sent(row, "", TODAY, by=cast.chenjing),
        lambda: letters.dropped(row, "x", by=cast.chenjing),
        lambda: letters.answered(row, "perhaps", "", TODAY, by=cast.chenjing),
        lambda: letters.answered(row, "no", "", date(2026, 11, 1), by=cast.chenjing),
    ):
        with pytest.raises(ValueError, match=r"."):
            deed()
    with pytest.raises(Denied):
        letters.answered(row, "no", "", TODAY, by=cast.hezhi)


def test_the_paper_is_a_letter_and_the_same_twice(cast, clash):
    row = propose(cast, clash)
    page = f"/clashes/letters/{row.pk}/docx/"
    one, two = (browser(cast.luomei).get(page).content for _ in range(2))
    assert one == two
    import io

    from docx import Document

    said = [p.text for p in Document(io.BytesIO(one)).paragraphs if p.text]
    assert "县交通运输局：" in said
    assert said[-2:] == ["天河坝县生态环境局", "2026年11月20日"]
    assert browser(cast.luomei).get(f"/clashes/letters/{row.pk}/").status_code == 200
    assert browser(cast.hezhi).get(page).status_code == 404
