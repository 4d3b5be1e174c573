"""Where a photograph was taken and when: clues by hand, and whose turn it is."""

from datetime import date, timedelta

import pytest

from qingxi.issue import (
    Errand,
    ErrandKind,
    Issue,
    IssueClass,
    Level,
    Party,
    Role,
    Spot,
    State,
    metres_from,
    photo_clues,
    turn_of,
)
from qingxi.place import to_gcj02

DAY = date(2026, 11, 13)
STATION = Spot(103.0, 30.0, "站")


def clues(metres=None, what="站", taken=None, mended=True):
    return photo_clues(
        metres=metres, what=what, taken_on=taken, assigned_on=date(2026, 10, 26), handed_on=DAY, mended=mended
    )


def test_metres_by_hand_and_the_datum_alone_is_no_clue():
    # one thousandth of a degree of latitude: 6,371,000 m x pi / 180 / 1000 = 111.19 m
    assert metres_from(103.0, 30.001, STATION) == pytest.approx(111.19, abs=0.01)
    # a phone that gives GCJ-02 stands some 500 m off by its datum alone
    lon, lat = to_gcj02(103.0, 30.0)
    assert metres_from(lon, lat, STATION) < 1


def test_far_is_said_and_near_is_not():
    assert clues(38.0) == []
    assert clues(100.0) == []
    assert clues(101.0) == ["离站 101 m"]
    assert clues(2500.0, "原点位") == ["离原点位 2.5 km"]
    assert clues(2500.0, "村") == []  # nothing better to compare with than the village's committee
    assert clues(3001.0, "村") == ["离村 3.0 km"]


def test_old_is_said():
    assert clues(taken=DAY) == []
    assert clues(taken=DAY - timedelta(days=7)) == []
    assert clues(taken=DAY - timedelta(days=8)) == ["拍于交来前 8 天"]
    assert clues(taken=date(2026, 10, 25)) == ["拍于交办之前（2026-10-25）"]
    # what shows the state before may well be older than the problem
    assert clues(taken=date(2026, 11, 10), mended=False) == []
    assert clues(taken=date(2026, 11, 14)) == ["相机时间晚于交来那天（2026-11-14）"]
    assert clues(500.0, taken=date(2026, 10, 1)) == ["离站 500 m", "拍于交办之前（2026-10-01）"]


FIRM, TOWN = Party("清源运维公司", Level.VILLAGE), Party("溪口镇人民政府", Level.TOWNSHIP)
BUREAU, GROUP = Party("县生态环境局", Level.COUNTY), Party("县领导小组", Level.COUNTY)


@pytest.mark.parametrize(
    ("state", "klass", "role"),
    [
        (State.ASSIGNED, IssueClass.ORDINARY, Role.RECTIFIER),
        (State.RECEIVED, IssueClass.ORDINARY, Role.RECTIFIER),
        (State.PLANNED, IssueClass.KEY, Role.SUPERVISOR),
        (State.RECTIFYING, IssueClass.KEY, Role.RECTIFIER),
        (State.APPLIED, IssueClass.ORDINARY, Role.VERIFIER),
        (State.VERIFIED, IssueClass.ORDINARY, Role.CLOSER),
        (State.SIGNED, IssueClass.ORDINARY, Role.CLOSER),  # nothing to publish: it is the closer's
        (State.SIGNED, IssueClass.KEY, Role.SUPERVISOR),
        (State.PUBLISHED, IssueClass.KEY, Role.CLOSER),
        (State.RETURNED, IssueClass.ORDINARY, Role.SUPERVISOR),
        (State.SELF_CHECKED, IssueClass.BLOCKAGE, Role.RAISER),
        (State.SUSPENDED, IssueClass.ORDINARY, None),
        (State.CLOSED, IssueClass.ORDINARY, None),
        (State.MERGED, IssueClass.ORDINARY, None),
    ],
)
def test_whose_turn_it_is(state, klass, role):
    issue = Issue(
        id="WT-1", title="大坪站停运", issue_class=klass, level=Level.COUNTY, place="999901100200", state=state,
        parties=dict(zip(Role, (FIRM, TOWN, BUREAU, GROUP, TOWN), strict=True)), assigned_on=DAY, due_on=DAY,
        errands=(Errand(ErrandKind.COSIGN, "甲", TOWN, DAY, DAY),),
    )  # fmt: skip
    turn = turn_of(issue)
    assert (turn and turn[0]) == role
