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
