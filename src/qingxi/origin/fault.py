"""A fault of an input, said so that the one who supplied it can mend it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Wrong (the row is left out) or suspicious (the row goes on, and somebody should look)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, with all that is needed to find and mend it.

    Attributes
    ----------
    file : str
        File (and layer or sheet) as the user named it.
    row : int or None
        Row as the user counts it: the Excel row, or the feature number from 1; None for the whole file.
    field : str
        Column or part; empty for the whole row.
    value : str
        The value that was met, as text.
    rule : str
        What had to hold, in Chinese, one clause.
    remedy : str
        What to do about it, in Chinese, one clause.
    code : str
        Stable name of the rule, for filters and tests: ``"people-negative"``.
    """

    file: str
    row: int | None
    field: str
    value: str
    rule: str
    remedy: str
    code: str
    severity: Severity = Severity.ERROR

    def as_json(self) -> dict[str, str | int | None]:
        """The fault as plain values, keys as the attributes."""
        return asdict(self)

    def __str__(self) -> str:
        where = self.file + (f" 第 {self.row} 行" if self.row is not None else "")
        what = f" {self.field}={self.value!r}" if self.field else (f" {self.value!r}" if self.value else "")
        return f"{where}{what}：{self.rule}。{self.remedy}。"


def errors_of(faults: Iterable[Fault]) -> list[Fault]:
    """Only the faults that are wrong, not those that are suspicious."""
    return [fault for fault in faults if fault.severity is Severity.ERROR]
