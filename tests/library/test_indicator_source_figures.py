"""The figures of the source documents come out of the national register, and only out of the right numbers."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qingxi.files import places_of, read_register, standings_of
from qingxi.indicator import Entry, Records, State, definitions, gain, rate, read_percent
from qingxi.place import Level, PlaceTree, VillageKind, parse_code
from qingxi.sampling import needed_n, wilson

REGISTER = Path(__file__).resolve().parents[3] / "shared" / "data" / "register"
TIANQUAN = REGISTER / "tianquan_511825_villages.csv"
ZHAOQING = REGISTER / "zhaoqing_4412_townships.csv"
ON = date(2021, 7, 31)
BY_VILLAGE = definitions()["treatment_rate_village"]


def register(path):
    if not path.is_file():
        pytest.skip(f"the register {path.name} is not at hand")
    sheet = read_register(path)
    assert sheet.faults == ()
    return sheet.rows


def tianquan(treated, controlled=0):
    """The county's register with the first villages (村委会) marked as treated, the next as controlled."""
    villages = standings_of(register(TIANQUAN))
    codes = sorted(v.code for v in villages if v.kind is VillageKind.VILLAGE)
    state = dict.fromkeys(codes[:treated], State.TREATED)
    state |= dict.fromkeys(codes[treated : treated + controlled], State.CONTROLLED)
    return tuple(replace(v, state=state.get(v.code, State.OPEN)) for v in villages)


def test_register_of_tianquan_has_79_villages_and_17_communities():
    rows = register(TIANQUAN)
    assert sum(r.kind is VillageKind.VILLAGE for r in rows) == 79
    assert sum(r.kind is VillageKind.COMMUNITY for r in rows) == 17


@pytest.mark.parametrize(
    ("treated", "printed"),
    # 57/79 = 72.15.., 58/79 = 73.417.., 59/79 = 74.68..
    [(57, "72.2%"), (58, "73.4%"), (59, "74.7%")],
)
def test_only_58_of_79_gives_the_published_rate(treated, printed):
    figure = rate(BY_VILLAGE, Records("511825", tianquan(treated)), ON)
    assert figure.printed == printed
    assert (figure.part, figure.n) == (treated, 79)
    assert len(figure.denominator) == 79
    assert {c.ref.kind for c in figure.denominator} == {"village"}
    assert figure.sentence.count("79") == 1


@pytest.mark.parametrize(("added", "n", "printed"), [(False, 78, "74.4%"), (True, 80, "72.5%")])
def test_another_denominator_gives_another_rate_and_names_its_reason(added, n, printed):
    # 58/78 = 74.358.., 58/80 = 72.5; the 58 treated are the first, the last village is taken out.
    villages = tianquan(58)
    community = next(v for v in villages if v.kind is VillageKind.COMMUNITY)
    last = max((v for v in villages if v.kind is VillageKind.VILLAGE), key=lambda v: v.code)
    who = community if added else last
    entry = Entry(who.code, who.name, added, "村改居,仍有农户" if added else "整体搬迁", ON, "县领导小组办公室")
    figure = rate(BY_VILLAGE, Records("511825", villages, entries=(entry,)), ON)
    assert (figure.n, figure.printed) == (n, printed)
    if added:
        assert next(c for c in figure.denominator if c.ref.id == who.code).why == "村改居,仍有农户"
    else:
        assert "整体搬迁" in figure.deducted[0].why
    assert "2021年7月31日" in figure.denominator_label


def test_controlled_villages_are_never_added_silently():
    records = Records("511825", tianquan(58, controlled=9))
    figure = rate(BY_VILLAGE, records, ON)
    assert figure.printed == "73.4%"
    assert figure.states == {"已治理": 58, "已管控": 9, "未完成": 12}
    # (58 + 9) / 79 = 84.81; a figure of another name and version, its states still apart
    both = rate(definitions()["treatment_or_control_rate_village"], records, date(2024, 6, 1))
    assert both.printed == "84.8%"
    assert both.states == figure.states


def test_the_register_only_proposes_and_the_figure_says_so():
    figure = rate(BY_VILLAGE, Records("511825", tianquan(58)), ON)
    assert any("尚无签发" in remark for remark in figure.remarks)


def test_townships_of_zhaoqing_load():
    rows = register(ZHAOQING)
    # The statistical register of 2023 has 106 units of township level; the source speaks of 101 towns.
    assert len(rows) == 106
    tree = PlaceTree(places_of(rows), date(2023, 12, 31))
    assert {p.level for p in tree} == {Level.TOWNSHIP}
    assert len({p.code.parent for p in tree}) == 8  # counties and districts of the city
    assert tree[parse_code("441202001")].name == "端州区城东街道"


def test_villages_of_zhaoqing_load():
    rows = register(REGISTER / "zhaoqing_4412_villages.csv")
    assert len(rows) == 1558
    assert all(r.kind for r in rows)


def test_a_gain_from_a_bound_is_printed_as_a_bound():
    # from less than 20 to 66.85: more than 46.85
    assert gain(read_percent("<20 %"), read_percent("66.85 %")) == ">46.85 个百分点"
    assert str(read_percent("不足20%")) == "<20%"


def test_intervals_of_the_sampled_rates():
    # Wilson 95 %: 33/40 is 68.1 to 91.3 %
    low, high = wilson(33, 40)
    assert (round(low * 100, 1), round(high * 100, 1)) == (68.1, 91.3)
    assert needed_n(0.904, 0.80) == 57
    assert needed_n(0.824, 0.80) == 1068
    assert needed_n(0.80, 0.80) is None
