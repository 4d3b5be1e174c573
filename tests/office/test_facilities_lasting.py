"""How long plants last: lives from the register and the findings, by year of life, process and operator."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.office.test_strangers import browser

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings import lasting
from qingxi_office.findings.models import FindingRecord
from qingxi_office.people.models import User
from qingxi_office.trail import clock

_STATE = FindingRecord.State


def plant(cast, n, years, *, process="A/O", operator="甲", status="in_use"):
    began = clock.today() - timedelta(days=round(years * 365.25))
    return FacilityRecord.objects.create(
        key=f"L-{n}", public_code=f"L{n}", name=f"站{n}", place=cast.places["999901100200"], design_m3_d=20, process=process,
        operator=operator, status=status, commissioned=began,
    )  # fmt: skip


def stopped(f, after_years, state=_STATE.PROPOSED, kind="stopped", current=True):
    begun = f.commissioned + timedelta(days=round(after_years * 365.25))
    decided = {} if state == _STATE.PROPOSED else {"decided_by": User.objects.get(username="chenjing"), "decided_at": clock.now(), "dismissed_for": "other" if state == _STATE.REJECTED else ""}  # fmt: skip
    return FindingRecord.objects.create(
        **decided,
        key=f"{kind}/{f.key}/{after_years}", facility=f, rule=kind, rule_name="停运", kind=kind, period_from=begun, period_to=clock.today(),
        confidence="一般", statement="x", found_on=begun, state=state, is_current=current,
    )  # fmt: skip


@pytest.fixture
def fleet(cast):
    FacilityRecord.objects.all().update(commissioned=None)
    four = [plant(cast, n, 4.0) for n in range(4)]
    stopped(four[0], 1.5, _STATE.CONFIRMED)  # in its second year
    stopped(four[1], 2.5, kind="idle")  # in its third
    stopped(four[2], 1.0, _STATE.REJECTED)  # turned down: it runs
    stopped(four[3], 0.5, current=False)  # closed: it runs again
    plant(
        cast, 8, 2.0, process="湿地", operator="", status="stopped"
    )  # by the register alone: its day is not known
    plant(cast, 9, 3.0, status="joined")  # joined a sewer
    return four


def test_lives_by_hand(cast, fleet):
    every, undated = lasting.plants(FacilityRecord.objects.all(), FindingRecord.objects.all())
    assert {p.row.key: (round(p.years, 1), p.ended, p.day_known) for p in every} == {
        "L-0": (1.5, True, True), "L-1": (2.5, True, True), "L-2": (4.0, False, False), "L-3": (4.0, False, False),
        "L-8": (2.0, True, False),
    }  # fmt: skip
    assert undated == FacilityRecord.objects.filter(commissioned=None).exclude(status="joined").count()
    # Kaplan-Meier by hand: 5 at risk, one ends at 1.5 (4/5), one of 4 at 2.0 (3/5), one of 3 at 2.5 (2/5).
    all_, *by = lasting.groups(every, "process")
    assert [at and round(at[0], 3) for at in all_.at] == [1.0, 0.6, 0.4, None]
    assert {g.name: (g.plants, g.ended) for g in by} == {"A/O": (4, 2), "湿地": (1, 1)}
    assert [g.name for g in by] == ["湿地", "A/O"]  # the most standing first
    years = {a.year: (a.entered, a.ended) for a in lasting.ages(every)}
    # 2.0 years by the register are the third year's first day, or the second's last: 730 days are 1.9986 years.
    assert (years[1], sum(a.ended for a in lasting.ages(every))) == ((5, 0), 3)
    assert lasting.young(every) == 3


def test_the_page_says_it_and_asks_a_fixed_number_of_questions(cast, fleet):
    officer = browser(cast.chenjing)
    with CaptureQueriesContext(connection) as few:
        page = officer.get("/facilities-lasting/")
    assert "有投运日期的 5 座站里，3 座停了或闲置，其中 3 座停在投运后第二、第三年" in page.content.decode()
    assert [p.row.key for p in page.context["table"].lines] == ["L-0", "L-8", "L-1"]  # the shortest-lived first
    for n in range(20, 40):
        stopped(plant(cast, n, 3.5, operator=f"丁{n}"), 1.2)
    with CaptureQueriesContext(connection) as many:
        officer.get("/facilities-lasting/")
    assert len(many) <= len(few) <= 9
    assert officer.get("/facilities-lasting/?as=csv").content.decode("utf-8-sig").count("L-") == 23


def test_the_bar_is_as_long_as_the_share_beside_it(cast, fleet):
    for n in range(50, 58):
        stopped(plant(cast, n, 1.5), 0.5)
    rows = browser(cast.chenjing).get("/facilities-lasting/").context["ages"]
    most = max(row["share"] for row in rows)
    assert [row["bar"].value_pct for row in rows] == pytest.approx([100 * row["share"] / most for row in rows])
    assert len({row["entered"] for row in rows}) > 1


def test_nothing_to_tell_and_a_stranger_sees_only_his_own(cast, fleet):
    assert "L-0" not in browser(cast.hezhi).get("/facilities-lasting/").content.decode()
    FacilityRecord.objects.update(commissioned=None)
    assert "没有投运日期" in browser(cast.chenjing).get("/facilities-lasting/").content.decode()
    FacilityRecord.objects.update(commissioned=date(2999, 1, 1))  # written wrongly: nothing begins in the future
    assert lasting.plants(FacilityRecord.objects.all(), FindingRecord.objects.none())[0] == []
