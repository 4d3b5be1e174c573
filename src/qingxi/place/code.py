"""The statistical code of a place (统计用区划代码): 2 + 2 + 2 + 3 + 3 digits, and 3 of our own for natural villages.

Natural villages have no national code; three digits appended to their village's code are the county's own.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class Level(StrEnum):
    """Level of a place; the number of digits of its code follows from it."""

    PROVINCE = "province"  # 2 digits
    CITY = "city"  # 4
    COUNTY = "county"  # 6
    TOWNSHIP = "township"  # 9
    VILLAGE = "village"  # 12: 行政村 (村委会) or 社区 (居委会)
    HAMLET = "hamlet"  # 15: 自然村, own suffix


_DIGITS = {
    2: Level.PROVINCE,
    4: Level.CITY,
    6: Level.COUNTY,
    9: Level.TOWNSHIP,
    12: Level.VILLAGE,
    15: Level.HAMLET,
}
_PARENT_DIGITS = {4: 2, 6: 4, 9: 6, 12: 9, 15: 12}


class BadCode(ValueError):
    """A text that is no place code; the sentence is Chinese and fit for the user."""


@dataclass(frozen=True, slots=True, order=True)
class PlaceCode:
    """A place code in its shortest form: 6 digits for a county, 12 for a village."""

    text: str

    @property
    def level(self) -> Level:
        return _DIGITS[len(self.text)]

    @property
    def parent(self) -> "PlaceCode | None":
        """The code one level up; None for a province."""
        digits = _PARENT_DIGITS.get(len(self.text))
        return PlaceCode(self.text[:digits]) if digits else None

    def within(self, other: "PlaceCode") -> bool:
        """Whether this place lies in the other (or is it)."""
        return self.text.startswith(other.text)

    def __str__(self) -> str:
        return self.text


def parse_code(text: str) -> PlaceCode:
    """Read a code as people write it: full-width digits, spaces, and codes padded with zeros to 12 digits.

    Parameters
    ----------
    text : str
        ``"511825100200"``; ``"511825000000"`` is the county 511825, ``"511825100000"`` the township 511825100.

    Raises
    ------
    BadCode
        When it is not all digits, has a wrong number of them, or a part in the middle is zero.
    """
    digits = unicodedata.normalize("NFKC", text).replace(" ", "").strip()
    if not digits.isdigit() or not digits.isascii():
        raise BadCode(f"区划代码 {text!r} 应全为数字")
    if len(digits) not in _DIGITS:
        raise BadCode(f"区划代码 {text!r} 有 {len(digits)} 位，应为 2、4、6、9、12 位（自然村 15 位）")
    if len(digits) == 12:
        for zeros, keep in (("0000000000", 2), ("00000000", 4), ("000000", 6), ("000", 9)):
            if digits.endswith(zeros):
                digits = digits[:keep]
                break
    if any(int(part) == 0 for part in _parts(digits)):
        raise BadCode(f"区划代码 {text!r} 中间有一段全为 0")
    return PlaceCode(digits)


def _parts(digits: str) -> list[str]:
    cuts = [0, 2, 4, 6, 9, 12, 15]
    return [digits[a:b] for a, b in pairwise(cuts) if a < len(digits)]


# Segments of the statistical code: third part of townships, fourth of villages (统计用区划代码编制规则).
_TOWNSHIPS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (1, 99, ("街道",)),
    (100, 199, ("镇",)),
    (200, 399, ("乡",)),
)
_VILLAGES: tuple[tuple[int, int, tuple[str, ...]], ...] = ((1, 199, ("居委会",)), (200, 399, ("村委会",)))


def kind_by_code(code: PlaceCode) -> tuple[str, ...]:
    """What kind of township or village a code says it is; empty where the rule says nothing."""
    rows = {Level.TOWNSHIP: _TOWNSHIPS, Level.VILLAGE: _VILLAGES}.get(code.level, ())
    number = int(code.text[-3:])
    return next((kinds for low, high, kinds in rows if low <= number <= high), ())
