"""Bounds: what may be said of a gain."""

import pytest

from qingxi.indicator import gain, read_percent


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("20%", "66.85%", "46.85 个百分点"),
        ("<20%", "66.85%", ">46.85 个百分点"),
        (">20%", "66.85%", "<46.85 个百分点"),
        ("20%", ">60%", ">40 个百分点"),
        ("≤20%", "60%", "≥40 个百分点"),
        ("<20%", ">60%", ">40 个百分点"),
        ("<20%", "<60%", "无法比较"),
        (">20%", "<60%", "<40 个百分点"),
        ("≤20%", ">60%", ">40 个百分点"),
        ("66.85%", "<20%", "<-46.85 个百分点"),
    ],
)
def test_gain(start, end, said):
    assert gain(read_percent(start), read_percent(end)) == said


@pytest.mark.parametrize("text", ["", "二成", "20-30%", "%", "-5"])
def test_not_a_percent(text):
    with pytest.raises(ValueError, match="不是百分数"):
        read_percent(text)


def test_full_width_is_read():
    assert str(read_percent("＜２０％")) == "<20%"
