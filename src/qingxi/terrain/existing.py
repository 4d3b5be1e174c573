"""What is already in the ground: mains and plants that may be joined if their owner agrees."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt


class Consent(StrEnum):
    """The owner's word on a connection."""

    NOT_ASKED = "未征询"
    GIVEN = "已同意"
    REFUSED = "不同意"


@dataclass(frozen=True, slots=True)
class ExistingSewers:
    """Existing mains.

    Attributes
    ----------
    geometry : shapely LineStrings [n]
        In the direction of flow.
    id, plant, owner, consent : text[n]
        ``plant`` is the id of the plant the main leads to, or empty; ``consent`` a value of :class:`Consent`.
    dn_mm, invert_up_m, invert_down_m, spare_m3_d : float64[n]
        NaN unknown; unknown spare capacity counts as none unless its plant has some.
    """

    geometry: npt.NDArray[Any]
    id: npt.NDArray[Any]
    dn_mm: npt.NDArray[np.float64]
    invert_up_m: npt.NDArray[np.float64]
    invert_down_m: npt.NDArray[np.float64]
    spare_m3_d: npt.NDArray[np.float64]
    plant: npt.NDArray[Any]
    owner: npt.NDArray[Any]
    consent: npt.NDArray[Any]

    def __len__(self) -> int:
        return int(self.geometry.shape[0])


@dataclass(frozen=True, slots=True)
class ExistingPlants:
    """Existing treatment plants.

    Attributes
    ----------
    id, name, owner, consent, status : text[n]
    kind : text[n]
        ``county``, ``township`` or ``village``; only the first two may be joined.
    x_m, y_m : float64[n]
    design_m3_d, actual_m3_d, book_value_yuan : float64[n]
        NaN unknown.
    fault_class : text[n]
        One of the four official classes, or empty.
    built : float64[n]
        Year, NaN unknown.
    """

    id: npt.NDArray[Any]
    name: npt.NDArray[Any]
    kind: npt.NDArray[Any]
    x_m: npt.NDArray[np.float64]
    y_m: npt.NDArray[np.float64]
    design_m3_d: npt.NDArray[np.float64]
    actual_m3_d: npt.NDArray[np.float64]
    owner: npt.NDArray[Any]
    consent: npt.NDArray[Any]
    status: npt.NDArray[Any]
    fault_class: npt.NDArray[Any]
    built: npt.NDArray[np.float64]
    book_value_yuan: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.x_m.shape[0])
