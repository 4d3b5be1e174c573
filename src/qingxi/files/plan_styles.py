"""Styles for QGIS inside ``plan.gpkg`` (图层样式): the table ``layer_styles``, one QML a layer, the default of each.

QGIS looks for this table when a layer of a GeoPackage is opened and draws the plan coloured at once.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from qingxi.files.plan_colours import MODE_COLOURS, NODE_COLOURS, NODE_WORDS, PIPE_COLOURS, PIPE_WORDS, rgb
from qingxi.files.plan_gpkg import WRITTEN
from qingxi.files.plan_layers import MODES

_SCHEMA = """\
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
 f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
 styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"""
PLANT_CLASSES_M3_D: tuple[tuple[float, float, float], ...] = (
    (0, 5, 3.0), (5, 20, 4.0), (20, 100, 5.2), (100, 500, 6.6), (500, 1_000_000, 8.0),
)  # fmt: skip
"""Lowest and highest design flow of a class in m³/d, and the mark's size in mm."""


def write_styles(gpkg: Path) -> None:
    """Put the table into a GeoPackage, in place of one that is there; layers it lacks get no style."""
    link = sqlite3.connect(gpkg)
    try:
        geometry = dict(link.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        link.execute("DROP TABLE IF EXISTS layer_styles")
        link.execute("DELETE FROM gpkg_contents WHERE table_name = 'layer_styles'")
        link.execute(_SCHEMA)
        link.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (WRITTEN,),
        )
        for layer, (words, qml) in plan_styles().items():
            if layer in geometry:
                link.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,"
                    " styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
                    " VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)",
                    (layer, geometry[layer], layer, qml, words, WRITTEN),
                )
        link.commit()
    finally:
        link.close()


def plan_styles() -> dict[str, tuple[str, str]]:
    """Layer: (what the style shows, QML)."""
    pipes = (
        (kind, words, _line(PIPE_COLOURS[kind], {"gravity": 0.6, "pressure": 0.6, "lateral": 0.2}[kind], dashed=kind == "pressure"))
        for kind, words in PIPE_WORDS.items()
    )  # fmt: skip
    shapes = {"manhole": ("circle", 1.4), "lift": ("triangle", 3.4), "pass": ("circle", 0.8), "plant": ("square", 4.0), "join": ("diamond", 4.0)}  # fmt: skip
    nodes = ((kind, NODE_WORDS[kind], _marker(NODE_COLOURS[kind], *shape)) for kind, shape in shapes.items())
    return {
        "hamlets": ("自然村：按治理模式", _qml(_categories("mode", _modes(4.0)), label="name")),
        "households": ("住户：按治理模式", _qml(_categories("mode", _modes(1.4)))),
        "nodes": ("节点：按类别（户不显示）", _qml(_categories("kind", nodes))),
        "pipes": ("管段：按类别", _qml(_categories("kind", pipes))),
        "lifts": ("提升泵", _qml(_single(_marker(NODE_COLOURS["lift"], "triangle", 3.4)))),
        "plants": ("处理站：按设计规模", _qml(_plants(), label="process")),
    }


def _modes(size_mm: float) -> Iterable[tuple[str, str, str]]:
    return ((mode, words, _marker(MODE_COLOURS[mode], "circle", size_mm)) for mode, words in MODES.items())


def _colour(colour: str) -> str:
    return ",".join(str(part) for part in (*rgb(colour), 255))


def _layer(kind: str, options: Mapping[str, object]) -> str:
    rows = "".join(f'<Option type="QString" name="{k}" value={quoteattr(str(v))}/>' for k, v in options.items())
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0"><Option type="Map">{rows}</Option></layer>'


def _marker(colour: str, shape: str, size_mm: float) -> str:
    options = {
        "name": shape, "color": _colour(colour), "size": size_mm, "size_unit": "MM", "outline_color": "255,255,255,255",
        "outline_style": "solid", "outline_width": 0.2, "outline_width_unit": "MM", "angle": 0,
    }  # fmt: skip
    return f'type="marker">{_layer("SimpleMarker", options)}'


def _line(colour: str, width_mm: float, *, dashed: bool) -> str:
    options = {
        "line_color": _colour(colour), "line_width": width_mm, "line_width_unit": "MM", "capstyle": "round",
        "joinstyle": "round", "line_style": "dash" if dashed else "solid",
    }  # fmt: skip
    return f'type="line">{_layer("SimpleLine", options)}'


def _symbols(parts: Iterable[str]) -> str:
    drawn = "".join(
        f'<symbol alpha="1" clip_to_extent="1" force_rhr="0" name="{i}" {part}</symbol>'
        for i, part in enumerate(parts)
    )
    return f"<symbols>{drawn}</symbols>"


def _categories(column: str, rows: Iterable[tuple[str, str, str]]) -> str:
    every = list(rows)
    listed = "".join(
        f'<category symbol="{i}" value={quoteattr(value)} label={quoteattr(words)} render="true" type="string"/>'
        for i, (value, words, _) in enumerate(every)
    )
    return (
        f'<renderer-v2 type="categorizedSymbol" attr="{column}" enableorderby="0" forceraster="0" symbollevels="0">'
        f"<categories>{listed}</categories>{_symbols(part for _, _, part in every)}</renderer-v2>"
    )


def _plants() -> str:
    listed = "".join(
        f'<range symbol="{i}" lower="{low:g}" upper="{high:f}" label={quoteattr(_range_words(low, high))} render="true"/>'
        for i, (low, high, _) in enumerate(PLANT_CLASSES_M3_D)
    )
    marks = _symbols(_marker(NODE_COLOURS["plant"], "square", size) for _, _, size in PLANT_CLASSES_M3_D)
    return (
        '<renderer-v2 type="graduatedSymbol" attr="design_m3_d" graduatedMethod="GraduatedColor" enableorderby="0"'
        f' forceraster="0" symbollevels="0"><ranges>{listed}</ranges>{marks}</renderer-v2>'
    )


def _range_words(low: float, high: float) -> str:
    return f"{low:g} m³/d 以上" if high >= PLANT_CLASSES_M3_D[-1][1] else f"{low:g}–{high:g} m³/d"


def _single(symbol: str) -> str:
    return f'<renderer-v2 type="singleSymbol" enableorderby="0" forceraster="0" symbollevels="0">{_symbols([symbol])}</renderer-v2>'


def _qml(renderer: str, *, label: str = "") -> str:
    labels = ""
    if label:
        labels = (
            '<labeling type="simple"><settings calloutType="simple"><text-style fieldName='
            f'{quoteattr(label)} fontSize="9" fontSizeUnit="Point" textColor="23,33,30,255" isExpression="0">'
            '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255"/></text-style>'
            '<placement placement="6" dist="1" distUnits="MM"/><rendering drawLabels="1" obstacle="1"/></settings></labeling>'
        )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        f'<qgis version="3.28.0" styleCategories="Symbology|Labeling" labelsEnabled="{int(bool(label))}">'
        f"{renderer}{labels}<blendMode>0</blendMode></qgis>"
    )
