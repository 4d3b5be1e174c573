"""Findings in the office: they open, grow and close; only new evidence is looked at; a dismissal counts against its rule."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings import newly
from qingxi_office.findings.actions import decide, examine_all
from qingxi_office.findings.models import Examination, FindingRecord
from qingxi_office.findings.queries import rule_counts
from qingxi_office.readings.models import BillRow, DailyRow, VisitRow
from qingxi_office.site.pages.findings import _until
from qingxi_office.trail import clock

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)


@pytest.fixture
def plants(cast, office):
    """Two plants: one with daily flow and energy from a vendor, one with bills and rounds only."""
    village = cast.places["999901100200"]
    common = {
        "place": village,
        "process": "A2O",
        "design_m3_d": 30,
        "owner": "溪口镇人民政府",
        "operator": "清源运维公司",
    }
    meter = FacilityRecord.objects.create(
        key="QX-901", public_code="S901", name="甲站", evidence="remote_meter", **common
    )
    paper = FacilityRecord.objects.create(
        key="QX-902", public_code="S902", name="乙站", evidence="paper", power_account="55", **common
    )
    return meter, paper


def days(facility, first, n, flow, energy):
    DailyRow.objects.bulk_create(
        DailyRow(facility=facility, quantity=q, day=first + timedelta(days=i), value=v, source="vendor")
        for i in range(n)
        for q, v in (("flow", flow), ("energy", energy))
    )


def bill(facility, month, kwh):
    BillRow.objects.create(key=f"55/{month:%Y-%m}", facility=facility, account="55", month=month, kwh=kwh)


def round_(facility, day, **answers):
    at = datetime(day.year, day.month, day.day, 9, tzinfo=timezone.get_current_timezone())
    VisitRow.objects.create(
        key=f"{facility.key}/{day}",
        facility=facility,
        visited_at=at,
        by_name="王",
        by_role="village",
        answers=answers,
    )


def current(facility, rule):
    return FindingRecord.objects.get(facility=facility, rule=rule, is_current=True)


def test_a_finding_grows_under_one_key_and_closes(plants, office):
    meter, _ = plants
    days(meter, date(2026, 7, 1), 60, 20, 15)
    days(meter, date(2026, 8, 30), 60, 0, 0)  # 30 August to 28 October
    examine_all(by=office, as_of=date(2026, 10, 10))
    first = current(meter, "stopped-series")
    assert (first.period_from, first.opened) == (date(2026, 8, 30), date(2026, 8, 30))
    examine_all(by=office, as_of=date(2026, 10, 25))
    again = current(meter, "stopped-series")
    assert (again.pk, again.key, again.period_to) == (first.pk, first.key, date(2026, 10, 25))
    days(meter, date(2026, 10, 29), 23, 20, 15)
    examine_all(by=office, as_of=DAY)
    closed = FindingRecord.objects.get(pk=first.pk)
    assert not closed.is_current
    assert closed.closed_on == date(2026, 10, 25)


def test_what_was_dismissed_stays_dismissed_while_it_lasts(plants, office, cast):
    meter, _ = plants
    days(meter, date(2026, 9, 1), 81, 0, 0)
    examine_all(by=office, as_of=date(2026, 11, 1))
    row = current(meter, "stopped-series")
    decide(row, False, by=cast.chenjing, reason="断电检修，镇里报过", dismissed_for="declared")
    examine_all(by=office, as_of=DAY)
    after = FindingRecord.objects.get(pk=row.pk)
    assert (after.state, after.period_to, after.dismissed_for) == ("rejected", DAY, "declared")
    assert FindingRecord.objects.filter(facility=meter, rule="stopped-series").count() == 1
    counted = rule_counts(cast.chenjing)["stopped-series"]
    assert (counted.found, counted.rejected, dict(counted.reasons)) == (1, 1, {"declared": 1})


def test_a_strange_reason_counts_as_another_one(plants, office, cast):
    meter, _ = plants
    days(meter, date(2026, 9, 1), 81, 0, 0)
    examine_all(by=office, as_of=DAY)
    row = decide(current(meter, "stopped-series"), False, by=cast.chenjing, reason="看过", dismissed_for="x" * 30)
    assert row.dismissed_for == "other"


def test_papers_by_the_month(plants, office):
    _, paper = plants
    # 30 kWh a day until June, then the main switch is off; rounds agree.
    for month in range(1, 11):
        bill(paper, date(2026, month, 1), 900 if month < 7 else 0)
    for month in (7, 8, 9, 10):
        round_(paper, date(2026, month, 9), blower="off", inflow="no", outflow="no")
    examine_all(by=office, as_of=DAY)
    found = current(paper, "stopped-months")
    assert (found.period_from, found.period_to, found.kind) == (date(2026, 7, 1), date(2026, 10, 31), "stopped")
    assert found.use == "线索"  # its weakest evidence: a round
    # the rule of the day says the same and is not said twice
    assert not FindingRecord.objects.filter(facility=paper, rule="stopped-paper").exists()


def test_a_finding_stands_on_rounds_that_are_there_whoever_walked_them(plants, office):
    """A phone's round is called by its own number, one written at the desk by second and person: never by facility and minute."""
    _, paper = plants
    for month in (5, 6, 7, 8, 9, 10):
        bill(paper, date(2026, month, 1), 1)
    for week in range(12):
        round_(paper, DAY - timedelta(weeks=week, days=1), blower="off", inflow="no", outflow="no")
    examine_all(by=office, as_of=DAY)
    found = FindingRecord.objects.filter(facility=paper, is_current=True)
    cited = {
        ref for row in found for piece in (row.because, *(e.get("refs", ()) for e in row.evidence)) for ref in piece
    }
    rounds = {ref.removeprefix("visit:") for ref in cited if ref.startswith("visit:")}
    assert rounds
    assert rounds <= set(VisitRow.objects.values_list("key", flat=True))


def test_only_new_evidence_is_looked_at(plants, office):
    meter, paper = plants
    days(meter, date(2026, 9, 1), 81, 20, 15)
    bill(paper, date(2026, 10, 1), 900)
    assert examine_all(by=office, as_of=DAY).facilities == FacilityRecord.objects.count()
    tomorrow = DAY + timedelta(days=1)
    done = examine_all(by=office, as_of=tomorrow)
    devices = FacilityRecord.objects.exclude(evidence="paper").count()
    assert done.facilities == devices  # a device may have fallen silent; papers have nothing new
    bill(paper, date(2026, 11, 1), 880)
    assert examine_all(by=office, as_of=tomorrow).facilities == 1
    assert examine_all(by=office, as_of=tomorrow, everything=True).facilities == FacilityRecord.objects.count()
    later = tomorrow + timedelta(days=newly.STALE_DAYS)
    assert examine_all(by=office, as_of=later).facilities == FacilityRecord.objects.count()
    assert Examination.objects.get(facility=paper).as_of == later


def test_findings_of_those_not_looked_at_stay(plants, office):
    meter, paper = plants
    for month in range(1, 11):
        bill(paper, date(2026, month, 1), 900 if month < 7 else 0)
    examine_all(by=office, as_of=DAY)
    before = FindingRecord.objects.filter(facility=paper, is_current=True).count()
    assert before
    days(meter, date(2026, 11, 1), 19, 20, 15)
    examine_all(by=office, as_of=DAY)
    assert FindingRecord.objects.filter(facility=paper, is_current=True).count() == before


def test_examination_costs_the_same_number_of_queries_for_many(plants, office, django_assert_max_num_queries, cast):
    for n in range(40):
        FacilityRecord.objects.create(
            key=f"QX-8{n:02}",
            public_code=f"S8{n:02}",
            name=f"{n} 站",
            place=cast.places["999901100200"],
            process="A2O",
            design_m3_d=20,
        )
    with django_assert_max_num_queries(32):
        examine_all(by=office, as_of=DAY)


def test_what_nobody_examined_is_not_called_right(plants, office, cast):
    officer = Client()
    officer.force_login(cast.chenjing, backend="qingxi_office.people.backends.OfficeBackend")
    said = officer.get("/findings/").content.decode()
    assert "还没有按规则检查过" in said
    assert "没有发现问题" not in said
    Examination.objects.create(facility=plants[0], evidence="0", as_of=DAY)
    assert "按规则检查过，现在没有发现问题" in officer.get("/findings/").content.decode()


def test_evidence_that_ended_weeks_ago_is_not_said_to_go_on(plants, office, cast):
    officer = Client()
    officer.force_login(cast.chenjing, backend="qingxi_office.people.backends.OfficeBackend")
    today = clock.today()
    for n, back in enumerate((3, 60)):
        FindingRecord.objects.create(
            key=f"K{n}", facility=plants[1], rule=f"stopped-{n}", rule_name="停运", kind="stopped", version="3",
            period_from=today - timedelta(days=100), period_to=today - timedelta(days=back), statement="乙站多半停了",
            confidence="较高", use="线索", found_on=today,
        )  # fmt: skip
    until = {row.key: _until(row) for row in FindingRecord.objects.all()}
    assert until == {"K0": "还在", "K1": f"证据到 {today - timedelta(days=60)}"}
    for row in FindingRecord.objects.all():
        said = officer.get(f"/findings/{row.pk}/").content.decode()
        assert ("还在，到现在" in said) == (row.key == "K0")
        assert ("要等新的证据" in said) == (row.key == "K1")
        assert officer.get(f"/findings/{row.pk}/").context["to"] == today  # what came after is shown too


def test_the_pages(plants, office, cast, django_assert_max_num_queries):
    meter, _ = plants
    days(meter, date(2026, 9, 1), 81, 0, 0)
    examine_all(by=office, as_of=DAY)
    client = Client()
    client.force_login(cast.chenjing)
    with django_assert_max_num_queries(25):
        page = client.get("/findings/").content.decode()
    assert "甲站" in page
    row = current(meter, "stopped-series")
    with django_assert_max_num_queries(30):
        page = client.get(f"/findings/{row.pk}/").content.decode()
    assert "什么会推翻它" in page
    assert "axis-data" in page
    with django_assert_max_num_queries(15):
        page = client.get("/rules/").content.decode()
    assert "停运或闲置（日数据）" in page
    stranger = Client()
    stranger.force_login(cast.hezhi)  # the clerk of the other township
    assert stranger.get(f"/findings/{row.pk}/").status_code == 404
