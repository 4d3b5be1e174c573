"""What an officer has decided beforehand (人工调整): a mode, a site, a road that the plan is made around."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np


class OverrideKind(StrEnum):
    """What is decided; the values are the words of the column ``kind``."""

    MODE = "mode"
    FORBID_SITE = "forbid_site"
    REQUIRE_SITE = "require_site"
    FORCE_ROAD = "force_road"
    FORBID_ROAD = "forbid_road"


KIND_ZH = {
    OverrideKind.MODE: "定模式",
    OverrideKind.FORBID_SITE: "不许建站",
    OverrideKind.REQUIRE_SITE: "须建站",
    OverrideKind.FORCE_ROAD: "须走此路",
    OverrideKind.FORBID_ROAD: "不走此路",
}


@dataclass(frozen=True, slots=True)
class Override:
    """One decision of an officer.

    Attributes
    ----------
    id : str
        Its number, unique in a plan.
    kind : OverrideKind
    village, hamlet, household : str
        Whom it is about: the narrowest that is not empty. ``mode`` needs one; ``forbid_site`` takes a hamlet or a point.
    street : str
        Id of the street of ``force_road`` (the sewer runs along it) and ``forbid_road`` (none does); empty: the street nearest
        to the point.
    mode : str
        Of ``mode``: ``town_connection``, ``shared_plant``, ``onsite``, ``reuse`` or ``controlled``.
    x_m, y_m, radius_m : float
        Place of ``forbid_site`` and ``require_site``, or a point on a road, in the plan's zone; NaN: not given. A missing radius is that of the
        table ``override``.
    reason, officer, date : str
        Why, who, when (ISO); shown wherever the override is.
    row : int or None
        Row of the file it came from.
    """

    id: str
    kind: OverrideKind
    village: str = ""
    hamlet: str = ""
    household: str = ""
    street: str = ""
    mode: str = ""
    x_m: float = float("nan")
    y_m: float = float("nan")
    radius_m: float = float("nan")
    reason: str = ""
    officer: str = ""
    date: str = ""
    row: int | None = None

    @property
    def placed(self) -> bool:
        """Whether it names a point."""
        return bool(np.isfinite(self.x_m) and np.isfinite(self.y_m))

    @property
    def target(self) -> str:
        """What it is about, as one text: the id of a household, hamlet, village or street, or the point."""
        if self.street:
            return self.street
        if self.placed:
            return f"({self.x_m:.0f},{self.y_m:.0f})"
        return self.household or self.hamlet or self.village

    def as_json(self) -> dict[str, Any]:
        """Plain values; a missing number is None."""
        told = asdict(self) | {"kind": str(self.kind), "target": self.target}
        return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in told.items()}
