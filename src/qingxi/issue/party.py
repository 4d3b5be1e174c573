"""A unit with its level, as it stands in a problem."""

from dataclasses import dataclass

from qingxi.issue.steps import Level


@dataclass(frozen=True, slots=True)
class Party:
    """A unit in a role, with its level."""

    unit: str
    level: Level

    def __post_init__(self) -> None:
        if not self.unit:
            raise ValueError("a party has no unit")
