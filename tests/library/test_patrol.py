"""Rounds: the checklist, when a station is due, what a phone's clock was worth, signs of faked rounds. Values by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.patrol import (
    Photo,
    Round,
    SignKind,
    bits_apart,
    checklist,
    distance_m,
    due,
    every_days,
    fingerprint,
    ordered,
    settle,
    signs_of_photo,
    signs_of_round,
)
from qingxi.place.datum import to_gcj02

T = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
H, M, D = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def kinds(signs):
    return [sign.kind for sign in signs]


def at(key, minutes=0.0, facility="A", lon=104.0, lat=30.0, **more):
    """A round at a station at (104.0, 30.0); the person stands where the station does."""
    return Round(
        key, facility, "周", T + minutes * M, phone_at=T + minutes * M, lon=more.pop("p_lon", lon), lat=more.pop("p_lat", lat),
        station_lon=lon, station_lat=lat, **more,
    )  # fmt: skip


def test_the_checklist_has_eight_questions_and_the_three_basics():
    asked = checklist()
    assert len(asked.questions) == 11
    assert [q.key for q in asked.questions[8:]] == ["basic_seen", "basic_smell", "basic_heard"]
    assert asked.wrong(asked.all_good()) == []
    wrong = asked.wrong({"blower": "off", "smell": "some", "fence": "ok", "unheard": "x"})
    assert [(q.key, a.verdict, a.repair) for q, a in wrong] == [("blower", "bad", True), ("smell", "watch", False)]
    assert asked.known({"blower": "off", "smell": "坏话", "other": "yes", "fence": 3}) == {"blower": "off"}
    assert checklist(asked.version) is asked
    with pytest.raises(KeyError):
        checklist("1999-01")


def test_a_clock_wrong_by_a_day_is_put_right_exactly():
    # The phone is a day behind throughout: it wrote Nov 15 8:00 for what was Nov 16 8:00, and a week later the same error is measured.
    got = settle(T - 7 * D, T, 86400.0, offset_contact_s=86400.0, contact_at=T - 7 * D)
    assert (got.at, got.wrong, got.moved) == (T - 6 * D, True, False)
    assert not settle(T - H, T, 30.0).wrong


def test_a_clock_set_in_between_is_seen_and_the_possible_offset_believed():
    # A day slow at the last contact, right now: written at 8:00 by the slow clock, which was 8:00 the day after.
    slow = settle(T - 2 * D, T, 0.0, offset_contact_s=86400.0, contact_at=T - 30 * H)
    assert slow.moved
    assert slow.at == T - D, "with the offset of now it would lie before the last contact"
    both = settle(T - H, T, 0.0, offset_contact_s=-7200.0, contact_at=T - D)
    assert both.at == T - H, "both are possible: the newer measurement"


def test_a_phone_that_began_again_at_1970_and_was_set_since_lies_after_its_last_contact():
    began = datetime(1970, 1, 1, 8, 5, tzinfo=T.tzinfo)
    # Neither offset makes it possible (1970 by the one of now, 1970 plus a minute by the other): the contact bounds it.
    got = settle(began, T, 0.0, offset_contact_s=60.0, contact_at=T - 3 * D)
    assert (got.at, got.moved) == (T - 3 * D, True)
    # Not set since: the error measured now puts it right exactly. 1970-01-01 8:05 is two hours before T.
    wrong_by = (T - 2 * H - began).total_seconds()
    assert settle(began, T, wrong_by, offset_contact_s=0.0, contact_at=T - 3 * D).at == T - 2 * H


def test_the_counter_decides_the_order():
    late = settle(T - 3 * H, T, 0.0, floor=T - 2 * H)
    assert (late.at, late.moved) == (T - 2 * H, True)
    early = settle(T - H, T, 0.0, ceiling=T - 90 * M)
    assert early.at == T - 90 * M
    assert settle(T + H, T, 0.0).at == T, "nothing happens after it was received"


@given(
    st.integers(-200000, 200000), st.integers(-200000, 200000), st.integers(0, 7 * 86400), st.integers(0, 7 * 86400)
)
def test_settled_times_never_leave_their_bounds(offset, contact, back, floor_back):
    floor = T - timedelta(seconds=floor_back)
    got = settle(
        T - timedelta(seconds=back), T, offset, offset_contact_s=contact, contact_at=T - 7 * D, floor=floor
    ).at
    assert floor <= got <= T


def test_when_a_station_is_due():
    assert (every_days(150)[0], every_days(20)[0], every_days(19.9)[0], every_days(50, "stopped")[0]) == (
        3,
        7,
        15,
        30,
    )
    today = date(2026, 11, 22)
    assert due(30, None, today).on == today
    assert due(30, date(2026, 11, 10), today).late(today) == 5  # Nov 17
    assert due(30, date(2026, 11, 21), today, trouble=True).on == date(2026, 11, 23)


def test_what_is_due_comes_first_by_days_late_and_kilometres():
    today = date(2026, 11, 22)
    # Due today: near (1.1 km east-west at 30 N is 0.0114 deg), far (11 km), far but 20 days late; and one not due.
    rows = [
        ("near", due(30, date(2026, 11, 15), today), 104.0114, 30.0),
        ("far", due(30, date(2026, 11, 15), today), 104.114, 30.0),
        ("late", due(30, date(2026, 10, 26), today), 104.114, 30.0),
        ("rest", due(30, today, today), 104.0, 30.0),
    ]
    assert ordered(rows, today, (104.0, 30.0)) == ["late", "near", "far", "rest"]
    assert ordered(rows, today, None) == ["late", "far", "near", "rest"]


def test_distance_and_datum():
    assert distance_m(104, 30, 104, 31) == pytest.approx(111_195, abs=2)  # a degree of latitude on 6371 km
    lon, lat = to_gcj02(104.0, 30.0)
    assert distance_m(lon, lat, 104.0, 30.0) > 300
    assert kinds(signs_of_round(at("a", p_lon=lon, p_lat=lat), [])) == [], (
        "a phone that says GCJ-02 stands at the station"
    )
    far = at("a", p_lat=30.02)  # 2.2 km north
    assert kinds(signs_of_round(far, [])) == [SignKind.FAR]
    assert kinds(signs_of_round(at("a", p_lat=30.02, accuracy_m=2500), [])) == []
    assert kinds(signs_of_round(at("a", p_lon=None, p_lat=None), [])) == [], "no place is no sign"


def test_nobody_drives_so_fast():
    there = at("b", 10, "B", lon=104.3)  # 28.9 km in 10 minutes: 173 km/h
    found = signs_of_round(there, [at("a")])
    assert kinds(found) == [SignKind.SPEED]
    assert (found[0].figures["km"], found[0].figures["km_h"], found[0].rounds) == (28.9, 173, ("a",))
    assert kinds(signs_of_round(at("b", 60, "B", lon=104.3), [at("a")])) == []
    assert kinds(signs_of_round(at("b", 0.5, "B", lon=104.005), [at("a")])) == [], (
        "482 m: two stations side by side"
    )
    assert kinds(signs_of_round(there, [Round("a", "A", "别人", T, station_lon=104.0, station_lat=30.0)])) == []


def test_three_stations_in_five_minutes():
    rows = [at("a", 0, "A"), at("b", 2, "B", lon=104.001), at("c", 4, "C", lon=104.002)]
    assert kinds(signs_of_round(rows[2], rows)) == [SignKind.BULK]
    assert kinds(signs_of_round(rows[1], rows[:2])) == []


def test_always_the_same_and_never_a_photo():
    rows = [at(f"r{n}", n * 1440.0, answers={"blower": "on", "smell": "no"}) for n in range(8)]
    assert kinds(signs_of_round(rows[7], rows)) == [SignKind.SAME_ANSWERS]
    assert kinds(signs_of_round(rows[6], rows[:7])) == [], "seven are too few"
    with_photo = [*rows[:3], at("r3", 3 * 1440.0, answers={"blower": "on", "smell": "no"}, n_photos=1), *rows[4:]]
    assert kinds(signs_of_round(rows[7], with_photo)) == []


def test_a_wrong_clock_is_told_with_its_side():
    assert "慢了 1.0 天" in signs_of_round(at("a", clock_wrong_s=86400.0), [])[0].said
    assert "快了 2.0 小时" in signs_of_round(at("a", clock_wrong_s=-7200.0), [])[0].said
    assert kinds(signs_of_round(at("a", clock_moved=True), [])) == [SignKind.CLOCK_MOVED]


def picture(change=0):
    """17 x 16 greys falling to the right; ``change`` neighbours turned round."""
    grey = [255 - column * 10 for _ in range(16) for column in range(17)]
    for n in range(change):
        row, column = n % 16, 2 + 4 * (n // 16)
        here = row * 17 + column
        grey[here], grey[here + 1] = grey[here + 1], grey[here]
    return fingerprint(grey)


def test_fingerprints():
    assert picture() == "f" * 64
    assert bits_apart(picture(), picture(3)) == 3
    with pytest.raises(ValueError, match="272"):
        fingerprint([1, 2, 3])


def test_the_same_photograph():
    one, known = at("b", 100), Photo("s1", "src1", picture())
    assert kinds(signs_of_photo(Photo("s1"), one, [("a", known)])) == [SignKind.SAME_PHOTO]
    assert kinds(signs_of_photo(Photo("s2", "src1"), one, [("a", known)])) == [SignKind.SAME_PHOTO], (
        "the phone's own file"
    )
    assert kinds(signs_of_photo(Photo("s2", "", picture(8)), one, [("a", known)])) == [SignKind.ALIKE_PHOTO]
    assert kinds(signs_of_photo(Photo("s2", "", picture(9)), one, [("a", known)])) == []
    assert kinds(signs_of_photo(Photo("s1"), one, [("b", known)])) == [], "the round's own photograph"


def test_what_the_camera_wrote():
    assert kinds(signs_of_photo(Photo("s", taken_at=T - D), at("a"), [])) == [SignKind.PHOTO_TIME]
    # The phone is a day slow: camera and record agree by its own clock.
    slow = Round("a", "A", "周", T, phone_at=T - D)
    assert kinds(signs_of_photo(Photo("s", taken_at=T - D), slow, [])) == []
    assert kinds(signs_of_photo(Photo("s", lon=104.0, lat=30.02), at("a"), [])) == [SignKind.PHOTO_PLACE]
    assert kinds(signs_of_photo(Photo("s", lon=104.0, lat=30.002), at("a"), [])) == []
