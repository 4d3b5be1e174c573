"""Where the rules file their conflicts, and learn at once what was decided about them."""

from __future__ import annotations

from typing import Any

from qingxi.morning.conflict import Cited, Conflict, Decision, Decisions


class Docket:
    """Conflicts in the order they were met, each with its own key, and the decision on each."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._met: dict[str, int] = {}
        self.conflicts: list[Conflict] = []
        self.decided: dict[str, Decision] = {}

    def file(
        self, kind: str, subject: str, said: dict[str, Any], rows: tuple[Cited, ...] = (), *, village: str = "",
        candidates: tuple[tuple[str, str], ...] = (),
    ) -> Decision | None:  # fmt: skip
        """File a conflict; gives the decision that settles it, or None while nobody has decided."""
        items = tuple(said.items())
        conflict = Conflict(kind, subject, items, rows, village, candidates)
        again = self._met.get(conflict.key, 0)
        self._met[conflict.key] = again + 1
        if again:
            conflict = Conflict(kind, subject, items, rows, village, candidates, again)
        self.conflicts.append(conflict)
        decision = self._decisions.get(conflict.key)
        if decision is None or not conflict.allows(decision):
            return None
        self.decided[conflict.key] = decision
        return decision
