"""Reports on the officers' side: a letter and a call taken down, answers, what waits for a look, whose desk it lies on."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from qingxi_office.intake import actions
from qingxi_office.intake.models import PublicReport
from qingxi_office.intake.near import metres, stations_near

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def test_a_letter_is_taken_down_with_its_scan(cast):
    client = browser(cast.luomei)
    said = client.post(
        "/reports/new/",
        {"channel": "paper", "village": "999901100200 红岩村", "text": "来信：沟里臭", "place": "桥头", "phone": "1390000", "scan": ContentFile(PNG, "信.png")},
        follow=True,
    )  # fmt: skip
    row = PublicReport.objects.get()
    assert (row.channel, row.village_code, row.place, row.held) == ("paper", "999901100200", "桥头", "")
    assert row.code in said.content.decode()
    assert client.get(f"/reports/{row.code}/scan/").status_code == 200
    assert browser(cast.hezhi).get(f"/reports/{row.code}/scan/").status_code == 404
    assert browser(cast.hezhi).get(f"/reports/{row.code}/").status_code == 404
    assert (
        client.post("/reports/new/", {"channel": "web", "village": "999901100200", "text": "x"}).status_code == 400
    )
    assert client.post("/reports/new/", {"channel": "phone", "text": "x"}).status_code == 400
    assert (
        browser(cast.hezhi)
        .post("/reports/new/", {"channel": "phone", "village": "999901100200", "text": "x"})
        .status_code
        == 400
    )


def test_an_answer_without_a_problem_and_one_that_is_not_taken(cast):
    client = browser(cast.luomei)
    first, second = (actions.hand_in(t, address="1", facility="QX-001") for t in ("什么时候接我家", "路灯坏了"))
    client.post(f"/reports/{first.code}/do/", {"deed": "answer", "text": " "})
    assert PublicReport.objects.get(pk=first.pk).state == "received"
    client.post(f"/reports/{first.code}/do/", {"deed": "answer", "text": "明年三月接主街"})
    client.post(f"/reports/{second.code}/do/", {"deed": "aside", "text": "路灯归城管，电话 12345"})
    assert [r.state for r in PublicReport.objects.order_by("pk")] == ["answered", "set_aside"]
    page = Client().get(f"/r/{second.code}/").content.decode()
    assert "没有受理" in page
    assert "路灯归城管" in page
    for deed in ("answer", "aside", "take"):
        assert (
            browser(cast.sunning).post(f"/reports/{first.code}/do/", {"deed": deed, "text": "x"}).status_code == 403
        )


def test_not_solved_climbs_a_level_each_time_where_no_problem_was_made(db):
    report = actions.hand_in("沟里臭", address="1", village_code="999901100200")
    for level in ("乡镇", "县", "市", "市"):
        actions.note_answer(report, "清了")
        actions.reply(report, False)
        assert report.sent_up == level
    assert report.reopened == 4


def test_what_waits_for_a_look_is_let_through(cast):
    for n in range(6):
        last = actions.hand_in(f"臭 {n}", address="7.7.7.7", facility="QX-001")
    client = browser(cast.luomei)
    page = client.get("/reports/?show=held").content.decode()
    assert last.code in page
    assert page.count("/reports/") < 40
    client.post(f"/reports/{last.code}/do/", {"deed": "through"})
    last.refresh_from_db()
    assert last.held == ""


def test_the_list_asks_a_fixed_number_of_questions(cast, django_assert_max_num_queries):
    for n in range(40):
        actions.hand_in(f"臭 {n}", address=str(n), village_code="999901100200")
    client = browser(cast.chenjing)
    client.get("/reports/")
    with django_assert_max_num_queries(30):
        assert "40 件反映等着人接" in client.get("/reports/").content.decode()
    assert client.get("/reports/?as=csv").content.decode("utf-8-sig").count("\n") == 41


@pytest.mark.parametrize(("far", "near"), [(0.0026, ["a", "b"]), (0.0028, ["a"])])
def test_stations_near(far, near):
    """0.0026 degrees of latitude are 289 m, 0.0028 are 312 m; 300 m are near."""
    own = {"key": "a", "lon": 104.0, "lat": 30.0}
    assert (
        stations_near(
            own, [own, {"key": "b", "lon": 104.0, "lat": 30.0 + far}, {"key": "c", "lon": None, "lat": None}], 300
        )
        == near
    )
    assert metres((104.0, 30.0), (104.001, 30.0)) == pytest.approx(96.4, abs=0.1)
