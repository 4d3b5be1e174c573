"""Small parts of the pages: drawings, words, standings, sheets; no database and no browser."""

import re

import pytest
from django.test import RequestFactory
from django.utils.translation import override

from qingxi_office.design import drawing
from qingxi_office.design.parts import CostBar, RateBar, Share
from qingxi_office.design.templatetags import q
from qingxi_office.design.words import chinese_marks
from qingxi_office.site.pages import sheet
from qingxi_office.site.pages.axis import BAD_ANSWERS, _gaps, _wrong
from qingxi_office.site.pages.standing import standing
from qingxi_office.site.pages.still import still_map


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("没有水,多半停了", "没有水，多半停了"),
        ("台账:没有产权单位(见附表)", "台账：没有产权单位（见附表）"),
        ("COD 1,380.50 mg/L, 12:30", "COD 1,380.50 mg/L, 12:30"),  # numbers and Latin keep theirs
        ("n = 3, p < 0.1", "n = 3, p < 0.1"),
    ],
)
def test_marks_beside_chinese_are_full_width(text, expected):
    assert chinese_marks(text) == expected


def test_a_gap_in_a_spark_line_stays_open():
    # 3 values, a gap, 2 values: two lines, none across the gap.
    svg = drawing.spark([1, 2, 3, None, 4, 5])
    assert svg.count("<polyline") == 2


def test_a_missing_bar_is_hatched_and_not_zero():
    svg = drawing.spark([5, None, 7], kind="bar")
    assert svg.count('class="s-power"') == 2
    assert svg.count('class="gap"') == 1


def test_nothing_known_is_said_and_not_drawn():
    assert "q-st unknown" in drawing.spark([None, None], alt="没有电量")


def test_drawings_carry_no_inline_style_and_escape_words():
    made = (
        drawing.spark([1, 2], alt='"><script>')
        + drawing.rate_bar(RateBar(73.4, 75, 60, 80))
        + drawing.share_bar([Share("县财政", 3, "central"), Share("村集体", 1, "reuse")], alt="<b>")
        + drawing.cost_track(CostBar("聚集中", 2.0, 1.0, "central"), 4.0)
    )
    assert "style=" not in made
    assert "<script" not in made
    assert "<b>" not in made


def test_shares_fill_the_bar():
    # 3 of 4 and 1 of 4: 75 % and 25 %, the second beginning where the first ends.
    svg = drawing.share_bar([Share("a", 3, "central"), Share("b", 1, "reuse")])
    assert re.findall(r'class="f-\w+" x="([\d.]+)%" y="0" width="([\d.]+)%"', svg) == [
        ("0.000", "75.000"),
        ("75.000", "25.000"),
    ]


def test_a_mode_that_cannot_be_done_has_no_bar():
    assert "<rect" not in drawing.cost_track(CostBar("资源利用", None, None, "reuse"), 10.0)


@pytest.mark.parametrize(
    ("fen", "shown"), [(186_400_000, "186.40"), (None, "–"), (-143_200_000, "−143.20"), (138_050_000_000, "138,050.00")]
)  # fmt: skip
def test_money_in_the_books_is_shown_in_wan(fen, shown):
    # 1 万元 = 10,000 yuan = 1,000,000 fen.
    assert q.wan_fen(fen) == shown


@pytest.mark.parametrize(
    ("status", "owner", "rules", "undecided", "tried", "key"),
    [
        ("in_use", "村委会", [], 0, 9, "ok"),
        ("in_use", "", [], 0, 9, "unk"),  # nobody owns it: unknown is not good
        ("in_use", "村委会", [], 9, 9, "unk"),  # no rule could tell anything
        ("in_use", "村委会", ["stopped-paper"], 3, 9, "idle"),
        ("in_use", "", ["unowned"], 0, 9, "unk"),
        ("in_use", "村委会", ["over-limit"], 0, 9, "watch"),
        ("stopped", "村委会", ["stopped-series"], 0, 9, "stop"),  # registered as stopped: not "idle"
        ("joined", "村委会", [], 0, 9, "off"),
    ],
)
def test_how_a_facility_stands(status, owner, rules, undecided, tried, key):
    assert standing(status, owner, rules, undecided, tried).key == key


def test_gaps_of_a_series():
    series = [["1", 2.0], ["2", None], ["3", None], ["4", 1.0], ["5", None]]
    assert _gaps(series) == [["2", "3"], ["5", "5"]]


def test_a_round_tells_the_first_thing_wrong():
    assert _wrong({"inflow": "yes", "blower": "off", "smell": "yes"}) == BAD_ANSWERS["blower"]["off"]
    assert _wrong({"inflow": "yes", "blower": "on", "smell": "no"}) == ""


def test_csv_opens_in_excel_and_runs_nothing():
    request = RequestFactory().get("/x/?as=csv")
    body = sheet.answer(request, "名单", ["编号"], [["=1+1"], ["@x"], ["村"]]).content
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.decode("utf-8-sig").splitlines() == ["编号", "'=1+1", "'@x", "村"]


def test_still_map_of_nothing_says_so():
    assert "没有带坐标的记录" in still_map({})


def test_still_map_draws_each_state_and_escapes_names():
    square = {"type": "Polygon", "coordinates": [[[104, 30], [104.1, 30], [104.1, 30.1], [104, 30.1], [104, 30]]]}
    layers = {
        "villages": {"features": [{"geometry": square, "properties": {"state": "已治理", "name": "甲"}}]},
        "stations": {
            "features": [
                {
                    "geometry": {"type": "Point", "coordinates": [104.05, 30.05]},
                    "properties": {"standing": "idle", "name": "<甲>站"},
                }
            ]
        },
    }
    svg = still_map(layers)
    assert "#cfe6e1" in svg
    assert "&lt;甲&gt;站" in svg


def test_words_follow_the_language():
    from qingxi_office.site.pages.facilities import _cannot

    with override("en"):
        assert _cannot([1, 2]).word == "2 rules cannot tell"
    with override("zh-hans"):
        assert _cannot([1, 2]).word == "2 条规则判不了"
