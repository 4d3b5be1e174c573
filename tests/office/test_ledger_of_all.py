"""One ledger for all sources: put in by hand, blockages from below, units among each other, letters by rank, county borders."""

import io
import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from qingxi.issue import ASKED, Answer, ErrandKind, LetterKind, Step
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.intake.actions import hand_in, reply
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues import actions
from qingxi_office.issues.actions import Piece, Refused, open_by_hand, open_from_report, raise_blockage, take
from qingxi_office.issues.actions.letters import kind_for
from qingxi_office.issues.models import CrossCase, IssueErrand, IssueLetter, IssueRecord
from qingxi_office.issues.queries import issues
from qingxi_office.people.models import User
from qingxi_office.people.rights import Denied
from qingxi_office.places.models import Unit
from qingxi_office.places.queries import county
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.trail.models import Entry

DAY = date(2026, 11, 20)


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def photo():
    held = io.BytesIO()
    Image.new("RGB", (4, 4)).save(held, "PNG")
    return SimpleUploadedFile("a.png", held.getvalue(), "image/png")


def station():
    return FacilityRecord.objects.select_related("place", "operator_unit").get(key="QX-001")


def by_hand(cast, by="chenjing", **more):
    said = {
        "source": "审计",
        "place": station().place,
        "facility": station(),
        "title": "风机不响",
        "cause": "T04",
        **more,
    }
    return open_by_hand(by=getattr(cast, by), **said)


@pytest.fixture
def finance(cast):
    return Unit.objects.create(name="天河坝县财政局", kind="部门", level="县", place=cast.county)


def test_by_hand_with_class_cause_and_the_usual_units(cast):
    row = by_hand(cast, photo=photo())
    assert (row.key, row.source, row.cause, row.cause_group) == ("WT-2026-0001", "审计", "设备老化或损坏", "技术")
    assert (row.rectifier.name, row.lead.name, row.level) == ("清源运维公司", "溪口镇人民政府", "乡镇")
    assert row.due_on == date(2026, 12, 11)  # 15 working days
    assert row.because == ["facility:QX-001"]
    assert [e.kind for e in row.evidence.all()] == ["整改前照片"]
    assert by_hand(cast, klass="重点").level == "县"


def test_every_fault_at_once(cast):
    with pytest.raises(Refused) as no:
        by_hand(cast, title=" ", klass="督办", rectifier=cast.units["县治污办"], due_on=DAY, source="")
    said = str(no.value)
    for words in ("一句", "来源", "期限", "销号单位不能是整改责任单位", "市级"):
        assert words in said
    with pytest.raises(Denied):
        by_hand(cast, by="hezhi")
    with pytest.raises(Denied):
        by_hand(cast, by="zhaoyong")


def test_a_township_raises_a_blockage_against_county_finance(cast, finance):
    project = ProjectRecord.objects.create(
        key="XM-1", name="溪口管网", stage="施工", total_fen=100, place=cast.places["999901100"]
    )
    row = raise_blockage(by=cast.luomei, title="配套 86 万元未到位", kind="资金", against=finance, project=project)
    assert (row.klass, row.rectifier, row.raiser.name) == ("推进堵点", finance, "溪口镇人民政府")
    assert (row.lead.name, row.cause_code, row.cause_group) == ("县治污办", "F01", "资金")
    assert row.due_on == date(2026, 12, 4)  # ten working days after Friday 2026-11-20
    assert "project:XM-1" in row.because
    with pytest.raises(Refused, match="提出单位"):
        take(row, Step.AGREE, by=cast.luomei, evidence=[])
    take(
        row,
        Step.AGREE,
        by=cast.luomei,
        evidence=[Piece("提出单位意见", "到账"), Piece("整改后照片或资料", "进账单")],
    )
    row.refresh_from_db()
    assert (row.state, row.closed_by_unit.name) == ("销号备案", "溪口镇人民政府")


def test_an_operator_may_raise_one_and_sees_it(cast, finance):
    row = raise_blockage(
        by=cast.zhaoyong, title="运维费三个月没付", kind="资金", against=finance, facility=station()
    )
    assert issues(cast.zhaoyong).filter(pk=row.pk).exists()
    page = browser(cast.zhaoyong)
    assert "要谁来解决" in page.get("/issues/new/").content.decode()
    said = page.post(
        "/issues/new/",
        {
            "klass": "推进堵点",
            "kind": "用地",
            "rectifier": finance.name,
            "title": "进站路没批",
            "facility": "QX-001",
        },
    )
    assert said.status_code == 302
    assert IssueRecord.objects.get(title="进站路没批").raiser.name == "清源运维公司"
    assert browser(cast.sunning).get("/issues/new/").status_code == 403


def test_on_the_spot_through_the_page_the_day_it_is_mended(cast):
    row = by_hand(cast, source="巡查")
    page = browser(cast.luomei)
    assert "三下当场销号" in page.get(f"/issues/{row.key}/").content.decode()
    half = page.post(f"/issues/{row.key}/step/", {"step": "ON_SITE", "reading_own": "3.2 A"}, follow=True)
    assert "整改后照片" in half.content.decode()
    page.post(f"/issues/{row.key}/step/", {"step": "ON_SITE", "reading_own": "3.2 A", "photo": photo()})
    line = page.get(f"/issues/{row.key}/").content.decode()
    # Of ten stations two were passed, 交办 and 销号备案; the eight between are not ticked off.
    assert (line.count('<li class="done"'), line.count('<li class="skip"')) == (2, 8)
    row.refresh_from_db()
    assert (row.state, row.closed_on, row.closed_by_unit.name) == ("销号备案", DAY, "溪口镇人民政府")
    assert row.revisit_on == date(2026, 12, 18)  # 20 working days
    assert Entry.objects.filter(subject_id=row.key, action="issue.on_site").exists()
    firm = by_hand(cast, title="又不响")
    assert "三下当场销号" not in browser(cast.zhaoyong).get(f"/issues/{firm.key}/").content.decode()
    with pytest.raises(Refused):
        take(
            firm, Step.ON_SITE, by=cast.zhaoyong, evidence=[Piece("整改后照片", "", photo()), Piece("读数", "3 A")]
        )


def test_the_city_closes_and_the_county_only_enters_its_paper(cast):
    city = Unit.objects.create(name="天府市生态环境局", kind="部门", level="市")
    row = by_hand(cast, klass="督办", source="上级", closer=city, on=date(2026, 11, 2))
    assert row.level == "市"
    days = iter(date(2026, 11, n) for n in (2, 3, 3, 3, 3, 4))
    for step, who, kinds in (
        (Step.RECEIVE, "zhaoyong", []), (Step.PLAN, "zhaoyong", ["整改方案"]), (Step.START, "luomei", []),
        (Step.SELF_CHECK, "zhaoyong", ["整改后照片或资料"]), (Step.APPLY, "zhaoyong", ["销号申请"]), (Step.VERIFY, "chenjing", ["现场核查记录"]),
    ):  # fmt: skip
        take(row, step, by=getattr(cast, who), evidence=[Piece(k, "x") for k in kinds], on=next(days))
    with pytest.raises(Refused, match="销号单位办理"):
        take(row, Step.SIGN, by=cast.zhouwei, evidence=[Piece("签字件", "县里签")])
    signed = take(
        row,
        Step.SIGN,
        by=cast.chenjing,
        evidence=[Piece("签字件", "市函")],
        upper_signer="高明",
        on=date(2026, 11, 5),
    )
    assert (signed.unit, signed.by_name) == (city, "高明（陈静据文件代记）")
    take(row, Step.PUBLISH, by=cast.luomei, evidence=[Piece("公示件", "村务栏")], on=date(2026, 11, 6))
    papers = [Piece("备案件", "x"), Piece("上级销号文件", "天府环函〔2026〕9号")]
    with pytest.raises(Refused, match="上级销号文件"):
        take(row, Step.CLOSE, by=cast.chenjing, evidence=papers[:1], upper_signer="高明")
    with pytest.raises(Denied):
        take(row, Step.CLOSE, by=cast.luomei, evidence=papers, upper_signer="高明")
    take(row, Step.CLOSE, by=cast.chenjing, evidence=papers, upper_signer="高明")
    row.refresh_from_db()
    assert (row.closed_by_unit, row.is_open) == (city, False)


def test_units_are_asked_each_with_its_clock_and_hold_the_closing(cast):
    row = by_hand(cast)
    other = cast.units["岚坪镇人民政府"]
    made = actions.ask_units(row, ErrandKind.COSIGN, [other], by=cast.luomei, said="水从你镇流来，请会签")
    assert (made[0].asker.name, made[0].due_on) == ("溪口镇人民政府", date(2026, 11, 25))  # three working days
    both = [Piece("整改后照片", "", photo()), Piece("读数", "3.2 A")]
    with pytest.raises(Refused, match="会签还没有回"):
        take(row, Step.ON_SITE, by=cast.luomei, evidence=both)
    with pytest.raises(Refused, match="由它答复"):
        actions.answer_errand(made[0], by=cast.chenjing, answer="x", agrees=True)
    with pytest.raises(Refused, match="不是这件问题的办理单位"):
        actions.ask_units(row, ErrandKind.TASK, [cast.units["县治污办"]], by=cast.hezhi, said="x")
    actions.answer_errand(made[0], by=cast.hezhi, answer="我镇不同意", agrees=False)
    with pytest.raises(Refused, match="会签不同意"):
        take(row, Step.ON_SITE, by=cast.luomei, evidence=[Piece("整改后照片", "", photo()), both[1]])
    again = actions.ask_units(row, ErrandKind.COSIGN, [other], by=cast.luomei, said="已改，再请会签")
    actions.answer_errand(again[0], by=cast.hezhi, answer="", agrees=True)
    take(row, Step.ON_SITE, by=cast.luomei, evidence=[Piece("整改后照片", "", photo()), both[1]])


def test_handing_on_runs_a_clock_until_it_is_received(cast):
    row = by_hand(cast)
    take(row, Step.RETURN, by=cast.zhaoyong, note="不是我们的管", evidence=[Piece("退回理由", "x")])
    take(
        row,
        Step.REASSIGN,
        by=cast.luomei,
        note="转岚坪",
        evidence=[Piece("转办单", "x")],
        rectifier=cast.units["岚坪镇人民政府"],
    )
    kinds = [(e.kind, e.asked.name, e.answered_on is None) for e in IssueErrand.objects.select_related("asked")]
    assert kinds == [("退回", "溪口镇人民政府", False), ("转办", "岚坪镇人民政府", True)]
    take(row, Step.RECEIVE, by=cast.hezhi)
    assert not IssueErrand.objects.filter(answered_on=None).exists()


def test_letters_by_rank_and_one_after_another(cast, finance):
    row, own = by_hand(cast), county()
    assert kind_for(row, 12, own) is LetterKind.REMIND
    letter = actions.draft_letter(row, by=cast.chenjing, today=DAY, days_over=12)
    actions.decide_letter(letter, True, by=cast.chenjing)
    assert kind_for(row, 12, own) is LetterKind.ORDER
    row.rectifier = finance  # level with the issuing body: a 函, whatever was signed
    assert kind_for(row, 30, own) is LetterKind.LETTER
    row.save()
    wrong = IssueLetter.objects.create(
        issue=row, unit=finance, kind="督办单", text="x", days_over=9, drafted_on=date(2026, 11, 19)
    )
    with pytest.raises(ValueError, match="平级"):
        actions.decide_letter(wrong, True, by=cast.chenjing)
    paper = browser(cast.chenjing).get(f"/letters/{letter.pk}/paper/")
    assert paper.content[:2] == b"PK"


def test_over_the_county_border_and_back(cast):
    row = by_hand(cast)
    with pytest.raises(Denied):
        actions.draft_crossing(row, by=cast.luomei, other="大河县", text="x")
    case = actions.draft_crossing(row, by=cast.chenjing, other="大河县", text="请查上游")
    case = actions.send_crossing(case, by=cast.chenjing, number="天函〔2026〕1号")
    assert case.reply_by == date(2026, 12, 4)  # ten working days
    page = browser(cast.chenjing)
    assert page.get(f"/crossings/{case.pk}/docx/").content[:2] == b"PK"
    out = json.loads(page.get(f"/crossings/{case.pk}/json/").content)
    assert (out["from_county"], out["to_county"], out["key"], out["due_on"]) == (
        "天河坝县",
        "大河县",
        row.key,
        "2026-12-11",
    )
    # the other county's books take the same file in and answer with theirs
    out["from_county"], out["to_county"] = "大河县", "天河坝县"
    there = SimpleUploadedFile("来函.json", json.dumps(out).encode(), "application/json")
    said = page.post("/crossings/", {"file": there, "place": "999901100200"})
    assert said.status_code == 302
    came = CrossCase.objects.get(way="in")
    assert (came.issue.source, came.issue.klass, came.their_due_on, came.other) == (
        "跨县来函",
        "重点",
        date(2026, 12, 11),
        "大河县",
    )
    page.post(f"/crossings/{came.pk}/", {"do": "answer", "takes": "yes", "answer": "已交办"})
    back = json.loads(page.get(f"/crossings/{came.pk}/json/").content)
    assert (back["takes"], back["own_key"], back["own_due_on"]) == (True, came.issue.key, str(came.issue.due_on))
    back["key"] = row.key
    page.post(
        f"/crossings/{case.pk}/", {"do": "file", "file": SimpleUploadedFile("答复.json", json.dumps(back).encode())}
    )
    case.refresh_from_db()
    assert (case.state, case.takes, case.their_due_on) == ("answered", True, came.issue.due_on)
    bad = page.post("/crossings/", {"file": SimpleUploadedFile("x.json", b"{}"), "place": "999901100200"})
    assert bad.status_code == 400
    for path in ("/crossings/", f"/crossings/{case.pk}/", f"/issues/{row.key}/", f"/issues/{row.key}/card/"):
        assert page.get(path).status_code == 200


def test_the_reporters_word_of_the_public_page_is_heard(cast):
    report = hand_in("又臭又响", address="10.0.0.1", facility="QX-001")
    row = open_from_report(report, by=cast.luomei)
    take(
        row,
        Step.ADD,
        by=cast.luomei,
        evidence=[Piece(ASKED, "已发短信", answer=Answer.WAIT)],
        note="修好了，请看看",
    )
    report.refresh_from_db()
    assert report.state == PublicReport.State.ANSWERED
    both = [Piece("整改后照片", "", photo()), Piece("读数", "3.2 A")]
    with pytest.raises(Refused, match="还没有答复"):
        take(row, Step.ON_SITE, by=cast.luomei, evidence=both)
    reply(report, True)
    take(row, Step.ON_SITE, by=cast.luomei, evidence=[Piece("整改后照片", "", photo()), both[1]])
    row.refresh_from_db()
    assert row.state == "销号备案"
    assert [e.answer for e in row.evidence.filter(kind=ASKED)] == ["已问未答", "认可"]


def test_numbers_pass_over_those_of_the_old_ledger_and_never_repeat(cast):
    for n in (7, 12000):
        IssueRecord.objects.create(
            key=f"WT-2026-{n:04d}",
            title="旧",
            klass="一般",
            place=cast.county,
            found_on=DAY,
            assigned_on=DAY,
            state="交办",
        )
    keys = [by_hand(cast).key for _ in range(3)]
    assert keys == ["WT-2026-12001", "WT-2026-12002", "WT-2026-12003"]


def test_pages_of_the_list_go_on_where_the_last_one_ended(cast):
    place = station().place
    IssueRecord.objects.bulk_create(
        IssueRecord(
            key=f"WT-2025-{n:04d}", title=f"第{n}件", klass="一般", place=place, found_on=DAY, assigned_on=DAY, state="交办",
            due_on=date(2026, 12, 1 + n % 3) if n % 10 else None,
        )
        for n in range(60)
    )  # fmt: skip
    page, seen, path = browser(cast.chenjing), [], "/issues/"
    while path:
        answer = page.get(path)
        seen += [r.key for r in answer.context["page"].object_list]
        after = answer.context["page"].after
        path = f"/issues/?after={after}" if after else ""
        last = answer.context["page"]
    assert len(seen) == len(set(seen)) == 60
    back = page.get(f"/issues/?before={last.before}").context["page"]
    assert [r.key for r in back.object_list] == seen[24:48]
    assert page.get("/issues/?after=昨天~x").status_code == 200


def test_the_table_carries_causes_and_signatures(cast):
    by_hand(cast)
    text = browser(cast.chenjing).get("/issues/?as=csv").content.decode("utf-8-sig")
    head, line = text.strip().splitlines()
    assert {"原因大类", "交办层级", "销号签字单位", "提出单位"} <= set(head.split(","))
    assert "技术,设备老化或损坏,乡镇" in line


ASKED_OF_THE_LIST = (
    "", "late=1", "mine=1", "closed=1", "closed=all", "revisit=1", "due=today", "due=week", "klass=一般", "state=交办&mine=1",
    "cause=没定原因", "rectifier=没有责任单位", "township=1", "township=1&late=1&mine=1", "closed=all&klass=督办&source=审计&late=1",
)  # fmt: skip


def test_the_list_and_its_counts_say_what_the_books_say_whoever_asks(cast):
    from qingxi_office.issues.queries import sees_every
    from qingxi_office.site.pages import issue_counts, issue_list

    for n in range(4):
        by_hand(cast, title=f"第 {n} 件")
    town = station().place.parent.code
    seen_all = 0
    for name in ("chenjing", "zhouwei", "zg103", "dudao", "yunwei1"):
        person = cast.people.get(name) if hasattr(cast, "people") else None
        person = person or User.objects.filter(username=name).first()
        if person is None:
            continue
        client, every = browser(person), sees_every(person)
        seen_all += every
        for asked in (*ASKED_OF_THE_LIST, f"township={town}", f"township={town}&klass=一般"):
            page = client.get(f"/issues/?{asked}")
            assert page.status_code == 200, (name, asked)
            given = page.wsgi_request.GET
            wanted = set(
                issues(person)
                .filter(issue_list.narrowed(person, given, page.context["today"]))
                .values_list("key", flat=True)
            )
            found = page.context["page"]
            assert {r.key for r in found.object_list} == wanted, (name, asked)
            assert found.total == len(wanted), (name, asked)
        own = issues(person)
        counts = issue_counts.counts(person, DAY, every)
        assert counts["open"] == own.filter(is_open=True).count()
        assert counts["closed"] == own.filter(is_open=False).count()
        assert counts["late"] == own.filter(is_open=True, due_on__lt=DAY).count()
        # asked as rows and as groups, the menus are the same but for the order of equals
        few, many = (issue_counts.menus(person, every, n) for n in (0, 10**6))
        assert [(k, sorted(rows)) for k, _w, rows in few.fields] == [
            (k, sorted(rows)) for k, _w, rows in many.fields
        ]
        assert few.places == many.places
    assert seen_all


def test_who_sees_more_than_a_county_chooses_by_county(cast):
    from qingxi_office.site.pages import issue_counts

    by_hand(cast)
    person, own = User.objects.select_related("scope").get(username="chenjing"), county().place
    person.scope.level = "province"
    menus = issue_counts.menus(person, True, 1)
    assert menus.counties
    assert menus.places == [(own.code, own.name)]
