"""Administrative villages (行政村) as columns."""

from dataclasses import dataclass
from enum import StrEnum

from qingxi.village.columns import FloatArray, TextArray, require_equal_length, require_not_negative

_MORE = ("scattered_households", "septic_households", "field_mu")


class VillageClass(StrEnum):
    """Class of a village in the territorial plan (村庄分类); decides whether anything is built."""

    GROWING = "集聚提升"
    SUBURBAN = "城郊融合"
    HERITAGE = "特色保护"
    RELOCATING = "搬迁撤并"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Villages:
    """Administrative villages; at level L0 this table is all there is.

    Attributes
    ----------
    code : text[n]
        12 digits.
    name, township, township_name, kind : text[n]
        ``township`` has 9 digits; ``kind`` is 村委会 or 居委会.
    village_class : text[n]
        A value of :class:`VillageClass`.
    households, people_registered, people_resident, people_festival : float64[n]
        0 or more; NaN unknown.
    main_distance_m, main_rise_m : float64[n]
        Road distance to the nearest existing main, and the main's height above the village (negative: it lies lower);
        NaN unknown. Used at L0 only.
    scattered_households, septic_households, field_mu : float64[n] or None
        Households away from the close core, those with black and grey water apart or a three-chamber tank, and fields that can
        take effluent, mu; NaN unknown. Used at L0 only.
    """

    code: TextArray
    name: TextArray
    township: TextArray
    township_name: TextArray
    kind: TextArray
    village_class: TextArray
    households: FloatArray
    people_registered: FloatArray
    people_resident: FloatArray
    people_festival: FloatArray
    main_distance_m: FloatArray
    main_rise_m: FloatArray
    scattered_households: FloatArray | None = None
    septic_households: FloatArray | None = None
    field_mu: FloatArray | None = None

    def __post_init__(self) -> None:
        columns = {name: getattr(self, name) for name in self.__slots__}
        require_equal_length("villages", {name: values for name, values in columns.items() if values is not None})
        require_not_negative(
            "villages",
            {
                "households": self.households,
                "people_registered": self.people_registered,
                "people_resident": self.people_resident,
                "people_festival": self.people_festival,
                "main_distance_m": self.main_distance_m,
            }
            | {name: columns[name] for name in _MORE if columns[name] is not None},
        )
        known = {str(c) for c in VillageClass}
        for i, value in enumerate(self.village_class):
            if value not in known:
                raise ValueError(f"villages: village_class[{i}] is {value!r}, must be one of {sorted(known)}")

    def __len__(self) -> int:
        return int(self.households.shape[0])
