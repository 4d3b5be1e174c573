"""The invented county as a folder of ordinary files (docs/formats/county-folder.md)."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from qingxi.world.books import write_books
from qingxi.world.days import make_days
from qingxi.world.evidence import write_evidence
from qingxi.world.folder import write_toml
from qingxi.world.frames import write_frames
from qingxi.world.land import Layer, make_land, make_protected, make_waters, village_polygons
from qingxi.world.mains import Main, TownPlant, make_mains
from qingxi.world.otherworks import OtherWork, make_works
from qingxi.world.people import People, make_people, village_classes
from qingxi.world.relief import Relief, make_relief
from qingxi.world.roads import make_roads
from qingxi.world.settle import Settlement, settle
from qingxi.world.size import SIZES, Size
from qingxi.world.states import CONTROLLED, OPEN, VillageStates, village_states
from qingxi.world.stations import Station, make_stations
from qingxi.world.streets import Streets, make_streets
from qingxi.world.underground import make_ground
from qingxi.world.write_gis import still_clock, write_elevation

WEST_M, SOUTH_M = 396_000.0, 3_348_000.0
COUNTY_CODE = "999901"
_FEWEST = 10
"""Fewer households leave no room for what is wrong in every folder on purpose."""


@dataclass(frozen=True)
class County:
    """All that an invented county consists of, before it is written."""

    seed: int
    size: Size
    relief: Relief
    town: Settlement
    streets: Streets
    people: People
    states: VillageStates
    town_plants: list[TownPlant]
    mains: list[Main]
    stations: list[Station]
    works: list[OtherWork]
    waters: Layer
    land: Layer
    protected: Layer
    ground: Layer
    village_shapes: Any
    recipe: str = ""


@dataclass(frozen=True)
class Written:
    """What was written, with counts for a table and seconds by part."""

    folder: Path
    counts: dict[str, int]
    seconds: dict[str, float]


def make_county(seed: int, size: Size) -> County:
    """Invent a county; the same seed and size give the same county. Sizes without ground (province) are refused."""
    if size.width_m <= 0:
        raise ValueError(f"size {size.name} has no ground, it is written as tables only")
    relief = make_relief(seed, size.width_m, size.height_m, WEST_M, SOUTH_M)
    town = settle(seed, size, relief, COUNTY_CODE)
    x = np.concatenate([town.hamlet_x, town.township_x])
    y = np.concatenate([town.hamlet_y, town.township_y])
    roads = make_roads(relief, x, y)
    streets = make_streets(seed, relief, town, roads)
    states = village_states(seed, town)
    may_move = np.array([s in (CONTROLLED, OPEN) for s in states.state])
    people = make_people(seed, town, streets.house_hamlet, village_classes(seed, town, may_move))
    plants, mains = make_mains(seed, relief, town, roads)
    stations = make_stations(seed, size.facilities, relief, town, streets, people.resident, states)
    works = make_works(seed, town, streets, states, max(3, round(size.villages * 0.8)))
    waters = make_waters(relief)
    land, _ = make_land(seed, relief, streets.house_x, streets.house_y)
    protected = make_protected(seed, relief, town, waters, land, streets.house_x, streets.house_y, streets.lines)
    shapes = village_polygons(relief, town)
    return County(
        seed,
        size,
        relief,
        town,
        streets,
        people,
        states,
        plants,
        mains,
        stations,
        works,
        waters,
        land,
        protected,
        make_ground(seed, relief),
        shapes,
    )


def write_county(
    out: Path, *, size: str = "county", seed: int, households: int | None = None, recipe: str = ""
) -> Written:
    """Invent a county and write its folder.

    Parameters
    ----------
    out : Path
        The folder; made when missing, files of the same name replaced.
    size : str
        "hamlet", "county", "large" or "province".
    households : int or None
        Another number of households; villages and ground grow with it past 1.5 times.
    recipe : str
        "ring", "valley" or "delta": another kind of land (``world.recipes``), of as many households as ``households``
        or the size says. Empty: the hills.

    Returns
    -------
    Written
        Cost: county about 10 s, large about 45 s on one core; by a recipe about half of that.

    Raises
    ------
    ValueError
        On an unknown size or recipe, or a number of households that is not positive.
    """
    from qingxi.world.dirt import write_layers
    from qingxi.world.province import write_province

    if size not in SIZES:
        raise ValueError(f"size is {size!r}, must be one of {', '.join(SIZES)}")
    wanted = SIZES[size] if households is None else SIZES[size].with_households(households)
    if wanted.households < _FEWEST:
        raise ValueError(f"households is {wanted.households}, must be at least {_FEWEST}")
    for part in ("layers", "books", "evidence", "truth"):
        (out / part).mkdir(parents=True, exist_ok=True)
    if wanted.width_m <= 0 and recipe:
        raise ValueError(f"size {size} has no ground, a recipe asks for it")
    if wanted.width_m <= 0:
        return write_province(out, seed, wanted)
    seconds = {}
    start = perf_counter()
    if recipe:
        from qingxi.world.recipes.paper import make_recipe_county

        county = make_recipe_county(recipe, seed, wanted.households)
    else:
        county = make_county(seed, wanted)
    seconds["invent"] = perf_counter() - start
    start = perf_counter()
    with still_clock():
        write_layers(out, county)
    write_elevation(out / "layers" / "elevation.tif", county.relief)
    seconds["layers"] = perf_counter() - start
    start = perf_counter()
    write_books(out, county)
    write_toml(out, county)
    seconds["books"] = perf_counter() - start
    start = perf_counter()
    days = make_days(county)
    write_evidence(out, county, days)
    frames = write_frames(out / "evidence", county, days)
    seconds["evidence"] = perf_counter() - start
    counts = {
        "townships": len(county.town.township_code),
        "villages": len(county.town.village_code),
        "hamlets": len(county.town.hamlet_id),
        "households": int(county.streets.house_x.size),
        "streets": len(county.streets.lines),
        "facilities": len(county.stations),
        "town_plants": len(county.town_plants),
        "works": len(county.works),
        "frames": frames,
    }
    return Written(out, counts, seconds)
