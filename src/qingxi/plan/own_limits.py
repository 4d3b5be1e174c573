"""Where a house may be served by itself, and by which way: land, groundwater, slope, waters, crops; every refusal is named.

``docs/costs.md`` section 10.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.input import PlanInput
from qingxi.standard import Table
from qingxi.terrain import Elevation, ProtectedKind
from qingxi.village import Hamlets, Households

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]
CROPS = ("farmland", "paddy", "orchard")
_MU_M2 = 2000 / 3
_SLOPE_STEP_M = 15.0


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """Why a way is not allowed, empty where it is; and the storage that reuse asks of each hamlet.

    Attributes
    ----------
    why : dict of text[houses]
        By way: ``unit``, ``separation``, ``reuse``, ``controlled``.
    why_not_reuse : text[hamlets]
        What forbids reuse to a whole hamlet.
    storage_months, storage_yuan_person : float64[hamlets]
        Months between two uses on its fields (NaN without fields), and works of the storage beyond the tank's own, yuan a person.
    """

    why: dict[str, Words]
    why_not_reuse: Words
    storage_months: Floats
    storage_yuan_person: Floats


def own_limits(
    given: PlanInput, houses: Households, hamlets: Hamlets, hamlet: npt.NDArray[np.int64], people: Floats, norms: Table,
    processes: Table,
) -> OwnLimits:  # fmt: skip
    """Limits of every way at every house; O((houses + plots) log) with one intersection a hamlet and plot within reach."""
    eligible = houses.separated | (houses.toilet.astype(str) == "三格")
    why_hamlet, months = _reuse_limits(given, hamlets, hamlet, people, eligible, norms)
    reuse = why_hamlet[hamlet].copy()
    reuse[(reuse == "") & ~eligible] = "没有黑灰分离，也没有三格化粪池"
    tree = shapely.STRtree(shapely.points(houses.x_m, houses.y_m))
    strict = _in_source(given, tree)
    why = {
        "unit": _unit(given, tree, strict, processes), "separation": _separation(given, houses, tree, strict, processes),
        "reuse": reuse, "controlled": np.full(len(houses), "", dtype=object),
    }  # fmt: skip
    extra = np.maximum(0.0, np.nan_to_num(months) - norms["reuse.tank_months"])
    volume = norms["reuse.black_l_person_d"] / 1000 * 365 / 12 * extra
    return OwnLimits(why, why_hamlet, months, volume * norms["reuse.storage_yuan_m3"])


def slope_at(elevation: Elevation, x_m: Floats, y_m: Floats) -> Floats:
    """Slope of the ground, m/m, over a step of one cell at least; NaN where heights are missing."""
    step = max(_SLOPE_STEP_M, float(elevation.transform[0]))
    dx = (elevation.at(x_m + step, y_m) - elevation.at(x_m - step, y_m)) / (2 * step)
    dy = (elevation.at(x_m, y_m + step) - elevation.at(x_m, y_m - step)) / (2 * step)
    found: Floats = np.hypot(dx, dy)
    return found


def groundwater_at(given: PlanInput, x_m: Floats, y_m: Floats) -> Floats:
    """Depth of the groundwater: the least of the polygons that say, else the county's figure; NaN unknown."""
    county = np.nan if given.facts.groundwater_m is None else given.facts.groundwater_m
    depth = np.full(x_m.size, np.inf)
    ground = given.subsoil
    if ground is not None and len(ground) and x_m.size:
        told = np.flatnonzero(np.isfinite(ground.water_depth_m))
        polygon, point = shapely.STRtree(shapely.points(x_m, y_m)).query(
            ground.geometry[told], predicate="intersects"
        )
        np.minimum.at(depth, point, ground.water_depth_m[told][polygon])
    return np.where(np.isfinite(depth), depth, county)


def _near_water(given: PlanInput, houses: shapely.STRtree, within_m: float) -> npt.NDArray[np.bool_]:
    near = np.zeros(len(houses), dtype=bool)
    if given.waters is not None and len(given.waters) and len(houses):
        _, hit = houses.query(given.waters.geometry, predicate="dwithin", distance=within_m)
        near[hit] = True
    return near


def _unit(given: PlanInput, houses: shapely.STRtree, in_source: npt.NDArray[np.bool_], processes: Table) -> Words:
    why = np.full(len(houses), "", dtype=object)
    least = processes["unit.water_distance"]
    why[_near_water(given, houses, least)] = f"离水体不足 {least:g} m"
    why[in_source] = "在水源一级保护区内，不得排放"
    return why


def _in_source(given: PlanInput, houses: shapely.STRtree) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(houses), dtype=bool)
    land = given.protected
    if land is not None and len(land) and len(houses):
        strict = land.geometry[land.kind.astype(str) == str(ProtectedKind.SOURCE_1)]
        _, hit = houses.query(strict, predicate="intersects")
        inside[hit] = True
    return inside


def _separation(
    given: PlanInput, houses: Households, tree: shapely.STRtree, in_source: npt.NDArray[np.bool_], processes: Table
) -> Words:
    """Grey water seeps away behind the house: depth of groundwater and slope must be known and do."""
    from scipy.spatial import cKDTree

    why = np.full(len(houses), "", dtype=object)
    if "separation.works_fixed" not in processes.rows:
        why[:] = "工艺表里没有"
        return why
    if len(houses) > 1:
        gap = processes["separation.house_distance"]
        xy = np.column_stack([houses.x_m, houses.y_m])
        near, _ = cKDTree(xy).query(xy, k=2, distance_upper_bound=gap)
        why[np.isfinite(near[:, 1])] = f"邻房不足 {gap:g} m，没有灰水小湿地的位置"
    least = processes["separation.water_distance"]
    why[_near_water(given, tree, least)] = f"离水体不足 {least:g} m"
    most = processes["separation.slope_high"]
    slope = (
        np.full(len(houses), np.nan)
        if given.elevation is None
        else slope_at(given.elevation, houses.x_m, houses.y_m)
    )
    why[slope > most] = f"坡度超过 {most:.0%}"
    why[np.isnan(slope)] = "没有高程，坡度不明"
    depth, enough = groundwater_at(given, houses.x_m, houses.y_m), processes["separation.groundwater_low"]
    why[depth < enough] = f"地下水埋深不足 {enough:g} m"
    why[np.isnan(depth)] = "没有地下水埋深资料"
    why[in_source] = "在水源一级保护区内，不得排放"
    return why


def _reuse_limits(
    given: PlanInput, hamlets: Hamlets, hamlet: npt.NDArray[np.int64], people: Floats,
    eligible: npt.NDArray[np.bool_], norms: Table,
) -> tuple[Words, Floats]:  # fmt: skip
    """Why each hamlet may not reuse, and its storage months: the mean over its fields, weighted by what they take."""
    n = len(hamlets)
    why = np.full(n, "", dtype=object)
    everybody = np.bincount(hamlet, weights=people, minlength=n)
    users = np.bincount(hamlet, weights=np.where(eligible, people, 0.0), minlength=n)
    area = _fields(given, hamlets, norms)
    takes = sum((area[c] / _MU_M2 * norms[f"reuse.n_kg_mu.{c}"] for c in CROPS), np.zeros(n))
    stored = sum(
        (area[c] / _MU_M2 * norms[f"reuse.n_kg_mu.{c}"] * norms[f"reuse.storage_months.{c}"] for c in CROPS),
        np.zeros(n),
    )
    months = np.where(takes > 0, stored / np.where(takes > 0, takes, 1.0), np.nan)
    for i in range(n):
        need = norms["reuse.n_kg_person"] * users[i]
        if users[i] == 0:
            why[i] = "没有黑灰分离或三格化粪池的农户"
        elif everybody[i] > norms["reuse.max_people"]:
            why[i] = f"常住 {everybody[i]:.0f} 人，超过 {norms['reuse.max_people']:.0f} 人"
        elif given.land is None:
            why[i] = "没有用地资料，消纳能力无从核实"
        elif takes[i] < need:
            whole = sum(float(area[c][i]) for c in CROPS) / _MU_M2
            why[i] = (
                f"{norms['reuse.land_reach']:.0f} m 内农田 {whole:.1f} 亩，每年可消纳氮 {takes[i]:.0f} kg，少于所需 {need:.0f} kg"
            )
    return why, months


def _fields(given: PlanInput, hamlets: Hamlets, norms: Table) -> dict[str, Floats]:
    """Square metres of each crop within reach of each hamlet and away from waters."""
    n, land = len(hamlets), given.land
    area = {c: np.zeros(n) for c in CROPS}
    placed = np.flatnonzero(np.isfinite(hamlets.x_m))
    if land is None or not len(land) or not placed.size:
        return area
    kind = land.kind.astype(str)
    plots = np.flatnonzero(np.isin(kind, CROPS))
    if not plots.size:
        return area
    centre = shapely.points(hamlets.x_m[placed], hamlets.y_m[placed])
    reach, strip = norms["reuse.land_reach"], norms["reuse.water_distance"]
    circle = shapely.buffer(centre, reach, quad_segs=16)
    waters = given.waters
    if waters is not None and len(waters):
        a, b = shapely.STRtree(waters.geometry).query(centre, predicate="dwithin", distance=reach + strip)
        for h in np.unique(a):
            # Only what of the water lies around here is widened.
            here = shapely.intersection(waters.geometry[b[a == h]], shapely.buffer(centre[h], reach + strip))
            circle[h] = shapely.difference(circle[h], shapely.buffer(shapely.union_all(here), strip, quad_segs=4))
    a, b = shapely.STRtree(land.geometry[plots]).query(centre, predicate="dwithin", distance=reach)
    shape = land.geometry[plots[b]]
    whole = shapely.area(shape)
    inside = shapely.area(shapely.intersection(circle[a], shape))
    told = np.where(np.isfinite(land.area_mu[plots[b]]), land.area_mu[plots[b]] * _MU_M2, whole)
    m2 = np.where(whole > 0, told * inside / np.where(whole > 0, whole, 1.0), 0.0)
    for c in CROPS:
        mine = kind[plots[b]] == c
        np.add.at(area[c], placed[a[mine]], m2[mine])
    return area
