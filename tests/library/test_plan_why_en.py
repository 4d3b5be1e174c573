"""The English of why a mode cannot be."""

import re
from pathlib import Path

import numpy as np
import pytest

from qingxi.plan.why_en import why_en

ROOM = Path(__file__).resolve().parents[2] / "src" / "qingxi" / "plan"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("said", "english"),
    [
        (
            "只有 3 户黑灰分离或有三格化粪池",
            "only 3 households have black and grey water apart or a three-chamber tank",
        ),
        ("12 户附近没有可排水的街巷", "12 households have no street near that drains to an end"),
        (
            "2 户离水体不足 10 m、1 户坡度超过 25%",
            "2 households: nearer than 10 m to a water; 1 households: slope above 25%",
        ),
        (
            "街巷上没有允许建站的位置：永久基本农田",
            "no place on the streets where a plant may stand：permanent basic farmland",
        ),
    ],
)
def test_said_in_english(said, english):
    assert why_en(said) == english


def test_every_reason_the_planner_can_give_has_its_english():
    """Literals assigned to a reason in the rooms' code, with 7 in place of every number, leave no Chinese behind."""
    given = []
    for name, form in (
        ("own_limits", r'(?:why\[[^\n]*\] = |reuse\[[^\n]*\] = |^\s+)f?"([^"\n]*[\u4e00-\u9fff][^"\n]*)"'),
        ("compare", r'return f?"([^"\n]*[\u4e00-\u9fff][^"\n]*)"'),
        ("serve", r'NOT_ASKED = "([^"]+)"'),
        ("site_reason", r'NO_SITE = "([^"]+)"'),
    ):
        found = re.findall(form, (ROOM / f"{name}.py").read_text(encoding="utf-8"), re.M)
        assert found, name
        given += found
    left = [
        g
        for g in given
        if CHINESE.search(why_en(re.sub(r"\{more\}", "", re.sub(r"\{[^}]*\[[^{]*\}|\{(?!more)[^}]*\}", "7", g))))
    ]
    assert left == []
    assert np.unique(given).size >= 15
