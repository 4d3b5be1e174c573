"""A reference to a record by kind and id."""

import re
from dataclasses import dataclass

_KIND = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A record named from afar.

    Parameters
    ----------
    kind : str
        Lower-case noun of the record, as in the glossary: ``"household"``, ``"facility"``, ``"finding"``.
    id : str
        The record's own id, never empty.

    Raises
    ------
    ValueError
        When the kind is no lower-case word or the id is empty.
    """

    kind: str
    id: str

    def __post_init__(self) -> None:
        if not _KIND.match(self.kind):
            raise ValueError(f"reference kind is {self.kind!r}, must be a lower-case word")
        if not self.id:
            raise ValueError(f"reference to a {self.kind} has no id")

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Ref":
        """Read ``"kind:id"`` back; raises ValueError when there is no colon."""
        kind, colon, rest = text.partition(":")
        if not colon:
            raise ValueError(f"reference {text!r} has no colon, must be kind:id")
        return cls(kind, rest)
