"""Hamlets (自然村) as columns."""

from dataclasses import dataclass

from qingxi.village.columns import FloatArray, IntArray, TextArray, require_equal_length


@dataclass(frozen=True, slots=True)
class Hamlets:
    """Natural villages.

    Attributes
    ----------
    id : text[n]
        12-digit village code and 3 digits of our own.
    name : text[n]
    village : int64[n]
        Index into :class:`Villages`; −1 where unknown.
    x_m, y_m : float64[n]
        Centre; NaN where only the households tell (then their mean is taken).
    """

    id: TextArray
    name: TextArray
    village: IntArray
    x_m: FloatArray
    y_m: FloatArray

    def __post_init__(self) -> None:
        require_equal_length("hamlets", {name: getattr(self, name) for name in self.__slots__})

    def __len__(self) -> int:
        return int(self.village.shape[0])
