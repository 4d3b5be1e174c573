"""A quarter of a year, and the half-year whose tests are owed by its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Year and number 1 to 4.

    Raises
    ------
    ValueError
        For a number outside 1 to 4.
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        if self.number not in (1, 2, 3, 4):
            raise ValueError(f"quarter is {self.number}, must be 1 to 4")

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        after = self.after
        return after.first_day - timedelta(days=1)

    @property
    def after(self) -> Quarter:
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    @property
    def before(self) -> Quarter:
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    @property
    def tests_since(self) -> date:
        """A test on or after this day counts for the half-year that is owed at the quarter's end.

        The second and fourth quarter end a half-year: a test in it is owed. The first and third lie in its middle, where
        only the half-year before is owed, and a test since its first day will do.
        """
        half = date(self.year, 1, 1) if self.number in (1, 2) else date(self.year, 7, 1)
        if self.number in (2, 4):
            return half
        return date(self.year - 1, 7, 1) if self.number == 1 else date(self.year, 1, 1)

    @property
    def title(self) -> str:
        return f"{self.year} 年第{'一二三四'[self.number - 1]}季度"

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"
