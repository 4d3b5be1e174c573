"""Figures of others: kept as issued, held against ours without pretending."""

from datetime import date
from decimal import Decimal

import pytest

from qingxi.indicator import Reported, against, gained, read_value

D = Decimal


def said(**more):
    return Reported(
        **{"key": "r1", "name": "治理率", "place": "某市", "value": D("66.85"), "document": "某文", **more}
    )


@pytest.mark.parametrize(
    ("text", "value", "bound"),
    [
        ("<20%", "20", "<"),
        ("不足 20 %", "20", "<"),
        ("66.85%", "66.85", ""),
        ("1,419", "1419", ""),
        ("-3", "-3", ""),
    ],
)
def test_what_is_typed(text, value, bound):
    assert read_value(text) == (D(value), bound)


@pytest.mark.parametrize("text", ["很高", "", "NaN", "Infinity"])
def test_what_is_no_number(text):
    with pytest.raises(ValueError, match="不是数"):
        read_value(text)


def test_it_is_printed_as_issued():
    assert said().printed == "66.85%"
    assert said(value=D("20"), bound="<").printed == "<20%"
    assert said(value=D("1419"), unit="万元").printed == "1419 万元"


def test_what_the_document_does_not_say_is_said():
    assert said().n_words == "n 未说明"
    assert said(part=58, n=79).n_words == "58/79"
    assert said(assumed={"unit_counted": "只写“治理率”"}).assumptions == ("计数单位为推断：只写“治理率”",)


def test_gain_from_a_bound():
    start = said(value=D("20"), bound="<", as_of=date(2019, 12, 31))
    assert gained(start, said()) == ">46.85 个百分点"  # 66.85 − 20 = 46.85, and the start was lower


def test_beside_ours():
    day = date(2024, 12, 31)
    same = against(said(value=D("73.4"), n=79, as_of=day, unit_counted="行政村"), "73.4%", "行政村", day)
    assert (same.points, same.agrees, same.sentence) == (D("0.0"), True, "与官方一致")
    other = against(said(value=D("75.0"), n=80, as_of=day, unit_counted="行政村"), "73.4%", "行政村", day)
    assert other.points == D("-1.6")
    assert other.sentence == "计算比官方低 1.6 个百分点"


def test_unit_day_and_n_are_named_as_reasons():
    d = against(said(unit_counted="自然村"), "73.4%", "行政村", date(2024, 1, 1))
    assert "计数单位不同（官方 自然村，计算 行政村）" in d.sentence
    assert "日期不同" in d.sentence
    assert "官方没有说明分母" in d.sentence


def test_a_bound_is_never_subtracted():
    low = against(said(value=D("20"), bound="<"), "18.2%", "行政村", date(2019, 1, 1))
    assert low.points is None
    assert low.agrees is True
    assert against(said(value=D("20"), bound="<"), "20.0%", "行政村", date(2019, 1, 1)).agrees is False
    assert against(said(), "无法计算", "行政村", date(2019, 1, 1)).agrees is None


@pytest.mark.parametrize("wrong", [{"bound": "~"}, {"name": ""}, {"document": ""}, {"n": 0}, {"part": 3, "n": 2}])
def test_half_said_figures_are_refused(wrong):
    with pytest.raises(ValueError):
        said(**wrong)
