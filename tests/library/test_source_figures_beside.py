"""Every figure of the source documents stands in the table, and what is computed beside it is computed rightly."""

import json
from pathlib import Path

import pytest

from qingxi.cli import main
from qingxi.indicator import SOURCES, State, VillageStanding, computed_beside, source_figures
from qingxi.place import VillageKind

REGISTER = Path(__file__).resolve().parents[3] / "shared" / "data" / "register"
PRINTED = {
    # as the documents print them
    "tianquan_projects_done": "4",
    "tianquan_projects_running": "1",
    "tianquan_award": "1419",
    "tianquan_villages_done": "36",
    "tianquan_villages_treated": "58",
    "tianquan_rate": "73.4%",
    "tianquan_plan_years": "3",
    "zhaoqing_rate_start": "不到20%",
    "zhaoqing_rate_now": "66.85%",
    "zhaoqing_demonstration": "172",
    "zhaoqing_tasks_years": "2",
    "zhaoqing_training_years": "2",
    "zhaoqing_townships_trained": "101",
    "zhaoqing_operation_province": "90.4%",
    "zhaoqing_operation_city": "82.4%",
    "zhaoqing_requirement": "≥80%",
    "jiangxi_life_low": "2",
    "jiangxi_life_high": "3",
    "nantong_problems": "6",
    "nantong_causes": "6",
    "nantong_measures": "5",
    "dalian_plan_day": "2018-12-31",
    "dalian_report_day": "2018-12-10",
    "dalian_years": "3",
    "dalian_tasks": "7",
    "dalian_methods": "5",
    "dalian_demands": "5",
    "dalian_levels": "4",
    "register_tianquan_villages": "79",
    "register_tianquan_communities": "17",
    "register_zhaoqing_townships": "106",
}


def computed(name, **given):
    return next(b for b in computed_beside(**given) if name in b.name)


@pytest.mark.parametrize("id_", PRINTED)
def test_every_figure_stands_as_printed_with_definition_unit_date_organiser_and_source(id_):
    one = source_figures()[id_]
    assert one.printed == PRINTED[id_]
    for said in (one.definition, one.unit, one.unit_counted, one.period, one.organiser, one.title):
        assert said.strip()
    assert one.source in SOURCES


def test_nothing_stands_that_is_not_in_the_documents():
    assert set(source_figures()) == set(PRINTED)


def test_58_of_79_and_no_other_denominator():
    row = computed("由名录计算")
    assert row.printed == "58/79 = 73.4%"
    assert row.proof
    # 58/78 = 74.36, 58/80 = 72.5: only 79 rounds to 73.4
    assert computed("反推的分母").printed == "79"


def test_a_register_of_80_villages_does_not_prove_the_figure():
    villages = [
        VillageStanding(f"5118251000{k:02d}", f"第{k}村", "甲镇", VillageKind.VILLAGE, State.OPEN)
        for k in range(80)
    ]
    row = computed("由名录计算", villages=villages)
    assert row.printed == "58/80 = 72.5%"
    assert not row.proof


def test_award_by_village_and_year():
    # 1419 / 36 = 39.4166.., 1419 / 4 = 354.75, 36 / 58 = 62.068.., 36 / 79 = 45.569..
    assert computed("每个完成村").printed == "39.42 万元/村"
    assert computed("每年的").printed == "354.75 万元/年"
    assert computed("示范村占有效治理村").printed == "36/58 = 62.07%"
    assert computed("示范村占全县").printed == "36/79 = 45.57%"


def test_the_gain_is_a_bound_and_the_unit_is_marked_as_assumed():
    row = computed("提高")
    assert row.printed == ">46.85 个百分点"
    assert "没有写" in row.how
    assert "推断" in source_figures()["zhaoqing_rate_now"].value


def test_townships_trained_against_the_register():
    assert computed("相差").printed == "106 − 101 = 5 个"
    # of four units: two 镇, one 街道, one of another kind; 4 - 101 is shown as it is, nothing is adjusted
    row = computed("相差", townships=["甲镇", "乙镇", "丙街道", "丁管委会"])
    assert "镇、乡 2 个，街道 1 个，其他 1 个" in row.how


def test_two_samples_stand_apart_with_the_n_that_each_would_need():
    both = [b for b in computed_beside() if b.of[0].startswith("zhaoqing_operation")]
    assert [b.of for b in both] == [("zhaoqing_operation_province",), ("zhaoqing_operation_city",)]
    assert ["57" in both[0].how, "1,068" in both[1].how] == [True, True]
    assert not any(b.proof for b in both)
    assert all("未载明" in b.how and "达到要求" in b.name for b in both)


def test_one_command_prints_them_all(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["source-figures", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {r["id"]: r["printed"] for r in said["reported"]} == PRINTED
    assert main(["source-figures"]) == 0
    text = capsys.readouterr().out
    assert "时间 2019 年；组织者 肇庆市" in text
    assert main(["source-figures", "--xlsx", "t.xlsx"]) == 0
    import openpyxl

    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert {row[0].value for row in book["报告数"].iter_rows(min_row=2)} == set(PRINTED)


def test_the_command_counts_the_register_row_by_row(capsys):
    if not REGISTER.is_dir():
        pytest.skip("the register is not at hand")
    assert main(["source-figures", "--json", "--register", str(REGISTER)]) == 0
    rows = json.loads(capsys.readouterr().out)["computed"]
    assert {r["printed"] for r in rows} >= {"58/79 = 73.4%", "106 − 101 = 5 个"}
    assert [r["basis"] for r in rows if "由名录计算" in r["name"]] == ["名录逐行计数"]


def test_the_example_county_gives_its_own_figure_from_its_own_books(capsys, tmp_path):
    books = tmp_path / "books"
    books.mkdir()
    lines = ["行政村代码,行政村,乡镇,治理状态,认定日期"]
    lines += [
        f"9901011000{k:02d},第{k}村,甲镇,{'已治理' if k < 3 else '未完成'},{'2025-06-30' if k < 3 else ''}"
        for k in range(1, 5)
    ]
    (books / "行政村治理台账.csv").write_text("\n".join(lines), encoding="utf-8")
    assert main(["source-figures", "--json", "--county", str(tmp_path)]) == 0
    rows = json.loads(capsys.readouterr().out)["computed"]
    assert next(r["printed"] for r in rows if "示例县" in r["name"]) == "2/4 = 50.0%"


def test_a_wrong_folder_is_told_in_one_line(capsys, tmp_path):
    assert main(["source-figures", "--register", str(tmp_path / "nothing")]) == 2
    assert "没有目录" in capsys.readouterr().err
