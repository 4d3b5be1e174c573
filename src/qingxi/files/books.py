"""The county's books (台账): what docs/formats/county-folder.md lists under "Books".

Every reader takes a path to .xlsx, .xls or .csv and gives a :class:`Sheet` of good rows and faults; none raises.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qingxi.files.book_columns import Sheet
from qingxi.files.book_facilities import read_facilities
from qingxi.files.book_ledgers import read_duties, read_funds, read_issues, read_units, read_works
from qingxi.files.book_rows import FacilityRow, FundRow, IssueRow, UnitRow, VillageRow, WorkRow
from qingxi.files.book_villages import read_denominator, read_hamlets, read_villages
from qingxi.indicator import Entry, HamletStanding
from qingxi.origin import Fault
from qingxi.place import Duty

FILES: Mapping[str, tuple[str, Callable[[Path], Sheet[Any]]]] = {
    "villages": ("行政村治理台账", read_villages),
    "hamlets": ("自然村清单", read_hamlets),
    "denominator": ("治理率分母清单", read_denominator),
    "facilities": ("处理设施台账", read_facilities),
    "issues": ("问题整改台账", read_issues),
    "duties": ("责任清单", read_duties),
    "funds": ("资金来源", read_funds),
    "units": ("单位", read_units),
    "works": ("其他部门工程", read_works),
}


@dataclass(frozen=True)
class Books:
    """All books of a county folder; a book that is not there is an empty sheet without a fault."""

    villages: Sheet[VillageRow]
    hamlets: Sheet[HamletStanding]
    denominator: Sheet[Entry]
    facilities: Sheet[FacilityRow]
    issues: Sheet[IssueRow]
    duties: Sheet[Duty]
    funds: Sheet[FundRow]
    units: Sheet[UnitRow]
    works: Sheet[WorkRow]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault of every book."""
        return tuple(fault for name in FILES for fault in getattr(self, name).faults)


def book_path(folder: Path, part: str, title: str) -> Path | None:
    """``folder/part/title`` with any known ending; None when there is no such file."""
    for ending in (".xlsx", ".xls", ".csv"):
        if (path := folder / part / (title + ending)).is_file():
            return path
    return None


def read_books(folder: Path, *, named: Mapping[str, str] | None = None, county_code: str = "") -> Books:
    """Read every book of a county folder.

    Parameters
    ----------
    folder : Path
        The county folder; books lie under ``books/``.
    named : mapping, optional
        ``[books]`` of county.toml: our name (``"villages"``) to a path, from the folder unless absolute.
    county_code : str
        For duties that name a unit instead of a place.
    """
    sheets: dict[str, Sheet[Any]] = {}
    for name, (title, read) in FILES.items():
        told = (named or {}).get(name)
        path = folder / told if told else book_path(folder, "books", title)
        if path is None:
            sheets[name] = Sheet(title)
        elif read is read_duties:
            sheets[name] = read_duties(path, county_code)
        else:
            sheets[name] = read(path)
    return Books(**sheets)
