"""Appraisal: rescaled sheets, who writes when, and the payment formulas to the cent."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.appraisal import (
    MAONAN,
    YUNAN,
    Mark,
    Stage,
    Standing,
    against_answering,
    against_marking,
    against_moving,
    against_objecting,
    dry_season_share,
    item_marks,
    load_share,
    maonan_factor,
    mean_marks,
    objections_end,
    parse_scheme,
    pay_maonan,
    pay_yunan_network,
    pay_yunan_plant,
    rescale,
    scheme_texts,
    schemes,
    score,
    score_share,
    volume_share,
)

D = Decimal
SHEET = schemes()["yunan_rural"]


def full(scheme, **instead):
    """Every item with all its marks, some replaced."""
    return [instead.get(i.key) or Mark(i.key, share=D(1) if i.way == "ratio" else None) for i in scheme.items]


def test_source_figures_of_rescaling():
    # 68.5 × 100 ÷ 88 = 77.84; 77.4 × 100 ÷ 82 = 94.39
    assert rescale(D("68.5"), D(88)) == D("77.8")
    assert rescale(D("77.4"), D(82)) == D("94.4")


def test_a_sheet_without_pumps_counts_88_and_rescales():
    # Without sump (2), anaerobic tank (5) and machines (5) 88 marks apply. Taken off: load 48 % of 70 % leaves
    # 10 × 0.48 ÷ 0.7 = 6.857; CODCr 7, NH3-N 4; effect 6; drowned 2 × 0.4 → off 3.143 + 11 + 6 + 0.8 = 20.943.
    sheet = score(
        SHEET,
        full(
            SHEET,
            load=Mark("load", share=D("0.48")),
            quality=Mark("quality", {"cod": [D(7)], "nh3n": [D(4)]}),
            effect=Mark("effect", {"unimproved": [D(6)]}),
            pipes=Mark("pipes", {"drowned": [D("0.4")] * 2}),
            sump=Mark("sump", absent="没有集水井"),
            anaerobic=Mark("anaerobic", absent="没有厌氧水解池"),
            machines=Mark("machines", absent="没有机电设备"),
        ),
    )
    assert sheet.applicable == 88
    assert sheet.earned.quantize(D("0.001")) == D("67.057")
    assert sheet.marks == D("76.2")  # 67.057 ÷ 88 = 76.20
    assert (sheet.grade.name, sheet.failed) == ("良", False)
    assert set(sheet.absent) == {"sump", "anaerobic", "machines"}


def test_marks_never_fall_below_nothing_and_a_ratio_not_above_its_points():
    holes = SHEET.item("manholes")
    assert item_marks(holes, Mark("manholes", {"silt": [D(1)] * 30})) == 0
    assert item_marks(SHEET.item("load"), Mark("load", share=D("1.3"))) == 10


def test_a_veto_fails_the_sheet_and_leaves_its_marks_to_be_seen():
    sheet = score(SHEET, full(SHEET), ["false_data"])
    assert (sheet.marks, sheet.failed, sheet.grade.name) == (D("100.0"), True, "差")


def test_every_fault_of_a_sheet_at_once():
    marks = [m for m in full(SHEET) if m.item != "survey"]
    marks[2] = Mark("effect", {"unimproved": [D(12)]})
    marks[4] = Mark("manholes", {"ghost": [D(1)]})
    marks[8] = Mark("vehicles", absent="没有车")
    marks.append(Mark("papers"))
    with pytest.raises(ValueError) as said:
        score(SHEET, marks)
    for part in (
        "公众调查还没有记分",
        "每次扣 5～10 分，写了 12",
        "检查井没有“ghost”",
        "维护设备不能记“不适用”",
        "资料记了两次",
    ):
        assert part in str(said.value)


def test_the_mean_of_several_sheets():
    # (100.0 + 95.0) ÷ 2 = 97.5
    other = score(SHEET, full(SHEET, survey=Mark("survey", {"none": [D(5)]})))
    assert mean_marks([score(SHEET, full(SHEET)), other]) == D("97.5")


@given(st.data())
def test_marks_stay_between_0_and_100_and_more_deductions_never_help(data):
    taken = {}
    for item in SHEET.items:
        if item.way == "ratio":
            continue
        taken[item.key] = {
            d.code: [d.points] * data.draw(st.integers(0, d.most or 4), label=d.code) for d in item.deductions
        }
    light = score(SHEET, full(SHEET, **{k: Mark(k, t) for k, t in taken.items()}))
    key = data.draw(st.sampled_from(sorted(taken)))
    worse = {**taken, key: {d.code: [d.up_to] * (d.most or 5) for d in SHEET.item(key).deductions}}
    heavy = score(SHEET, full(SHEET, **{k: Mark(k, t) for k, t in worse.items()}))
    assert 0 <= heavy.marks <= light.marks <= 100


def test_shipped_schemes_sum_to_100_and_a_county_scheme_is_refused_with_every_fault():
    assert set(schemes()) == {"yunan_rural", "township_example"}
    text = scheme_texts()["yunan_rural"]
    bad = text.replace("points = 15", "points = 16", 1).replace('subject = "设施"', 'subject = "河流"')
    bad = bad.replace("full_at = 0.7", "").replace('trust = "sourced"', 'trust = "hearsay"', 1)
    with pytest.raises(ValueError) as said:
        parse_scheme(bad, "县考核表.toml")
    for part in ("县考核表.toml", "合计 101，须为 100", "考核对象“河流”", "得满分的比例", "可信度“hearsay”"):
        assert part in str(said.value)
    with pytest.raises(ValueError, match="不是 TOML"):
        parse_scheme("id = ", "x")


def test_source_figures_of_payment():
    # Cin 108.29, Cout 12.21: (108.29 − 30) ÷ 90 = 0.869889; 1.69 × (0.6 + 0.0869889 + 0.3) = 1.6680
    kq = load_share(MAONAN, D("108.29"), D("12.21"))
    assert kq.quantize(D("0.000001")) == D("0.869889")
    assert (D("1.69") * maonan_factor(kq, D(1))).quantize(D("0.0001")) == D("1.6680")
    # 302,277.33 yuan a year, Cin 113.12: Kq = 83.12 ÷ 90 = 0.923556. In the 3/5 form a month pays
    # 25,189.7775 × (0.6 + 0.0923556 + 0.3) = 24,997.22; in the Yunan network form × (5/6 × 0.923556 + 1/6) = 23,585.10.
    kq = load_share(YUNAN, D("113.12"), D("12.21"))
    assert (D("302277.33") / 12 * maonan_factor(kq, D(1))).quantize(D("0.01")) == D("24997.22")
    network = pay_yunan_network(D("302277.33"), D(1), kq, D(1), D(1))
    assert network.fen == 2_358_510
    assert network.lines[-1].value.quantize(D("0.01")) == D("23585.10")


def test_the_whole_maonan_month():
    # Py 1.69 yuan, 10,000 m³, Kq 0.869889, E1 1: 16,680.11; Pk 120,000 a year: 10,000 × (2/3 + 1/3) = 10,000
    kq = load_share(MAONAN, D("108.29"), D("12.21"))
    paid = pay_maonan(D("1.69"), D(10_000), D(120_000), kq, D(1))
    assert paid.fen == 1_668_011 + 1_000_000


def test_each_under_its_own_contract():
    # Kq of an inlet of 230 mg/L: Yunan 1.1 (from 220), Maonan 1.05 (below 250). A score of 80: Yunan 80 ÷ 90, Maonan 1.
    assert (load_share(YUNAN, D(230), D(20)), load_share(MAONAN, D(230), D(20))) == (D("1.1"), D("1.05"))
    assert score_share(MAONAN, D(80)) == 1
    assert score_share(YUNAN, D(80)).quantize(D("0.0001")) == D("0.8889")
    assert load_share(YUNAN, D(150), D(80), effluent_fails=True) == D("0.9")
    assert (load_share(YUNAN, D(150), D(20)), load_share(YUNAN, D(20), D(10))) == (1, 0)
    # The volume of the Yunan plant is paid up to 1.1 of the design: 1,200 → 1,100 × 1.46 × (3/4 + 1/4) = 1,606.00
    assert pay_yunan_plant(D("1.46"), D(1200), D(1000), D(1), D(1)).fen == 160_600
    assert dry_season_share(21) == 1
    assert dry_season_share(12) == D(81) / 90
    assert volume_share(D(450), D(1000)) == D("0.5")


def test_no_amount_while_an_input_is_missing():
    lacks = pay_yunan_network(D("302277.33"), None, None, dry_season_share(None), score_share(YUNAN, None))
    assert not lacks
    assert lacks.names == ("水量系数", "负荷系数", "旱季系数", "考核系数")
    assert "不出金额" in str(lacks)
    assert score_share(YUNAN, None, first=True) == 1
    with pytest.raises(ValueError, match="单价"):
        pay_maonan(D(-1), D(1), D(1), D(1), D(1))


def test_who_writes_when():
    at = Standing(Stage.SELF, "清源公司")
    assert against_marking(at, Stage.SELF, "清源公司", "赵") == []
    assert against_marking(at, Stage.SELF, "生态环境局", "陈")
    assert against_marking(at, Stage.CHECK, "清源公司", "赵") == [
        "现在是“自评”，不能写核查分",
        "清源公司不能给自己核查",
    ]
    checked = Standing(Stage.CHECK, "清源公司", unmarked=2)
    assert against_marking(checked, Stage.CHECK, "清源公司", "赵") == ["清源公司不能给自己核查"]
    assert against_moving(checked, "生态环境局", "陈", date(2026, 11, 20)) == ["还有 2 项没有记分"]


def test_final_mark_waits_for_objections_and_for_another_person():
    # Handed out on Friday 2026-11-20: five working days end on Friday 2026-11-27.
    until = objections_end(date(2026, 11, 20))
    assert until == date(2026, 11, 27)
    at = Standing(Stage.OBJECTION, "清源公司", {"罗"}, 0, 1, until)
    reasons = against_moving(at, "生态环境局", "罗", date(2026, 11, 27))
    assert len(reasons) == 3
    later = Standing(Stage.OBJECTION, "清源公司", {"罗"}, 0, 0, until)
    assert against_moving(later, "生态环境局", "陈", date(2026, 11, 28)) == []
    agreed = Standing(Stage.OBJECTION, "清源公司", {"罗"}, 0, 0, until, accepted=True)
    assert against_moving(agreed, "生态环境局", "陈", date(2026, 11, 21)) == []
    assert against_moving(agreed, "清源公司", "赵", date(2026, 11, 28)) == ["清源公司不能给自己定稿"]
    assert against_objecting(later, "清源公司", date(2026, 11, 28)) == ["异议期已于 2026-11-27 结束"]
    assert against_objecting(later, "清源公司", date(2026, 11, 27)) == []
    assert against_answering(later, "清源公司", "赵")
    assert against_answering(later, "生态环境局", "罗")
    assert against_answering(later, "生态环境局", "陈") == []
    assert against_moving(Standing(Stage.FINAL, "清源公司"), "生态环境局", "陈", date(2026, 12, 1))
