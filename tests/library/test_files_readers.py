"""Readers, one concept at a time: encodings, headings, cells, heights, the computing zone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from qingxi.files import Faults, LayerSource, Secrecy, refuse_secret
from qingxi.files.computing_crs import is_metric, name_of, zone_for
from qingxi.files.elevation import mend
from qingxi.files.encoding import dbf_encoding, encoding_of, same_encoding
from qingxi.files.headings import LAYERS, column_of, heading_row, normal
from qingxi.files.numbers import date_of, numbers_of, texts_of

# Chinese text: any mixture of the common characters and ASCII letters.
CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=30)


@given(CHINESE)
def test_chinese_is_read_in_its_encoding(text):
    """UTF-8 is told from GB18030 by being strictly valid; a BOM settles it."""
    assert encoding_of(text.encode("utf-8")) == ("utf-8", True)
    assert encoding_of(text.encode("utf-8-sig"))[0] == "utf-8-sig"
    guess, certain = encoding_of(text.encode("gb18030"))
    assert text.encode("gb18030").decode(guess) == text or certain  # a rare GBK text is valid UTF-8 as well


@pytest.mark.parametrize(("a", "b", "same"), [("GBK", "gb18030", True), ("CP936", "GB2312", True), ("UTF-8", "utf8", True), ("UTF-8", "GBK", False)])  # fmt: skip
def test_names_of_encodings(a, b, same):
    assert same_encoding(a, b) is same


def dbf(path, encoding, value, width=20, language=0):
    """A .dbf of one character column and one row, by hand: 32-byte header, one field, terminator, one record."""
    import struct

    head = (
        struct.pack("<BBBBIHH", 3, 126, 11, 22, 1, 32 + 32 + 1, 1 + width)
        + bytes(17)
        + bytes([language])
        + bytes(2)
    )
    name = "村名".encode(encoding)[:10].ljust(11, b"\0")
    one = name + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
    cell = value.encode(encoding)[:width].ljust(width)
    path.write_bytes(head + one + b"\r" + b" " + cell + b"\x1a")
    return path


def test_dbf_without_cpg(tmp_path):
    """GBK is a guess unless the language byte (0x4D, code page 936) says so; UTF-8 is as good as certain."""
    assert dbf_encoding(dbf(tmp_path / "a.dbf", "gbk", "溪口村")) == ("gb18030", False, "")
    assert dbf_encoding(dbf(tmp_path / "b.dbf", "gbk", "溪口村", language=0x4D)) == ("gb18030", True, "")
    assert dbf_encoding(dbf(tmp_path / "c.dbf", "utf-8", "溪口村")) == ("utf-8", True, "")


def test_dbf_that_cuts_a_character_in_half(tmp_path):
    """Ten bytes hold three Chinese characters of UTF-8 and a third of the next."""
    assert dbf_encoding(dbf(tmp_path / "a.dbf", "utf-8", "天河坝县溪口村", width=10))[0] == "utf-8"


@pytest.mark.parametrize(
    ("heading", "column"),
    [("常住人口(人)", "people_resident"), ("常住 人口", "people_resident"), ("People_Resident", "people_resident"),
     ("people_res", "people_resident"), ("people_reg", "people_registered"), ("户 编 号*", "id"), ("春节人口（人）", "people_festival")],
)  # fmt: skip
def test_headings_people_write(heading, column):
    assert column_of([heading, "别的"], LAYERS["households"][column]) == heading


def test_heading_cut_by_dbf_is_only_taken_when_one_fits():
    assert column_of(["people_r"], LAYERS["households"]["people_resident"]) is None  # resident or registered?
    assert column_of(["people_res", "people_resi"], ("people_resident",)) is None


def test_declared_column_wins():
    assert column_of(["id", "编码"], LAYERS["households"]["id"], "编码") == "编码"


def test_heading_row_is_found_below_titles():
    cells = [
        ["某县住户调查表", None, None],
        ["填表单位:", "", ""],
        ["编号", "常住人口", "经度"],
        ["1", "3", "103.9"],
    ]
    assert heading_row(cells, "households", {}) == 2


@given(st.text(max_size=20))
def test_normal_heading_is_stable(text):
    assert normal(normal(text)) == normal(text)


def column(values):
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def test_cells_people_write():
    """Full-width digits, thousands, a unit, a dash for nothing; a word is told with its row and counts as nothing."""
    faults = Faults()
    cells = column(["３", "1,200", "3人", "—", None, "三", 4])
    got = numbers_of(cells, np.arange(3, 10), "表.xlsx", "人口", faults)
    assert got[:3].tolist() == [3.0, 1200.0, 3.0]
    assert np.isnan(got[3:6]).all()
    assert got[6] == 4.0
    assert [(f.code, f.row) for f in faults] == [("number-text", 8), ("number-as-text", 3)]


def test_code_that_became_a_number():
    faults = Faults()
    assert texts_of(column([999901100201.0, "999901100202"]), np.array([2, 3]), "f", "代码", faults).tolist() == [
        "999901100201",
        "999901100202",
    ]
    assert faults.has("code-as-number")


@pytest.mark.parametrize(("text", "iso"), [("2026-11-22", "2026-11-22"), ("2023.6.27", "2023-06-27"), ("2023年6月", "2023-06-01"), ("２０２３/６/７", "2023-06-07")])  # fmt: skip
def test_dates_people_write(text, iso):
    assert date_of(text).isoformat() == iso
    assert date_of("2023-13-01") is None
    assert date_of("去年") is None


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(104.0, 30.0, 4544), (103.4, 30.0, 4543), (75.0, 39.0, 4534), (135.0, 48.0, 4554), (57.5, 23.1, 32640), (-70.0, -33.0, 32719)],
)  # fmt: skip
def test_zone_of_a_place(lon, lat, code):
    """104 / 3 rounds to 35, times 3 is 105: EPSG 4534 + (105 − 75)/3 = 4544. 103.4 rounds to 34, 102: 4543. Outside China UTM."""
    assert zone_for(lon, lat).to_epsg() == code


def test_web_mercator_is_no_metric_system():
    assert not is_metric(CRS.from_epsg(3857))
    assert not is_metric(CRS.from_epsg(4490))
    assert is_metric(CRS.from_epsg(4544))
    assert name_of(CRS.from_epsg(4544)) == "EPSG:4544"


def flat(high=40, wide=40, level=500.0):
    return np.full((high, wide), level, dtype=np.float32)


def test_known_nodata_is_missing_and_small_holes_are_filled():
    z = flat()
    z[10:12, 10:12] = -32768
    faults = Faults()
    mended = mend(z, 10.0, "dem.tif", faults)
    assert np.allclose(mended, 500.0)
    assert faults.has("height-nodata")
    assert faults.has("height-filled")


def test_large_hole_stays_and_is_named_with_its_size():
    z = flat()
    z[8:28, 8:28] = np.nan
    faults = Faults()
    mended = mend(z, 10.0, "dem.tif", faults)
    assert np.isnan(mended).sum() == 400
    assert [f.value for f in faults if f.code == "height-hole"] == ["400 格"]


def test_undeclared_zero_in_the_mountains_is_missing_but_not_at_the_sea():
    z = flat()
    z[:, :12] = 0.0
    faults = Faults()
    assert np.isnan(mend(z, 10.0, "dem.tif", faults)[:, :12]).all()
    coast = np.linspace(0, 20, 1600, dtype=np.float32).reshape(40, 40)
    coast[0, :10] = 0.0
    quiet = Faults()
    assert np.isfinite(mend(coast, 10.0, "dem.tif", quiet)).all()
    assert not quiet.rows


def test_spike_goes_cliff_and_ridge_stay():
    z = flat()
    z[:, 20:] += 150.0  # a cliff of 150 m across the whole raster
    z[30, :] += 80.0  # a ridge
    faults = Faults()
    assert np.array_equal(mend(z, 10.0, "dem.tif", faults), z)
    assert not faults.rows
    z[10, 10] += 120.0
    assert mend(z, 10.0, "dem.tif", faults)[10, 10] == pytest.approx(500.0, abs=1.0)
    assert faults.has("height-spike")


@given(st.integers(0, 2**32 - 1))
def test_real_terrain_is_left_alone(seed):
    """Slopes up to 45 degrees at 10 m cells (10 m a cell) with noise of 2 m raise no fault and change nothing."""
    chance = np.random.default_rng(seed)
    gx, gy = chance.uniform(-10, 10, 2)
    y, x = np.mgrid[0:24, 0:24]
    z = (1000 + gx * x + gy * y + chance.normal(0, 2, (24, 24))).astype(np.float32)
    faults = Faults()
    assert np.array_equal(mend(z, 10.0, "dem.tif", faults), z)
    assert not faults.rows


def test_networked_office_refuses_secret_layers(tmp_path):
    faults = Faults()
    layers = [
        LayerSource("waters", tmp_path / "a.gpkg"),
        LayerSource("elevation", tmp_path / "b.tif", secrecy=Secrecy.SECRET),
    ]
    assert [one.name for one in refuse_secret(layers, faults)] == ["waters"]
    assert [fault.code for fault in faults] == ["secrecy-refused"]
