"""From a sketch to a county: villages and townships over the hamlets, people, plants, papers."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from qingxi.world.chance import chance
from qingxi.world.county import COUNTY_CODE, County
from qingxi.world.land import village_polygons
from qingxi.world.mains import make_mains
from qingxi.world.names import hamlet_names, township_names, village_names
from qingxi.world.otherworks import make_works
from qingxi.world.people import make_people, village_classes
from qingxi.world.recipes import RECIPES
from qingxi.world.recipes.fields import draw_land, draw_protected
from qingxi.world.recipes.sketch import Sketch
from qingxi.world.settle import PERIURBAN, Settlement
from qingxi.world.size import TOWNSHIPS, Size
from qingxi.world.states import CONTROLLED, OPEN, village_states
from qingxi.world.stations import make_stations
from qingxi.world.streets import Streets
from qingxi.world.underground import make_ground

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_HAMLETS_A_VILLAGE, _VILLAGES_A_TOWNSHIP = 5, 7
_TOWN_M = 1500.0
"""Hamlets within this distance of a seat with a plant are the town's edge."""
_BLOCK = 4


def make_recipe_county(recipe: str, seed: int, households: int) -> County:
    """Invent a county by a recipe; the same recipe, seed and number give the same county.

    Raises
    ------
    ValueError
        On an unknown recipe or fewer households than one.
    """
    if recipe not in RECIPES:
        raise ValueError(f"recipe is {recipe!r}, must be one of {', '.join(RECIPES)}")
    if households < 1:
        raise ValueError(f"households is {households}, must be above 0")
    sketch = RECIPES[recipe](seed, households)
    relief = sketch.relief
    town = _settlement(seed, sketch)
    roads = sketch.ways.roads(np.concatenate([sketch.hamlet_node, _seats(sketch, town)]))
    streets = _streets(seed, sketch)
    states = village_states(seed, town)
    may_move = np.array([s in (CONTROLLED, OPEN) for s in states.state])
    people = make_people(seed, town, streets.house_hamlet, village_classes(seed, town, may_move))
    plants, mains = make_mains(seed, relief, town, roads)
    facilities = max(2, round(households / 250))
    stations = make_stations(seed, facilities, relief, town, streets, people.resident, states)
    works = make_works(seed, town, streets, states, max(3, round(len(town.village_code) * 0.8)))
    land = draw_land(seed, relief, streets.house_x, streets.house_y, wet=sketch.wet)
    protected = draw_protected(seed, relief, sketch.waters, land, streets.house_x, streets.house_y)
    west, south, east, north = relief.box
    size = Size(
        recipe, east - west, north - south, len(town.township_code), len(town.village_code), len(town.hamlet_id),
        int(streets.house_x.size), facilities, int(town.township_plant.sum()) - 1,
    )  # fmt: skip
    return County(
        seed, size, relief, town, streets, people, states, plants, mains, stations, works, sketch.waters, land,
        protected, make_ground(seed, relief), village_polygons(relief, town), recipe,
    )  # fmt: skip


def _groups(xy: F64, most: int) -> I64:
    """Neighbours in groups of at most ``most``: the longer side is halved until every group is small enough."""
    out = np.zeros(xy.shape[0], dtype=np.int64)
    todo, done = [np.arange(xy.shape[0])], 0
    while todo:
        mine = todo.pop()
        if mine.size <= most:
            out[mine] = done
            done += 1
            continue
        side = int(np.argmax(np.ptp(xy[mine], axis=0)))
        order = mine[np.argsort(xy[mine, side], kind="stable")]
        todo += [order[order.size // 2 :], order[: order.size // 2]]
    return out


def _middles(xy: F64, group: I64) -> I64:
    """For each group the member nearest to its mean."""
    many = np.bincount(group)
    mean = np.column_stack([np.bincount(group, weights=xy[:, k]) / many for k in (0, 1)])
    far = np.hypot(*(xy - mean[group]).T)
    order = np.lexsort((far, group))
    out: I64 = order[np.concatenate([[0], np.cumsum(many)[:-1]])]
    return out


def _settlement(seed: int, sketch: Sketch) -> Settlement:
    """Villages of about five hamlets, townships of about seven villages; the largest township is the county's seat."""
    xy = np.array([sketch.ways.xy[n] for n in sketch.hamlet_node.tolist()])
    village = _groups(xy, _HAMLETS_A_VILLAGE)
    v_at = _middles(xy, village)
    township = _groups(xy[v_at], _VILLAGES_A_TOWNSHIP)
    people = np.bincount(township[village], weights=sketch.hamlet_target)
    rank = np.empty(people.size, dtype=np.int64)
    rank[np.argsort(-people, kind="stable")] = np.arange(people.size)
    township = rank[township]
    order = np.lexsort((np.arange(v_at.size), township))  # villages by township
    renumber = np.empty(order.size, dtype=np.int64)
    renumber[order] = np.arange(order.size)
    village, v_at, township = renumber[village], v_at[order], township[order]
    naming = chance(seed, "names")
    towns = int(people.size)
    drawn = iter(township_names(naming, towns))
    t_name = [TOWNSHIPS[i][0] if i < len(TOWNSHIPS) else next(drawn) for i in range(towns)]
    t_code = [COUNTY_CODE + (TOWNSHIPS[i][1] if i < len(TOWNSHIPS) else f"{94 + i:03d}") for i in range(towns)]
    t_at = v_at[_middles(xy[v_at], township)]
    plant = np.arange(towns) <= max(1, round(towns * 0.66))
    shape = sketch.hamlet_shape.copy()
    shape[cKDTree(xy[t_at[plant]]).query(xy)[0] < _TOWN_M] = PERIURBAN
    per_town = np.bincount(township, minlength=towns)
    v_code = [f"{t_code[t]}{201 + k:03d}" for t, many in enumerate(per_town.tolist()) for k in range(many)]
    counts = np.bincount(village, minlength=v_at.size)
    number = np.empty(village.size, dtype=np.int64)
    for v in range(v_at.size):
        number[village == v] = np.arange(1, counts[v] + 1)
    relief = sketch.relief
    ny, nx = (s // _BLOCK for s in relief.ground_m.shape)
    step = _BLOCK * relief.cell_m
    col, row = np.meshgrid(np.arange(nx), np.arange(ny))
    cell = np.column_stack(
        [relief.west_m + (col.ravel() + 0.5) * step, relief.north_m - (row.ravel() + 0.5) * step]
    )
    of_cell = village[cKDTree(xy).query(cell)[1]].astype(np.int32).reshape(ny, nx)
    names = hamlet_names(naming, counts.tolist())
    place = np.empty(village.size, dtype=np.int64)  # names are dealt village by village
    place[np.argsort(village, kind="stable")] = np.arange(village.size)
    return Settlement(
        county_code=COUNTY_CODE, township_code=t_code, township_name=t_name,
        township_x=xy[t_at, 0], township_y=xy[t_at, 1], township_plant=plant,
        village_code=v_code,
        village_name=[name for own in village_names(naming, t_name, per_town.tolist()) for name in own],
        village_township=township, village_x=xy[v_at, 0], village_y=xy[v_at, 1],
        hamlet_id=[f"{v_code[v]}{k:03d}" for v, k in zip(village.tolist(), number.tolist(), strict=True)],
        hamlet_name=[names[k] for k in place.tolist()],
        hamlet_village=village, hamlet_x=xy[:, 0], hamlet_y=xy[:, 1], hamlet_shape=shape,
        hamlet_target=sketch.hamlet_target, village_of_cell=of_cell,
    )  # fmt: skip


def _seats(sketch: Sketch, town: Settlement) -> I64:
    """Nodes of the township seats: each is the main street of a hamlet."""
    xy = np.column_stack([town.hamlet_x, town.hamlet_y])
    at = cKDTree(xy).query(np.column_stack([town.township_x, town.township_y]))[1]
    out: I64 = sketch.hamlet_node[at]
    return out


def _streets(seed: int, sketch: Sketch) -> Streets:
    rng = chance(seed, "surfaces")
    draw = rng.random(len(sketch.ways.lines))
    surface = [
        ("asphalt" if d < 0.3 else "concrete")
        if k == "road"
        else "earth"
        if d < (0.5 if k == "track" else 0.12)
        else "concrete"
        for k, d in zip(sketch.ways.kind, draw.tolist(), strict=True)
    ]
    return Streets(
        sketch.ways.lines, np.array(sketch.ways.hamlet, dtype=np.int64), surface, sketch.ways.kind,
        sketch.house_x, sketch.house_y, sketch.house_hamlet,
    )  # fmt: skip
