"""The limit drawn on a facility's axis is the standard's own."""

import pytest

from qingxi_office.site.pages.axis import limit_cod


@pytest.mark.parametrize(
    ("said", "limit", "verified"),
    [
        # DB44/2208-2019 table 1: COD 60 / 70 / 100 mg/L, read in the standard itself.
        ("DB44/2208-2019 一级", 60.0, True),
        ("DB44/2208-2019 二级", 70.0, True),
        ("DB44/2208-2019 三级", 100.0, True),
        ("GB 18918-2002 一级A", 50.0, True),
        # Sichuan's own limits were never seen in the standard: drawn, and said to be unverified.
        ("DB51/2626-2019 二级", 80.0, False),
        ("没有这个标准", None, False),
        ("", None, False),
    ],
)
def test_limit_is_read_from_the_table(said, limit, verified):
    assert limit_cod(said) == (limit, verified)


def test_words_stand_by_the_bad_visit_with_most_room_after_it():
    """Bad on day 1, 2 and 20 of 60: day 2 has 18 quiet days after it, day 20 has 40 (to today), so day 20 speaks."""
    from datetime import UTC, date, datetime, timedelta
    from types import SimpleNamespace

    from qingxi_office.site.pages.axis import _say_one_bad_visit

    start, today = date(2026, 9, 1), date(2026, 10, 31)
    days = [start + timedelta(days=n) for n in (1, 2, 20)]
    visits = [
        SimpleNamespace(visited_at=datetime(d.year, d.month, d.day, 9, tzinfo=UTC), answers={"blower": "off"})
        for d in days
    ]
    points = [{"lane": 2, "day": d.isoformat(), "kind": "bad", "words": ""} for d in days]
    _say_one_bad_visit(points, visits, start, today)
    assert [p["words"] for p in points] == ["", "", "风机不响"]
    _say_one_bad_visit([], [], start, today)  # nobody ever came
