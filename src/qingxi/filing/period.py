"""A period for which a form is owed: a day, week, month, quarter, half-year or year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_ORDINAL = "一二三四"
_KEY = re.compile(r"(\d{4})(?:-(?:W(\d\d)|Q([1-4])|H([12])|(\d\d)(?:-(\d\d))?))?\Z")


class PeriodKind(StrEnum):
    """How often a form is owed."""

    DAY = "日"
    WEEK = "周"
    MONTH = "月"
    QUARTER = "季"
    HALF = "半年"
    YEAR = "年"

    @property
    def last_word(self) -> str:
        """How people call the period before: 上月, 上季度."""
        return {"日": "前一日", "周": "上周", "月": "上月", "季": "上季度", "半年": "上个半年", "年": "上年"}[
            self.value
        ]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period, named by its first day; any day of it may be given to :meth:`of`.

    Raises
    ------
    ValueError
        When ``first_day`` is not the first of a period of this kind.
    """

    first_day: date
    kind: PeriodKind

    def __post_init__(self) -> None:
        if _first(self.kind, self.first_day) != self.first_day:
            raise ValueError(f"{self.first_day} does not begin a {self.kind.name}")

    @classmethod
    def of(cls, kind: PeriodKind, day: date) -> Period:
        """The period of a kind in which a day lies."""
        return cls(_first(kind, day), kind)

    @classmethod
    def parse(cls, key: str) -> Period:
        """The period by its key: 2026, 2026-H1, 2026-Q3, 2026-10, 2026-W45, 2026-11-20.

        Raises
        ------
        ValueError
            For a key that names none.
        """
        found = _KEY.match(key)
        if found is None:
            raise ValueError(f"{key!r} names no period")
        year = int(found[1])
        week, quarter, half, month, day = (int(g) if g else 0 for g in found.groups()[1:])
        if week:
            return cls(date.fromisocalendar(year, week, 1), PeriodKind.WEEK)
        if quarter:
            return cls(date(year, 3 * quarter - 2, 1), PeriodKind.QUARTER)
        if half:
            return cls(date(year, 6 * half - 5, 1), PeriodKind.HALF)
        if found[5]:
            return cls(date(year, month, day or 1), PeriodKind.DAY if found[6] else PeriodKind.MONTH)
        return cls(date(year, 1, 1), PeriodKind.YEAR)

    @property
    def after(self) -> Period:
        return Period.of(self.kind, _first(self.kind, self.first_day + timedelta(days=_LONGEST[self.kind])))

    @property
    def before(self) -> Period:
        return Period.of(self.kind, self.first_day - timedelta(days=1))

    @property
    def last_day(self) -> date:
        return self.after.first_day - timedelta(days=1)

    @property
    def key(self) -> str:
        first = self.first_day
        match self.kind:
            case PeriodKind.DAY:
                return first.isoformat()
            case PeriodKind.WEEK:
                year, week, _ = first.isocalendar()
                return f"{year}-W{week:02d}"
            case PeriodKind.MONTH:
                return f"{first:%Y-%m}"
            case PeriodKind.QUARTER:
                return f"{first.year}-Q{(first.month + 2) // 3}"
            case PeriodKind.HALF:
                return f"{first.year}-H{1 if first.month == 1 else 2}"
        return str(first.year)

    @property
    def title(self) -> str:
        first = self.first_day
        match self.kind:
            case PeriodKind.DAY:
                return f"{first.year} 年 {first.month} 月 {first.day} 日"
            case PeriodKind.WEEK:
                year, week, _ = first.isocalendar()
                return f"{year} 年第 {week} 周"
            case PeriodKind.MONTH:
                return f"{first.year} 年 {first.month} 月"
            case PeriodKind.QUARTER:
                return f"{first.year} 年第{_ORDINAL[(first.month - 1) // 3]}季度"
            case PeriodKind.HALF:
                return f"{first.year} 年{'上' if first.month == 1 else '下'}半年"
        return f"{first.year} 年"

    def parts(self, kind: PeriodKind) -> tuple[Period, ...]:
        """The shorter periods of a kind that begin in this one, in order: three months of a quarter."""
        out, each = [], Period.of(kind, self.first_day)
        while each.first_day <= self.last_day:
            if each.first_day >= self.first_day:
                out.append(each)
            each = each.after
        return tuple(out)


# Longer than the period and shorter than two of them: a first day and so many more lie in the next.
_LONGEST = {
    PeriodKind.DAY: 1, PeriodKind.WEEK: 7, PeriodKind.MONTH: 32, PeriodKind.QUARTER: 93, PeriodKind.HALF: 185, PeriodKind.YEAR: 366,
}  # fmt: skip


def _first(kind: PeriodKind, day: date) -> date:
    match kind:
        case PeriodKind.DAY:
            return day
        case PeriodKind.WEEK:
            return day - timedelta(days=day.weekday())
        case PeriodKind.MONTH:
            return day.replace(day=1)
        case PeriodKind.QUARTER:
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case PeriodKind.HALF:
            return date(day.year, 1 if day.month <= 6 else 7, 1)
    return date(day.year, 1, 1)
