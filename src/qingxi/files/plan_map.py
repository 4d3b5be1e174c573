"""Writing ``map.html`` (规划图): one offline page with the plan, Leaflet and all data inside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.files.plan_book_plants import way_names
from qingxi.files.plan_json import plain
from qingxi.files.plan_layers import MODES, column, rows_of, withheld_words, years_of
from qingxi.plan import PlanTables
from qingxi.terrain import Streets, Waters

Floats = npt.NDArray[np.float64]
_DECIMETRE = 10.0


@dataclass(frozen=True)
class Background:
    """What lies under the plan on its map: streets and waters in the plan's CRS."""

    streets: Streets | None = None
    waters: Waters | None = None


def _asset(*parts: str) -> str:
    return resources.files("qingxi.files").joinpath(*parts).read_text(encoding="utf-8")


def write_plan_map(
    path: Path,
    tables: PlanTables,
    figures: Mapping[str, Any],
    name: str,
    *,
    crs: str,
    secrecy: str,
    public: bool,
    review_number: str = "",
    background: Background | None = None,
) -> None:
    """Write the page.

    Parameters
    ----------
    public : bool
        No household point, no house node, no lateral and no level is written into the page.
    """
    data = map_data(tables, figures, name, public=public, background=background)
    data |= {"secrecy": secrecy, "public": public, "review": review_number, "crs": crs}
    page = _asset("map", "page.html")
    for mark, text in (
        ("/*leaflet.css*/", _asset("vendor", "leaflet", "leaflet.css")),
        ("/*map.css*/", _asset("map", "map.css")),
        ("/*leaflet.js*/", _asset("vendor", "leaflet", "leaflet.js")),
        ("/*map.js*/", _asset("map", "map.js")),
    ):
        page = page.replace(mark, text)
    # "</" inside a script would end it; JSON allows the escape.
    packed = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    page = page.replace("{{title}}", escape(f"{name} 规划图")).replace('"{{data}}"', packed)
    path.write_text(page, encoding="utf-8")


class _Frame:
    """Coordinates as whole decimetres from the south-west corner: short numbers, no loss that shows."""

    def __init__(self, tables: PlanTables) -> None:
        xs = [tables.pipe_coords_m[:, 0]] if len(tables.pipe_coords_m) else []
        ys = [tables.pipe_coords_m[:, 1]] if len(tables.pipe_coords_m) else []
        for layer in (tables.households, tables.hamlets, tables.plants, tables.nodes):
            if rows_of(layer):
                xs.append(np.asarray(layer["x_m"], dtype=float))
                ys.append(np.asarray(layer["y_m"], dtype=float))
        x = np.concatenate(xs) if xs else np.zeros(1)
        y = np.concatenate(ys) if ys else np.zeros(1)
        x, y = x[np.isfinite(x)], y[np.isfinite(y)]
        self.west, self.south = (float(x.min()), float(y.min())) if x.size else (0.0, 0.0)
        self.east, self.north = (float(x.max()), float(y.max())) if x.size else (1000.0, 1000.0)

        self.x, self.y = x, y

    def view(self) -> list[int]:
        """West, south, east, north of the page's first look: one house put far away does not shrink the rest."""
        if self.x.size < 20:
            box = [self.west, self.south, self.east, self.north]
        else:
            (west, east), (south, north) = np.percentile(self.x, [1, 99]), np.percentile(self.y, [1, 99])
            wide, high = 0.08 * (east - west) + 50, 0.08 * (north - south) + 50
            box = [
                max(west - wide, self.west),
                max(south - high, self.south),
                min(east + wide, self.east),
                min(north + high, self.north),
            ]
        return [round((v - o) * _DECIMETRE) for v, o in zip(box, [self.west, self.south] * 2, strict=True)]

    def flat(self, x: Floats, y: Floats) -> list[int]:
        pair = np.column_stack([(x - self.west) * _DECIMETRE, (y - self.south) * _DECIMETRE])
        whole: list[int] = np.rint(pair).astype(np.int64).ravel().tolist()
        return whole

    def lines(self, coordinates: Floats, offsets: npt.NDArray[np.int64]) -> list[list[int]]:
        flat = np.rint((coordinates - np.array([self.west, self.south])) * _DECIMETRE).astype(np.int64)
        return [flat[a:b].ravel().tolist() for a, b in pairwise(offsets)]


def map_data(
    tables: PlanTables, figures: Mapping[str, Any], name: str, *, public: bool, background: Background | None
) -> dict[str, Any]:
    """What the page's script draws: systems, points and lines in decimetres from the south-west corner."""
    frame = _Frame(tables)
    systems = tables.systems
    mode_of = dict(
        zip(
            column("systems", "system_id", systems).tolist(),
            column("systems", "mode", systems).tolist(),
            strict=True,
        )
    )
    return {
        "name": name,
        "modes": MODES,
        "figures": _figures(figures),
        "view": frame.view(),
        "systems": _systems(tables),
        "hamlets": _points(frame, "hamlets", tables.hamlets, ("name", "mode", "households", "reason")),
        "houses": None if public else _houses(frame, tables, mode_of),
        "pipes": _pipes(frame, tables, mode_of, public),
        "plants": _points(
            frame, "plants", tables.plants, ("system_id", "process", "design_m3_d", "existing", "decision")
        ),
        "lifts": _lifts(frame, tables, public),
        "joins": _joins(frame, tables),
        "under": _under(frame, background),
    }


def _figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    keys = (
        "level",
        "level_reason",
        "cost",
        "bound",
        "gap",
        "bound_label",
        "households",
        "pipe_m",
        "pumps",
        "plants",
        "withheld",
        "prices",
        "norms",
        "mode",
    )
    told: dict[str, Any] = plain({key: figures.get(key) for key in keys})
    told["withheld"] = withheld_words(figures.get("withheld", []))
    told["years"] = years_of(figures)
    return told


def _systems(tables: PlanTables) -> list[list[Any]]:
    columns = tables.systems

    def get(key: str) -> list[Any]:
        values: list[Any] = column("systems", key, columns).tolist()
        return values

    def money(key: str) -> list[float | None]:
        return [round(v / 10_000, 2) if np.isfinite(v) else None for v in get(key)]

    return [list(row) for row in zip(get("system_id"), get("name"), get("mode"), get("households"), money("present_value_yuan"), money("capex_yuan"), money("running_yuan_y"), get("consent"), _with_plants(tables), get("flow_m3_d"), strict=True)]  # fmt: skip


def _with_plants(tables: PlanTables) -> list[str]:
    """Each system's reason, and before it what its plant is and needs."""
    plants = tables.plants
    told: dict[int, str] = {}
    names = way_names(column("plants", "process", plants))
    for i in range(rows_of(plants)):
        if names[i] and int(column("plants", "node_id", plants)[i]) >= 0:
            words = (
                names[i],
                f"排放{column('plants', 'discharge_class', plants)[i]}",
                column("plants", "needs", plants)[i],
            )
            told[int(column("plants", "system_id", plants)[i])] = "；".join(str(w) for w in words if w)
    ids, reasons = column("systems", "system_id", tables.systems), column("systems", "reason", tables.systems)
    return ["；".join(w for w in (told.get(int(s), ""), str(r)) if w) for s, r in zip(ids, reasons, strict=True)]


def _points(
    frame: _Frame, layer: str, columns: Mapping[str, npt.NDArray[Any]], keys: tuple[str, ...]
) -> dict[str, Any]:
    if not rows_of(columns):
        return {"at": [], "rows": []}
    x, y = np.asarray(columns["x_m"], dtype=float), np.asarray(columns["y_m"], dtype=float)
    there = np.isfinite(x) & np.isfinite(y)
    parts = [column(layer, key, columns)[there].tolist() for key in keys]
    rows = [
        [None if isinstance(v, float) and not np.isfinite(v) else v for v in row]
        for row in zip(*parts, strict=True)
    ]
    return {"at": frame.flat(x[there], y[there]), "rows": rows}


def _houses(frame: _Frame, tables: PlanTables, mode_of: dict[int, str]) -> dict[str, Any]:
    columns = tables.households
    if not rows_of(columns):
        return {"at": [], "mode": [], "system": []}
    order = {mode: i for i, mode in enumerate(MODES)}
    modes = [order.get(str(mode), len(order) - 1) for mode in column("households", "mode", columns)]
    x, y = np.asarray(columns["x_m"], dtype=float), np.asarray(columns["y_m"], dtype=float)
    return {"at": frame.flat(x, y), "mode": modes, "system": column("households", "system_id", columns).tolist()}


def _pipes(frame: _Frame, tables: PlanTables, mode_of: dict[int, str], public: bool) -> dict[str, Any]:
    columns = tables.pipes
    if not rows_of(columns):
        return {"lines": [], "kind": [], "dn": [], "system": []}
    kind = column("pipes", "kind", columns)
    keep = kind != "lateral" if public else np.ones(kind.size, dtype=np.bool_)
    lines = frame.lines(np.asarray(tables.pipe_coords_m, dtype=float), tables.pipe_offsets)
    order = {"gravity": 0, "pressure": 1, "lateral": 2}
    return {
        "lines": [line for line, kept in zip(lines, keep, strict=True) if kept],
        "kind": [order.get(str(k), 0) for k in kind[keep]],
        "dn": column("pipes", "dn_mm", columns)[keep].tolist(),
        "system": column("pipes", "system_id", columns)[keep].tolist(),
    }


def _lifts(frame: _Frame, tables: PlanTables, public: bool) -> dict[str, Any]:
    columns = tables.lifts
    if not rows_of(columns):
        return {"at": [], "rows": []}
    houses = set()
    if rows_of(tables.nodes):
        kinds = column("nodes", "kind", tables.nodes)
        houses = set(column("nodes", "node_id", tables.nodes)[kinds == "house"].tolist())
    at_house = np.array([node in houses for node in column("lifts", "node_id", columns)], dtype=np.bool_)
    keep = ~at_house if public else np.ones(at_house.size, dtype=np.bool_)
    shown = {key: np.asarray(values)[keep] for key, values in columns.items()} | {
        "house": at_house[keep].astype(int)
    }
    points = _points(frame, "lifts", shown, ("system_id", "peak_flow_l_s"))
    points["house"] = at_house[keep].astype(int).tolist()
    return points


def _joins(frame: _Frame, tables: PlanTables) -> dict[str, Any]:
    if not rows_of(tables.nodes):
        return {"at": [], "rows": []}
    kinds = column("nodes", "kind", tables.nodes)
    shown = {key: np.asarray(values)[kinds == "join"] for key, values in tables.nodes.items()}
    return _points(frame, "nodes", shown, ("system_id",))


def _under(frame: _Frame, background: Background | None) -> dict[str, Any]:
    """Streets and waters within the plan's box and a tenth around, thinned to two metres."""
    under: dict[str, Any] = {"streets": [], "rivers": [], "lakes": []}
    if background is None:
        return under
    margin = 0.1 * max(frame.east - frame.west, frame.north - frame.south, 500.0)
    box = (frame.west - margin, frame.south - margin, frame.east + margin, frame.north + margin)
    if background.streets is not None and len(background.streets):
        streets = background.streets
        index = np.repeat(np.arange(len(streets)), np.diff(streets.offsets))
        lines = shapely.linestrings(streets.coords_m, indices=index)
        under["streets"] = _shapes(frame, lines, box)
    if background.waters is not None and len(background.waters):
        areas = np.isin(shapely.get_type_id(background.waters.geometry), [3, 6])
        under["rivers"] = _shapes(frame, background.waters.geometry[~areas], box)
        under["lakes"] = _shapes(
            frame, shapely.get_exterior_ring(shapely.get_parts(background.waters.geometry[areas])), box
        )
    return under


def _shapes(frame: _Frame, lines: npt.NDArray[Any], box: tuple[float, float, float, float]) -> list[list[int]]:
    cut = shapely.get_parts(shapely.clip_by_rect(shapely.simplify(lines, 2.0), *box))
    cut = cut[np.isin(shapely.get_type_id(cut), [1, 2])]
    if not cut.size:
        return []
    coordinates, index = shapely.get_coordinates(cut, return_index=True)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(index, minlength=cut.size))])
    return frame.lines(coordinates, offsets)
