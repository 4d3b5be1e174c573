"""Writing a plan as a DXF drawing (图纸): R2013, named layers, metres in the county's zone, a title block.

Model space only, coordinates as in the plan (CGCS2000, 3-degree zone). Texts are sized for a print at 1:1000. What the
level withholds is neither drawn nor lettered; the title block says so.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from qingxi.files.dxf_layers import LAYERS, NODE_BLOCKS, draw_blocks
from qingxi.files.plan_colours import MODE_COLOURS, PIPE_WORDS, rgb
from qingxi.files.plan_layers import MODES, column, rows_of, withheld_words
from qingxi.plan import PlanTables

TEXT_M = 2.0
"""Height of letters in the drawing, m: 2 mm at 1:1000."""
LABEL_FROM_M = 12.0
"""A shorter pipe gets no label."""


@dataclass(frozen=True)
class DrawingTitle:
    """What the title block says beside the plan's own figures.

    Attributes
    ----------
    drawn_on : date or None
        Date of the drawing; None leaves the field open (待填).
    state : str
        初稿, 征求意见稿, 送审稿, 报批稿, 印发稿.
    """

    drawn_on: date | None = None
    state: str = "初稿"


def write_plan_dxf(
    path: Path, tables: PlanTables, figures: Mapping[str, Any], title: DrawingTitle | None = None
) -> Path:
    """Write one drawing of the whole plan; the same plan and title give the same bytes.

    Parameters
    ----------
    figures : mapping
        ``plan.json``: name, level, CRS, 密级, what is withheld.

    Returns
    -------
    Path
    """
    import ezdxf
    from ezdxf import units

    path.parent.mkdir(parents=True, exist_ok=True)
    with _fixed_stamps():
        document = ezdxf.new("R2013", setup=["linetypes"], units=units.M)  # type: ignore[attr-defined]
        document.styles.add("汉字", font="simsun.ttf")
        for name, (colour, linetype, weight) in LAYERS.items():
            layer = document.layers.add(name, linetype=linetype, lineweight=weight)
            layer.rgb = rgb(colour)
        draw_blocks(document)
        sheet = document.modelspace()
        places = _extent(tables)
        _draw_houses(sheet, tables)
        _draw_pipes(sheet, tables)
        _draw_nodes(sheet, tables)
        _draw_plants(sheet, tables)
        _draw_names(sheet, tables)
        _draw_title(sheet, figures, title or DrawingTitle(), places)
        low, high = places
        document.header["$EXTMIN"], document.header["$EXTMAX"] = (*low, 0.0), (*high, 0.0)
        document.set_modelspace_vport(
            height=max(high[1] - low[1], 100.0) * 1.1, center=((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
        )
        document.saveas(path)
    return path


@contextmanager
def _fixed_stamps() -> Iterator[None]:
    """No time of day and no random number in the file."""
    import ezdxf

    before = ezdxf.options.write_fixed_meta_data_for_testing  # type: ignore[attr-defined]
    ezdxf.options.write_fixed_meta_data_for_testing = True  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = before  # type: ignore[attr-defined]


def _extent(tables: PlanTables) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lower left and upper right of the works and hamlets, m."""
    x = [tables.pipe_coords_m[:, 0]]
    y = [tables.pipe_coords_m[:, 1]]
    for layer in ("hamlets", "nodes", "plants"):  # a stray house would make the sheet empty
        columns = getattr(tables, layer)
        if rows_of(columns):
            x.append(np.asarray(columns["x_m"], dtype=float))
            y.append(np.asarray(columns["y_m"], dtype=float))
    xs, ys = np.concatenate(x), np.concatenate(y)
    there = np.isfinite(xs) & np.isfinite(ys)
    if not there.any():
        return (0.0, 0.0), (100.0, 100.0)
    xs, ys = xs[there], ys[there]
    return (float(xs.min()), float(ys.min())), (float(xs.max()), float(ys.max()))


def _draw_houses(sheet: Any, tables: PlanTables) -> None:
    if not rows_of(tables.households):
        return
    modes = column("households", "mode", tables.households)
    names = column("households", "household_id", tables.households)
    x, y = np.asarray(tables.households["x_m"]), np.asarray(tables.households["y_m"])
    for i in np.flatnonzero(np.isfinite(x) & np.isfinite(y)).tolist():
        colour = MODE_COLOURS.get(str(modes[i]), MODE_COLOURS["unserved"])
        mark = sheet.add_blockref("户", (float(x[i]), float(y[i])), dxfattribs={"layer": "污水-户"})
        mark.rgb = rgb(colour)
        mark.add_auto_attribs({"户编号": str(names[i]), "治理模式": MODES.get(str(modes[i]), str(modes[i]))})


def pipe_label(dn_mm: int, length_m: float, slope: float, kind: str) -> str:
    """``DN200 L=29.5 i=4.0‰``; no slope for a pressure pipe or where it is withheld (NaN)."""
    told = f"DN{dn_mm} L={length_m:.1f}"
    return f"{told} i={1000 * slope:.1f}‰" if kind == "gravity" and math.isfinite(slope) else told


def _draw_pipes(sheet: Any, tables: PlanTables) -> None:
    if not rows_of(tables.pipes):
        return
    columns = {n: column("pipes", n, tables.pipes) for n in ("kind", "dn_mm", "length_m", "slope")}
    offsets, coords = tables.pipe_offsets.tolist(), tables.pipe_coords_m
    for i, kind in enumerate(columns["kind"].tolist()):
        course = coords[offsets[i] : offsets[i + 1]]
        layer = f"污水-{PIPE_WORDS[kind]}"
        sheet.add_lwpolyline(course.tolist(), dxfattribs={"layer": layer})
        length = float(columns["length_m"][i])
        if kind == "lateral" or length < LABEL_FROM_M:
            continue
        (x, y), angle = _middle(course)
        text = pipe_label(int(columns["dn_mm"][i]), length, float(columns["slope"][i]), kind)
        upright = angle if -90 < angle <= 90 else angle - 180 if angle > 90 else angle + 180
        lift = math.radians(upright + 90)
        place = (x + math.cos(lift) * TEXT_M * 0.4, y + math.sin(lift) * TEXT_M * 0.4)
        _text(sheet, text, place, "文字-管段", TEXT_M, angle=upright, align="BOTTOM_CENTER")
        sheet.add_blockref("流向", (x, y), dxfattribs={"layer": layer, "rotation": angle})


def _middle(course: Any) -> tuple[tuple[float, float], float]:
    """The point half way along a line, and the direction there in degrees, −180 to 180."""
    steps = np.diff(course, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    along = np.cumsum(lengths)
    half = along[-1] / 2
    k = int(np.searchsorted(along, half))
    share = (half - (along[k] - lengths[k])) / lengths[k] if lengths[k] > 0 else 0.0
    x, y = course[k] + share * steps[k]
    return (float(x), float(y)), math.degrees(math.atan2(steps[k][1], steps[k][0]))


def _level(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "不予给出"


def _draw_nodes(sheet: Any, tables: PlanTables) -> None:
    """Wells, lifts and ends."""
    if not rows_of(tables.nodes):
        return
    n = {
        name: column("nodes", name, tables.nodes) for name in ("node_id", "kind", "ground_m", "invert_m", "depth_m")
    }
    x, y = np.asarray(tables.nodes["x_m"], dtype=float), np.asarray(tables.nodes["y_m"], dtype=float)
    for i, kind in enumerate(n["kind"].tolist()):
        if kind not in NODE_BLOCKS:
            continue
        block, layer = NODE_BLOCKS[kind]
        mark = sheet.add_blockref(block, (float(x[i]), float(y[i])), dxfattribs={"layer": layer})
        mark.add_auto_attribs(
            {
                "编号": f"N{int(n['node_id'][i])}",
                "地面标高": _level(float(n["ground_m"][i])),
                "管底标高": _level(float(n["invert_m"][i])),
                "井深": _level(float(n["depth_m"][i])),
            }
        )


def _draw_plants(sheet: Any, tables: PlanTables) -> None:
    if not rows_of(tables.plants):
        return
    names = ("process", "design_m3_d", "discharge_class", "land_m2", "existing", "decision")
    p = {name: column("plants", name, tables.plants) for name in names}
    for i in range(rows_of(tables.plants)):
        place = (float(tables.plants["x_m"][i]), float(tables.plants["y_m"][i]))
        if not all(map(math.isfinite, place)):
            continue
        stands = str(p["existing"][i])
        mark = sheet.add_blockref(
            "现有处理站" if stands else "处理站",
            place,
            dxfattribs={"layer": "污水-现有处理站" if stands else "污水-处理站"},
        )
        mark.add_auto_attribs(
            {
                "名称": stands or f"规模 {float(p['design_m3_d'][i]):.1f} m³/d",
                "工艺": str(p["process"][i]),
                "设计规模": f"{float(p['design_m3_d'][i]):.1f}",
                "排放等级": str(p["discharge_class"][i]),
                "用地": _level(float(p["land_m2"][i])),
                "处置": str(p["decision"][i]),
            }
        )


def _draw_names(sheet: Any, tables: PlanTables) -> None:
    if not rows_of(tables.hamlets):
        return
    names = column("hamlets", "name", tables.hamlets)
    modes = column("hamlets", "mode", tables.hamlets)
    x, y = np.asarray(tables.hamlets["x_m"], dtype=float), np.asarray(tables.hamlets["y_m"], dtype=float)
    for i in np.flatnonzero(np.isfinite(x) & np.isfinite(y)).tolist():
        text = f"{names[i]}（{MODES.get(str(modes[i]), str(modes[i]))}）"
        _text(sheet, text, (float(x[i]), float(y[i])), "文字-村名", 4 * TEXT_M, align="MIDDLE_CENTER")


def _text(
    sheet: Any, text: str, place: tuple[float, float], layer: str, height_m: float, *, angle: float = 0.0, align: str = "LEFT"
) -> None:  # fmt: skip
    from ezdxf.enums import TextEntityAlignment

    drawn = sheet.add_text(text, height=height_m, rotation=angle, dxfattribs={"layer": layer, "style": "汉字"})
    drawn.set_placement(place, align=TextEntityAlignment[align])


def _draw_title(
    sheet: Any,
    figures: Mapping[str, Any],
    title: DrawingTitle,
    places: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    """The title block below the drawing's right corner, as large as the drawing asks."""
    (x0, y0), (x1, y1) = places
    scale = max(x1 - x0, y1 - y0, 400.0) / 800.0
    withheld = "、".join(withheld_words(figures.get("withheld", ())))
    kinds, pipes = ("gravity", "pressure", "lateral"), figures.get("pipe_m") or {}
    mark = sheet.add_blockref(
        "图签", (x1, y0 - 10 * scale), dxfattribs={"layer": "图签", "xscale": scale, "yscale": scale}
    )
    mark.add_auto_attribs(
        {
            "图名": f"{figures.get('name', '')}农村生活污水治理规划平面图",
            "数据等级": f"{figures.get('level', '')}",
            "阶段": title.state,
            "坐标系": _crs_words(str(figures.get("crs", ""))),
            "密级": str(figures.get("secrecy", "")),
            "日期": f"{title.drawn_on:%Y-%m-%d}" if title.drawn_on else "待填",
            "不予给出": withheld or "无",
            "数量": "，".join(f"{PIPE_WORDS[k]} {pipes.get(k) or 0:,.0f} m" for k in kinds)
            + f"，提升 {figures.get('pumps') or 0} 座，处理站 {figures.get('plants') or 0} 座",
        }
    )


def _crs_words(crs: str) -> str:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return f"{CRS.from_user_input(crs).name}（{crs}），单位米" if crs else "未写明"
    except CRSError:
        return crs
