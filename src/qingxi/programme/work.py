"""Works (工程) on streets: ours and those of other departments, as lines with dates."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

KINDS = {"road": "修路", "toilet": "改厕", "water": "供水", "ditch": "沟渠"}


@dataclass(frozen=True, slots=True)
class OtherWork:
    """A work of another department.

    Attributes
    ----------
    line : float64[n, 2]
        Vertices in metres of the county's zone; an empty array when only the village is known.
    kind : str
        "road", "toilet", "water" or "ditch".
    start, end : date or None
        Planned; None when not said.
    surface : str
        What lies there afterwards: "earth", "concrete" or "asphalt".
    """

    id: str
    department: str
    kind: str
    name: str
    line: F64
    start: date | None
    end: date | None
    budget_fen: int = 0
    surface: str = "concrete"
    village: str = ""

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"work {self.id}: ends {self.end}, before it starts {self.start}")


@dataclass(frozen=True, slots=True)
class Trench:
    """The trenches of one system of the plan: ``lines`` are vertices in metres of the same zone as the works'."""

    system: str
    lines: tuple[F64, ...]
