"""Drawings and models out of a plan that is already written (导出图纸与模型)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from qingxi.files.calc_book import write_calc_sheets
from qingxi.files.plan_dxf import DrawingTitle, write_plan_dxf
from qingxi.files.plan_geojson import write_plan_geojson
from qingxi.files.plan_swmm import write_plan_swmm
from qingxi.files.plan_tables import read_plan_tables
from qingxi.files.swmm_build import LevelsWithheld

ALSO: dict[str, str] = {
    "dxf": "CAD 图纸 plan.dxf",
    "swmm": "水力模型 swmm/*.inp",
    "geojson": "图层 geojson/*.geojson",
    "sheets": "水力计算表 sheets.xlsx、sheets.html",
}
"""What a plan can be exported to, with its words."""


@dataclass
class Exported:
    """Paths written, by kind; and for each kind that was refused the reason in Chinese."""

    paths: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def export_plan(
    folder: Path,
    kinds: Iterable[str],
    *,
    out: Path | None = None,
    title: DrawingTitle | None = None,
    one_model: bool = False,
) -> Exported:
    """Write drawings and models of the plan in a folder.

    Parameters
    ----------
    folder : Path
        Holds ``plan.gpkg`` and ``plan.json``.
    kinds : iterable of str
        Keys of :data:`ALSO`.
    out : Path, optional
        Where to write; left out: into the same folder.
    one_model : bool
        All systems in one SWMM model.

    Raises
    ------
    UnreadablePlan
        When the folder holds no plan.
    ValueError
        On an unknown kind.
    """
    wanted = list(dict.fromkeys(kinds))
    unknown = [kind for kind in wanted if kind not in ALSO]
    if unknown:
        raise ValueError(f"不认识的导出格式 {'、'.join(unknown)}，可选 {'、'.join(ALSO)}")
    if not wanted:
        return Exported()
    tables, figures = read_plan_tables(folder)
    out = folder if out is None else out
    done = Exported()
    for kind in wanted:
        if kind == "dxf":
            done.paths[kind] = (write_plan_dxf(out / "plan.dxf", tables, figures, title),)
        elif kind == "sheets":
            done.paths[kind] = write_calc_sheets(out, tables, figures, title.drawn_on if title else None)
        elif kind == "geojson":
            done.paths[kind] = write_plan_geojson(out / "geojson", tables, figures)
        else:
            try:
                files = write_plan_swmm(out / "swmm", tables, figures, one=one_model)
            except LevelsWithheld as why:
                done.refused[kind] = str(why)
            else:
                done.paths[kind] = (*files.models, files.mapping)
    return done
