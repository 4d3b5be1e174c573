"""Whatever stands in the cells: good rows, faults, and never a traceback."""

from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingxi.files.book_facilities import FACILITIES
from qingxi.files.book_ledgers import DUTIES, FUNDS, ISSUES, UNITS, WORKS
from qingxi.files.book_villages import DENOMINATOR, HAMLETS, VILLAGES
from qingxi.files.books import FILES
from qingxi.files.evidence import BILLS, LABS, VENDOR, VISITS, read_bills, read_labs, read_vendor_days, read_visits

READERS = {
    name: (columns, FILES[name][1])
    for name, columns in {
        "villages": VILLAGES,
        "hamlets": HAMLETS,
        "denominator": DENOMINATOR,
        "facilities": FACILITIES,
        "issues": ISSUES,
        "duties": DUTIES,
        "funds": FUNDS,
        "units": UNITS,
        "works": WORKS,
    }.items()
} | {
    "bills": (BILLS, read_bills),
    "labs": (LABS, read_labs),
    "visits": (VISITS, read_visits),
    "vendor": (VENDOR, read_vendor_days),
}
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**13), 10**13),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1950, 1, 1), date(2050, 1, 1)),
    st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1)),  # noqa: DTZ001
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
    st.sampled_from(
        [
            "999901100200",
            "999901100200001",
            "已治理",
            "2023.6.27",
            "2026年13月",
            "1e999",
            "万",
            "-",
            "√",
            "１２",
            "列入",
            "核减",
            "²",
            "①",
        ]
    ),
)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cells(name, data, tmp_path):
    columns, read = READERS[name]
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns)), max_size=4))
    book = openpyxl.Workbook()
    book.active.append([c.heading for c in columns])
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    sheet = read(tmp_path / "a.xlsx")
    assert all(str(fault) and fault.rule and fault.remedy for fault in sheet.faults)
    if name != "labs":  # one row of a laboratory sheet gives several results
        assert len(sheet.rows) <= len(rows)
