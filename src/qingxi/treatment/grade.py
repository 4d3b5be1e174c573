"""The discharge grade asked of a plant."""

_NAMES = {0: "特别排放限值", 1: "一级", 2: "二级", 3: "三级"}


def grade_asked(design_m3_d: float, near_water_with_function: bool, grade_scale_m3_d: float) -> int:
    """1 beside a water whose function is defined, else 2 from the scale on, else 3.

    References
    ----------
    DB44/2208-2019 clause 5.2, taken as the default frame; a county's own table replaces it.
    """
    if near_water_with_function:
        return 1
    return 2 if design_m3_d >= grade_scale_m3_d else 3


def grade_name(grade: int) -> str:
    """Chinese name of a grade."""
    return _NAMES[grade]
