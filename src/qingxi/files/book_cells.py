"""What a cell of an office table means: numbers as text, full-width digits, 2023.6.27, 是/√, 万元.

Each reader takes the raw cell and gives the value; it raises :class:`BadCell` for what cannot be read and returns a
:class:`Doubt` for what can be read and should be looked at.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from qingxi.place import BadCode, parse_code

Cell = Any
"""str, int, float, bool, date, datetime, time or None, as the workbook gave it."""


class BadCell(ValueError):
    """A cell that cannot be read: rule and remedy in Chinese, and a stable code."""

    def __init__(self, rule: str, remedy: str, code: str) -> None:
        super().__init__(rule)
        self.rule, self.remedy, self.code = rule, remedy, code


@dataclass(frozen=True)
class Doubt:
    """A value that was read and should be looked at."""

    value: Any
    rule: str
    remedy: str
    code: str


Take = Callable[[Cell], Any]

_DASHES = {"", "-", "--", "—", "——", "/", "\\", "无数据", "N/A", "NA", "n/a", "#N/A", "NULL", "null"}


def plain(cell: Cell) -> str:
    """The cell as text: half-width, trimmed, no line breaks; a whole float without its point zero."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = unicodedata.normalize("NFKC", str(cell))
    return re.sub(r"\s+", " ", text).strip()


def blank(cell: Cell) -> bool:
    return plain(cell) in _DASHES


def text(cell: Cell) -> str:
    """The cell as text."""
    return plain(cell)


_LEADS = ("=", "+", "-", "@", "\t", "\r", "'")


def guard(said: str) -> str:
    """Text for a CSV: what a spreadsheet would take for a formula is led by an apostrophe."""
    return "'" + said if said.startswith(_LEADS) else said


def unguard(said: str) -> str:
    """The text as it was before :func:`guard`."""
    return said[1:] if said.startswith("'") and said[1:].startswith(_LEADS) else said


_NUMBER = re.compile(r"(?P<head>[^\d.+\-]*)(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<tail>.*)\Z")


def number(cell: Cell) -> Any:
    """A number, also as text with thousands separators, a unit behind it, or 约 before it."""
    if isinstance(cell, bool | date | time):
        raise BadCell("应为数字", "请改为数字", "not-a-number")
    if isinstance(cell, int | float):
        return float(cell)
    said = plain(cell).replace(",", "").replace(" ", "")
    match = _NUMBER.match(said)
    if match is None or re.search(r"\d", match["tail"].replace("m3", "").replace("m2", "")):
        raise BadCell("应为数字", "请改为一个数字，不写区间和文字", "not-a-number")
    value = float(match["number"])
    if not math.isfinite(value):
        raise BadCell("数字太大", "请核实", "not-a-number")
    if "万" in match["tail"]:
        value *= 10_000
    if match["head"] in {"约", "≈", "~", "近"}:
        return Doubt(value, "是约数", "请核实后填写准数", "number-approximate")
    if match["head"] not in {"", "¥", "￥"}:
        raise BadCell("应为数字", "请改为一个数字，不写区间和文字", "not-a-number")
    return value


def whole(cell: Cell) -> Any:
    """A whole number of people, households, pieces."""
    got = number(cell)
    value = got.value if isinstance(got, Doubt) else got
    if not float(value).is_integer():
        raise BadCell("应为整数", "请核实后填写整数", "not-whole")
    return Doubt(int(value), got.rule, got.remedy, got.code) if isinstance(got, Doubt) else int(value)


def concentration(cell: Cell) -> Any:
    """A laboratory value in mg/L; ``<0.05`` counts as 0.05 and 未检出 as 0, both in doubt."""
    said = plain(cell).replace(" ", "").upper()
    if said in {"未检出", "ND", "N.D.", "低于检出限"}:
        return Doubt(0.0, "写作未检出", "按 0 计入，报告写有检出限的请填“<检出限”", "below-detection")
    if said.endswith("L") and not said.endswith("MG/L") and re.fullmatch(r"[\d.]+L", said):
        said = "<" + said[:-1]  # laboratories write 0.025L for "below 0.025"
    if said.startswith(("<", "≤")):
        value = number(said[1:])
        value = value.value if isinstance(value, Doubt) else value
        return Doubt(value, "低于检出限", "按检出限计入", "below-detection")
    return number(cell)


_YES = {"是", "√", "✓", "✔", "☑", "有", "1", "Y", "YES", "TRUE", "对", "达到", "符合"}
_NO = {"否", "×", "✗", "✘", "☐", "X", "无", "0", "N", "NO", "FALSE", "错", "未达到", "不符合"}


def yes_no(cell: Cell) -> bool:
    said = plain(cell).upper()
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise BadCell("应为 是 或 否", "请填 是 或 否", "not-yes-no")


_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?号?(?P<rest>.*)\Z", re.S)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")
_SHORT = re.compile(r"(\d{2})(\d{2})(\d{2})\Z")
_ONLY_MONTH = re.compile(r"((?:19|20)\d{2})\s*(?:年\s*(\d{1,2})\s*月份?|[-/]\s*(\d{1,2}))\Z")
_CHINESE = str.maketrans("〇零○一二三四五六七八九", "000123456789")
CHINA = timezone(timedelta(hours=8), "UTC+8")
"""China keeps one time; a time in a book is that."""

_EXCEL_DAY_ZERO = datetime(1899, 12, 30, tzinfo=CHINA)


def day(cell: Cell) -> Any:
    """A date as people write it: 2023.6.27, 2023年6月27日, 20230627, 二〇二三年六月二十七日, or Excel's own serial number.

    2023年6月 counts as its first day, 230627 as of this century and a serial number kept as text as its day: all three
    in doubt. ``2023.6`` is refused, for 2023.1 may be January or October.
    """
    said = _arabic(plain(cell)) if isinstance(cell, str) else plain(cell)
    whole_number = said.isdigit() and not isinstance(cell, date)
    if whole_number and len(said) == 6 and (short := _SHORT.match(said)):
        try:
            return Doubt(
                date(2000 + int(short[1]), int(short[2]), int(short[3])),
                "年份只有两位",
                "请写成 2023-06-27",
                "year-short",
            )
        except ValueError:
            raise BadCell("应为日期", "请写成 2023-06-27", "not-a-date") from None
    if isinstance(cell, str):
        only = _ONLY_MONTH.match(said)
        if only and 1 <= int(only[2] or only[3]) <= 12:
            return Doubt(
                date(int(only[1]), int(only[2] or only[3]), 1), "只写到月，按 1 日计", "请写明哪一天", "day-absent"
            )
        if whole_number and len(said) == 5 and 20_000 <= int(said) <= 80_000:
            serial = (_EXCEL_DAY_ZERO + timedelta(days=int(said))).date()
            return Doubt(serial, f"日期变成了数字 {said}，按 {serial} 计", "请把该列设为日期格式", "date-serial")
    return moment(said if isinstance(cell, str) else cell).date()


def _arabic(said: str) -> str:
    """二〇二三年六月二十七日 in figures; anything else as it is."""
    match = re.fullmatch(
        r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})日?)?",
        said,
    )
    if match is None:
        return said

    def count(word: str) -> int:
        tens, ten, ones = word.rpartition("十")
        base = (int(tens.translate(_CHINESE)) if tens else 1) * 10 if ten else 0
        return base + (int(ones.translate(_CHINESE)) if ones else 0)

    year = match[1].translate(_CHINESE)
    return f"{year}年{count(match[2])}月" + (f"{count(match[3])}日" if match[3] else "")


def moment(cell: Cell) -> datetime:
    """A date with an optional time: 2026-11-02 09:30, 2026年11月2日 9时30分."""
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=CHINA)
    if isinstance(cell, date):
        return datetime.combine(cell, time(), CHINA)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 20_000 <= cell <= 80_000:
        return _EXCEL_DAY_ZERO + timedelta(seconds=round(float(cell) * 86_400))
    said = plain(cell)
    match = _DATE.match(said) or _COMPACT.match(said)
    if match is None:
        raise BadCell("应为日期", "请写成 2023-06-27", "not-a-date")
    year, month, dom = (int(match[i]) for i in (1, 2, 3))
    hour, minute, second = _time_of(match.groupdict().get("rest") or "")
    try:
        return datetime(year, month, dom, hour, minute, second, tzinfo=CHINA)
    except ValueError:
        raise BadCell("没有这一天", "请核实日期", "no-such-day") from None


def _time_of(rest: str) -> tuple[int, int, int]:
    rest = rest.strip().lstrip("T")
    if not rest:
        return 0, 0, 0
    match = re.match(r"(\d{1,2})\s*[:时点]\s*(\d{1,2})?\s*[:分]?\s*(\d{1,2})?", rest)
    if match is None:
        raise BadCell("应为日期和时间", "请写成 2026-11-02 09:30", "not-a-time")
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)


def month(cell: Cell) -> date:
    """A month: 2026-10, 2026年10月, 202610; the number 2026.1 may be January or October and is refused."""
    if isinstance(cell, date):
        return date(cell.year, cell.month, 1)
    if isinstance(cell, float) and not cell.is_integer() and 1900 < cell < 2200:
        digits = f"{cell:.2f}".split(".")[1]
        if digits == "10":
            raise BadCell("2026.1 这样的数字分不清 1 月和 10 月", "请写成 2026-01 或 2026-10", "month-ambiguous")
        cell = f"{int(cell)}.{digits.rstrip('0') if digits[1] == '0' else digits}"
    said = plain(cell)
    match = re.match(r"(\d{4})\s*[-./年]?\s*(\d{1,2})\s*月?份?\s*(?:[-./]?\s*0?1日?)?\Z", said)
    if match is None or not 1 <= int(match[2]) <= 12:
        raise BadCell("应为年月", "请写成 2026-10", "not-a-month")
    return date(int(match[1]), int(match[2]), 1)


def identifier(cell: Cell) -> str:
    """A code kept as text; Excel must not have turned it into 9.99E+11."""
    said = plain(cell)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", said):
        raise BadCell("编号被 Excel 变成了科学记数，末位已丢失", "请把该列设为文本后重填", "code-lost-digits")
    return said


def place_code(digits: int) -> Take:
    """A place code with that many digits."""

    def take(cell: Cell) -> str:
        said = identifier(cell).replace(" ", "").lstrip("'")
        try:
            code = parse_code(said).text
        except BadCode as error:
            raise BadCell(str(error), f"请填 {digits} 位代码", "bad-code") from None
        if len(code) != digits:
            raise BadCell(f"代码有 {len(code)} 位，应为 {digits} 位", f"请填 {digits} 位代码", "bad-code")
        return code

    return take


@dataclass(frozen=True, eq=False)
class Choice:
    """One of these words; the mapping gives the value of each, synonyms among them.

    With ``loose`` an unknown word is kept as it is, in doubt.
    """

    words: Mapping[str, Any]
    loose: bool = False

    def __call__(self, cell: Cell) -> Any:
        said = plain(cell)
        bare = said.replace(" ", "")
        if bare in self.words:
            return self.words[bare]
        allowed = "、".join(dict.fromkeys(self.words))
        if self.loose:
            return Doubt(said, f"不在常用词中：{allowed}", "已按原文保留，请核实", "unusual-word")
        raise BadCell(f"应为其中之一：{allowed}", "请从列出的词中选填", "not-in-list")

    @property
    def offered(self) -> tuple[str, ...]:
        """One word for each value, the first: what a drop-down offers."""
        first: dict[Any, str] = {}
        for word, value in self.words.items():
            first.setdefault(value, word)
        return tuple(first.values())

    def write(self, value: Any) -> str:
        """The word of a value; a value without one as it is."""
        return next((word for word, known in self.words.items() if known == value), str(value))


def choice(words: Mapping[str, Any]) -> Choice:
    """One of these words, and no other."""
    return Choice(words)


def loose_choice(words: Mapping[str, str]) -> Choice:
    """One of these words; others are kept, in doubt."""
    return Choice(words, loose=True)
