"""Long sheets written straight as XML hold the same cells as those written one by one, in two readers."""

import zipfile
from io import BytesIO

import numpy as np
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from qingxi.files import book_pen, plan_book
from qingxi.files.big_sheet import LongRows, _letters, with_long_rows

HEADS = [("名", "t", 10), ("数", "i", 10), ("费", "2", 10), ("理由", "w", 30)]
ROWS = [
    ("甲", 3, 1.5, "头一行"),
    ("A&B<C>", 0, float("nan"), " 前后有空格 "),
    (None, None, 1 / 3, "两\n行"),
    ("", -7, 1e21, "控制\x07符 _x0041_"),
    ("_x", 123456789012, -0.0, "长" * 40_000),
    ("甲", 3, 1e-9, "=1+1"),
]


def drawn(path, rows, short, monkeypatch):
    """The pen's own way: cell by cell up to ``short`` rows, else as XML."""
    monkeypatch.setattr(book_pen, "SHORT", short)
    held = BytesIO()
    with xlsxwriter.Workbook(held, {"constant_memory": True, "nan_inf_to_errors": False}) as book:
        book.set_properties({"created": plan_book._CREATED})
        pen = book_pen.Pen(book, "县", "内部")
        pen.table("先", HEADS, ROWS[:1])
        pen.table("长", HEADS, rows)
        pen.table("后", HEADS, ROWS[:1])
    with_long_rows(held.getvalue(), path, pen.long)
    return bool(pen.long)


def cells(path):
    """Every cell's value, format and place, as openpyxl reads them."""
    book = openpyxl.load_workbook(path)
    return {
        (sheet.title, cell.coordinate): (cell.value, cell.data_type, cell.number_format, cell.alignment.wrap_text)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
    } | {(sheet.title, "frame"): (sheet.dimensions, sheet.auto_filter.ref, sheet.freeze_panes) for sheet in book}


def test_both_ways_give_the_same_cells(tmp_path, monkeypatch):
    slow, fast = tmp_path / "slow.xlsx", tmp_path / "fast.xlsx"
    assert not drawn(slow, ROWS, 1000, monkeypatch)
    assert drawn(fast, ROWS, 1, monkeypatch)
    told = cells(fast)
    assert told == cells(slow)
    assert [told["长", at][0] for at in ("B4", "A5", "C5")] == [3, "A&B<C>", "—"]
    assert told["长", "frame"] == ("A1:D9", "A3:D9", "B4")
    assert len(told["长", "D8"][0]) == 32_767
    for name in ("先", "长", "后"):
        pair = [CalamineWorkbook.from_path(str(p)).get_sheet_by_name(name).to_python() for p in (slow, fast)]
        assert pair[0] == pair[1]


def test_the_same_rows_give_the_same_bytes(tmp_path, monkeypatch):
    paths = [tmp_path / f"{turn}.xlsx" for turn in "ab"]
    for path in paths:
        drawn(path, ROWS * 50, 1, monkeypatch)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(paths[0]) as book:
        assert {part.date_time for part in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert book.testzip() is None


def test_rows_beyond_one_piece_keep_their_order(tmp_path, monkeypatch):
    rows = [(f"户{k}", k, k / 4, "同") for k in range(10_050)]
    drawn(tmp_path / "long.xlsx", rows, 1000, monkeypatch)
    read = CalamineWorkbook.from_path(str(tmp_path / "long.xlsx")).get_sheet_by_name("长").to_python()
    assert [row[0] for row in read[3:]] == [row[0] for row in rows]
    assert [row[2] for row in read[3:]] == [row[2] for row in rows]


def test_a_row_without_formats_is_refused(tmp_path):
    held = BytesIO()
    with xlsxwriter.Workbook(held) as book:
        book.add_worksheet("一").write(3, 0, 1.0)
    with pytest.raises(ValueError, match="row 4 has 0 formatted cells for 1 columns"):
        with_long_rows(held.getvalue(), tmp_path / "no.xlsx", {1: LongRows([np.ones(3)], [False], 4)})


@given(st.integers(0, 16_383))
def test_column_letters_count_in_twenty_six(column):
    value = 0
    for letter in _letters(column):
        value = value * 26 + ord(letter) - 64
    assert value == column + 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=6))
def test_numbers_come_back_to_sixteen_digits(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("n") / "n.xlsx"
    held = BytesIO()
    with xlsxwriter.Workbook(held) as book:
        sheet = book.add_worksheet("一")
        sheet.write_number(0, 0, 0.0, book.add_format({"num_format": "0.00"}))
    with_long_rows(held.getvalue(), path, {1: LongRows([values], [False], 1)})
    read = [row[0].value for row in openpyxl.load_workbook(path)["一"].iter_rows()][1:]
    np.testing.assert_allclose(np.array(read, dtype=float), values, rtol=1e-15)
