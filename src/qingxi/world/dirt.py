"""Dirt on purpose, as a table, and the layers it is put into.

A county's files are never clean. Each row of :data:`DIRT` is one thing that is wrong in the folder; readers must find
it and go on. Nothing else in the folder is wrong.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import shapely

from qingxi.world.chance import chance
from qingxi.world.underground import rebuild_years
from qingxi.world.write_gis import GEOGRAPHIC, ZONE, to_degrees, write_layer

if TYPE_CHECKING:
    from qingxi.world.county import County

DIRT: tuple[tuple[str, str, str], ...] = (
    ("people-missing", "layers/households.gpkg", "十二户没有常住人口（小规模时按百分之一）"),
    ("household-duplicate", "layers/households.gpkg", "一户登记了两次，编号相同，位置差几米"),
    ("household-outside-raster", "layers/households.gpkg", "一户的坐标录错，落在高程范围以外三公里"),
    ("dbf-gbk", "layers/works.shp", "属性表为 GBK 编码，没有 .cpg 说明文件"),
    ("village-renamed", "books/处理设施台账.xlsx", "一个村已更名，台账里还用旧名，代码是对的"),
    ("number-as-text", "books/行政村治理台账.xlsx", "部分户数存成了文本"),
    ("yuan-or-wan", "books/其他部门工程.xlsx", "县水利局的预算按万元填在了“预算(元)”列里"),
)

OLD_NAME = "河坝村"
"""The old name of the village that was renamed (the last one of the fourth township, or the last of all)."""


def renamed_village(names: list[str]) -> int:
    """Index of the village whose old name still stands in the facility register."""
    return names.index("下河村") if "下河村" in names else len(names) - 1


def write_layers(out: Path, county: "County") -> None:
    """Write every vector layer; households and works with their dirt."""
    layers = out / "layers"
    _households(layers, county)
    town, states = county.town, county.states
    hamlet_points = shapely.points(town.hamlet_x, town.hamlet_y)
    write_layer(
        layers / "hamlets.gpkg",
        to_degrees(hamlet_points),
        {
            "id": town.hamlet_id,
            "name": town.hamlet_name,
            "village": [town.village_code[v] for v in town.hamlet_village],
        },
        crs=GEOGRAPHIC,
        kind="Point",
        layer="hamlets",
    )
    v_of = town.hamlet_village[county.streets.house_hamlet]
    n = len(town.village_code)

    def total(values: Any) -> Any:
        return np.bincount(v_of, weights=values, minlength=n).astype(np.int32)

    write_layer(
        layers / "villages.gpkg",
        to_degrees(county.village_shapes),
        {
            "code": town.village_code,
            "name": town.village_name,
            "township": [town.township_code[t] for t in town.village_township],
            "township_name": [town.township_name[t] for t in town.village_township],
            "kind": ["村委会"] * n,
            "class": county.people.village_class,
            "state": states.state,
            "households": total(np.ones(v_of.size)),
            "people_registered": total(county.people.registered),
            "people_resident": total(county.people.resident),
            "people_festival": total(county.people.festival),
        },
        crs=GEOGRAPHIC,
        kind="MultiPolygon",
        layer="villages",
    )
    streets = county.streets
    write_layer(
        layers / "streets.gpkg",
        np.array([shapely.LineString(np.round(line, 3)) for line in streets.lines], dtype=object),
        {
            "id": [f"S{i + 1:06d}" for i in range(len(streets.lines))],
            "surface": streets.surface,
            "rebuild": rebuild_years(county.seed, streets.kind),
            "kind": streets.kind,
            "hamlet": [town.hamlet_id[h] if h >= 0 else "" for h in streets.hamlet],
        },
        kind="LineString",
        layer="streets",
    )
    lines = bool((shapely.get_dimensions(county.waters.geometry) == 1).all())
    for name, layer, kind in (
        ("waters", county.waters, "LineString" if lines else "Unknown"),
        ("land", county.land, "Polygon"),
        ("protected", county.protected, "Polygon"),
        ("ground", county.ground, "MultiPolygon"),
    ):
        write_layer(layers / f"{name}.gpkg", layer.geometry, layer.columns, kind=kind, layer=name)
    write_layer(
        layers / "sewers.gpkg",
        np.array([shapely.LineString(np.round(m.line, 3)) for m in county.mains], dtype=object),
        {
            "id": [m.id for m in county.mains],
            "dn_mm": np.array([m.dn_mm for m in county.mains], dtype=np.int32),
            "invert_up_m": [m.invert_up_m for m in county.mains],
            "invert_down_m": [m.invert_down_m for m in county.mains],
            "spare_m3_d": [m.spare_m3_d for m in county.mains],
            "plant": [m.plant for m in county.mains],
            "owner": [m.owner for m in county.mains],
            "consent": [m.consent for m in county.mains],
        },
        kind="LineString",
        layer="sewers",
    )
    _plants(layers, county)
    _works(layers, county)


def _households(layers: Path, county: "County") -> None:
    """Points in degrees; a few without people, one twice, one far outside."""
    rng = chance(county.seed, "dirt")
    people, streets = county.people, county.streets
    x, y = streets.house_x.copy(), streets.house_y.copy()
    n = x.size
    missing = rng.choice(n, size=min(12, max(1, n // 100)), replace=False)
    twice, outside = (int(i) for i in rng.choice(np.setdiff1d(np.arange(n), missing), size=2, replace=False))
    x[outside] = county.relief.box[0] - 3000.0
    resident = people.resident.astype(np.float64)
    resident[missing] = np.nan
    take = np.append(np.arange(n), twice)
    x, y = x[take], y[take]
    x[-1] += 4.0
    write_layer(
        layers / "households.gpkg",
        to_degrees(shapely.points(np.round(x, 2), np.round(y, 2))),
        {
            "id": [people.household_id[i] for i in take],
            "hamlet": [county.town.hamlet_id[h] for h in streets.house_hamlet[take]],
            "people_registered": people.registered[take].astype(np.int32),
            "people_resident": resident[take],
            "people_festival": people.festival[take].astype(np.int32),
            "toilet": people.toilet[take],
            "separated": people.separated[take].astype(np.int16),
        },
        crs=GEOGRAPHIC,
        kind="Point",
        layer="households",
    )


def _plants(layers: Path, county: "County") -> None:
    """Plants of the towns and of the villages."""
    town, stations = county.town_plants, county.stations
    rows = [
        (
            p.id,
            p.name,
            p.kind,
            p.design_m3_d,
            p.actual_m3_d,
            p.owner,
            p.consent,
            "在用",
            "",
            p.built,
            p.book_value_yuan,
        )
        for p in town
    ] + [
        (
            s.id,
            s.name,
            "village",
            s.design_m3_d,
            0.0 if s.trouble in ("stopped", "unknown_owner", "idle") else round(s.design_m3_d * s.load, 1),
            s.owner,
            "已同意" if s.owner else "未征询",
            s.status,
            s.fault_class,
            s.commissioned.isoformat()[:7],
            s.book_value_yuan,
        )
        for s in stations
    ]
    names = (
        "id", "name", "kind", "design_m3_d", "actual_m3_d", "owner", "consent", "status", "fault_class", "built",
        "book_value_yuan",
    )  # fmt: skip
    xy = [(p.x, p.y) for p in town] + [(s.x, s.y) for s in stations]
    write_layer(
        layers / "plants.gpkg",
        shapely.points(np.round(np.array(xy), 2)),
        {name: [row[i] for row in rows] for i, name in enumerate(names)},
        crs=ZONE,
        kind="Point",
        layer="plants",
    )


def _works(layers: Path, county: "County") -> None:
    """Other departments' works as the transport bureau hands them over: a shapefile in GBK that does not say so."""
    for old in layers.glob("works.*"):
        old.unlink()
    works = county.works
    pyogrio.raw.write(
        layers / "works.shp",
        geometry=shapely.to_wkb(np.array([shapely.LineString(np.round(w.line, 3)) for w in works], dtype=object)),
        field_data=[
            np.array([w.id for w in works], dtype=object),
            np.array([w.department for w in works], dtype=object),
            np.array([w.kind for w in works], dtype=object),
            np.array([w.name for w in works], dtype=object),
            np.array([w.start for w in works], dtype="datetime64[D]"),
            np.array([w.end for w in works], dtype="datetime64[D]"),
            np.array([w.budget_yuan for w in works]),
            np.array([w.surface for w in works], dtype=object),
        ],
        fields=["id", "department", "kind", "name", "start", "end", "budget", "surface"],
        geometry_type="LineString",
        crs=ZONE,
        driver="ESRI Shapefile",
        encoding="GBK",
        layer_options={"DBF_DATE_LAST_UPDATE": "2026-11-22"},
    )
    (layers / "works.cpg").unlink(missing_ok=True)
