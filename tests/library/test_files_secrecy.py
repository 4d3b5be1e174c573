"""密级: the one rule by which every intake of a networked office refuses what is marked secret."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.files import Faults, LayerSource, Secrecy, refuse_secret, refused_secrecy


@pytest.mark.parametrize("said", ["", None, "公开", "内部", " 内部 ", Secrecy.PUBLIC, Secrecy.INTERNAL])
def test_public_internal_and_undeclared_come_in(said):
    assert refused_secrecy(said) == ""


@pytest.mark.parametrize("said", ["秘密", "机密", "绝密", "秘 密", "secret", "内部?", Secrecy.SECRET])
def test_the_rest_does_not_and_says_what_to_do(said):
    assert "不联网的机器" in refused_secrecy(said)
    assert str(said).strip() in refused_secrecy(said)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("地形图 秘密★1年.dwg", True),
        ("机密☆长期.pdf", True),
        ("密级：秘密 1比1000地形图.tif", True),
        ("管线(秘密).xlsx", True),
        ("【绝密】图.pdf", True),
        ("秘密花园村台账.xlsx", False),  # a place may be called so
        ("保密制度.docx", False),
        ("村庄.xlsx", False),
    ],
)
def test_marks_of_papers(name, refused):
    assert bool(refused_secrecy(name=name)) is refused


@given(st.text())
def test_whatever_is_written_only_two_words_open(said):
    assert (refused_secrecy(said) == "") == (said.strip() in ("", "公开", "内部"))


def test_layers_are_left_out_each_with_its_fault():
    layers = [
        LayerSource("streets", Path("a.shp")),
        LayerSource("elevation", Path("b.tif"), secrecy=Secrecy.SECRET),
        LayerSource("pipes", Path("管线 秘密★.shp"), secrecy=Secrecy.INTERNAL),
    ]
    faults = Faults()
    assert [one.name for one in refuse_secret(layers, faults)] == ["streets"]
    assert [f.code for f in faults] == ["secrecy-refused"] * 2
