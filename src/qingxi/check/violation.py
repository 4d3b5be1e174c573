"""A breach of a rule, and the report of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach (违规).

    Attributes
    ----------
    rule : str
        Code of the rule, as in section 11 of ``docs/costs.md``.
    what : str
        Layer or part of the plan: ``"pipes"``, ``"households"``, ``"plan"``.
    id : str
        Which one of it; empty for the whole.
    message : str
        What was found and what had to hold, in Chinese.
    """

    rule: str
    what: str
    id: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Plain values, keys as the attributes."""
        return {"rule": self.rule, "what": self.what, "id": self.id, "message": self.message}


@dataclass(frozen=True)
class CheckReport:
    """What the checker found.

    Attributes
    ----------
    violations : tuple of Violation
    checked : dict of int
        How many things each rule was held against.
    withheld : tuple of str
        What could not be checked and why, in Chinese.
    """

    violations: tuple[Violation, ...]
    checked: dict[str, int]
    withheld: tuple[str, ...]

    def by_rule(self) -> dict[str, list[Violation]]:
        """Violations under their rules, in the order met."""
        found: dict[str, list[Violation]] = {}
        for violation in self.violations:
            found.setdefault(violation.rule, []).append(violation)
        return found

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "ok": not self.violations,
            "violations": [v.as_json() for v in self.violations],
            "checked": self.checked,
            "withheld": list(self.withheld),
        }


@dataclass
class Findings:
    """Collects violations while the rules run."""

    rows: list[Violation] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)

    def held(self, rule: str, count: int) -> None:
        """Note that a rule was held against so many things."""
        self.checked[rule] = self.checked.get(rule, 0) + int(count)

    def add(self, rule: str, what: str, id: object, message: str) -> None:
        """Note one breach."""
        self.rows.append(Violation(rule, what, str(id), message))

    def each(
        self,
        rule: str,
        what: str,
        bad: npt.NDArray[np.bool_],
        ids: npt.NDArray[Any],
        found: npt.NDArray[Any] | Sequence[Any],
        wanted: npt.NDArray[Any] | Sequence[Any] | float,
        words: str,
    ) -> None:
        """Hold a rule against a column: every True of ``bad`` is a breach; ``words`` has {0} found and {1} wanted."""
        self.held(rule, bad.size)
        want = np.broadcast_to(np.asarray(wanted), bad.shape)
        got = np.asarray(found)
        for i in np.flatnonzero(bad):
            self.add(rule, what, ids[i], words.format(_short(got[i]), _short(want[i])))

    def withhold(self, words: str) -> None:
        """Note once what could not be checked."""
        if words not in self.withheld:
            self.withheld.append(words)

    def report(self) -> CheckReport:
        return CheckReport(tuple(self.rows), dict(self.checked), tuple(self.withheld))


def _short(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if number != number:
            return "（无）"
        return f"{number:,.2f}" if abs(number) >= 1000 else f"{number:.6g}"
    return str(value)
