"""Walking back from a figure to what it was made from."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qingxi.origin.ref import Ref


@dataclass(frozen=True, slots=True)
class Walk:
    """The records met on a walk back, nearest first.

    ``steps`` are (record, the records it was made from); ``missing`` were referred to and not found.
    """

    start: Ref
    steps: tuple[tuple[Ref, tuple[Ref, ...]], ...]
    missing: tuple[Ref, ...]

    def reached(self, kind: str) -> tuple[Ref, ...]:
        """Every record of this kind on the walk, in the order they were met."""
        return tuple(ref for ref, _ in self.steps if ref.kind == kind)


def walk_back(start: Ref, because: Callable[[Ref], Iterable[Ref] | None], *, at_most: int = 100_000) -> Walk:
    """Follow ``because`` from a record, breadth first, meeting each record once.

    Parameters
    ----------
    because : callable
        Gives the references of a record, or None when the record does not exist.
    at_most : int
        Stop after this many records; a county's rate reaches every household.

    Returns
    -------
    Walk
        Cost is one call of ``because`` per record met.
    """
    seen = {start}
    queue = deque([start])
    steps: list[tuple[Ref, tuple[Ref, ...]]] = []
    missing: list[Ref] = []
    while queue and len(steps) < at_most:
        ref = queue.popleft()
        found = because(ref)
        if found is None:
            missing.append(ref)
            continue
        refs = tuple(found)
        steps.append((ref, refs))
        for nxt in refs:
            if nxt not in seen:
                seen.add(nxt)
                queue.append(nxt)
    return Walk(start, tuple(steps), tuple(missing))
