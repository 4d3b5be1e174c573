"""Naming the data level (数据等级) and why, and what stands in for a village table where only points are there."""

import numpy as np

from qingxi.standard import load_table
from qingxi.terrain import Elevation, Streets
from qingxi.village import DataLevel, Hamlets, Households, Villages


def level_of(
    houses: Households | None,
    villages: Villages | None,
    streets: Streets | None,
    elevation: Elevation | None,
    norms_name: str,
    declared: bool,
) -> tuple[DataLevel | None, str]:
    """The data level and why (Chinese), or None where there is nothing to plan with.

    ``declared`` says whether the elevation's error was stated by its owner.
    """
    missing = [
        word for word, there in (("户的位置", houses), ("道路", streets), ("高程", elevation)) if there is None
    ]
    if missing:
        if villages is None and houses is None:
            return None, "没有住户，也没有村表"
        return DataLevel.L0, f"没有{'、'.join(missing)}，只按村表比较模式和估算"
    assert elevation is not None
    norms = load_table(norms_name)
    allowed = norms["withhold.share"] * norms["cover.min"]
    error = elevation.vertical_error_m
    how = "" if declared else "(文件未声明，按公开高程计)"
    if error <= allowed:
        return DataLevel.L2, f"地面高程误差 {error:g} m，不大于覆土的一半（{allowed:.2f} m），可作水力设计"
    return DataLevel.L1, f"高程误差 {error:g} m{how}，大于覆土的一半（{allowed:.2f} m），管底标高和埋深不予给出"


def villages_from(houses: Households, hamlets: Hamlets | None) -> Villages:
    """Where only house points are there: one village a hamlet (or one in all), to compare modes by table."""
    count = 1 if hamlets is None else len(hamlets)
    of = (
        np.where(houses.hamlet < 0, 0, houses.hamlet)
        if hamlets is not None
        else np.zeros(len(houses), dtype=np.int64)
    )
    known = np.where(np.isnan(houses.people_resident), 0.0, houses.people_resident)
    resident = np.bincount(of, weights=known, minlength=count)
    empty = np.full(count, "", dtype=object)
    unknown = np.full(count, np.nan)
    return Villages(
        code=np.array(["全部"], dtype=object) if hamlets is None else hamlets.id.astype(object),
        name=np.array(["全部住户"], dtype=object) if hamlets is None else hamlets.name.astype(object),
        township=empty,
        township_name=empty,
        kind=empty,
        village_class=empty,
        households=np.bincount(of, minlength=count).astype(np.float64),
        people_registered=unknown,
        people_resident=np.where(resident > 0, resident, np.nan),
        people_festival=unknown,
        main_distance_m=unknown,
        main_rise_m=unknown,
    )
