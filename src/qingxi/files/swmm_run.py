"""Running a written model in EPA SWMM (水力复核) where the engine is installed, and reading what it says.

The engine is the package ``swmm-toolkit``; it is no part of the normal installation.
"""

import importlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qingxi.standard import load_table

_STRIDE_S = 600


class NoEngine(RuntimeError):
    """EPA SWMM is not installed."""


@dataclass(frozen=True, slots=True)
class SwmmVerdict:
    """What the engine says of one model.

    Attributes
    ----------
    continuity_percent : float
        Flow routing continuity error, %.
    flooded : tuple of str
        Nodes that lost water, wet wells among them.
    surcharged : tuple of str
        Gravity pipes that ran full at an end at any time, and manholes above the crown of their highest pipe; wet wells
        apart.
    fill : dict
        h/D of each gravity pipe at the end of the run (mean of both ends).
    flow_l_s : dict
        Flow of each link at the end of the run.
    depth_m : dict
        Depth of each node at the end of the run.
    wells : int
        Number of wet wells.
    """

    model: str
    continuity_percent: float
    flooded: tuple[str, ...]
    surcharged: tuple[str, ...]
    fill: dict[str, float]
    flow_l_s: dict[str, float]
    depth_m: dict[str, float]
    wells: int

    @property
    def good(self) -> bool:
        """No flooding, no surcharge, continuity within ``check.continuity`` of the table ``swmm``."""
        limit = load_table("swmm")["check.continuity"]
        return not self.flooded and not self.surcharged and abs(self.continuity_percent) < limit


def run_swmm(model: Path) -> SwmmVerdict:
    """Run one ``.inp`` written by :func:`write_plan_swmm` (known by its ids) in the real engine.

    Raises
    ------
    NoEngine
        When ``swmm-toolkit`` is not installed.
    RuntimeError
        When the engine refuses the model; the message holds the lines of its report.
    """
    try:
        solver: Any = importlib.import_module("swmm.toolkit.solver")
        enums: Any = importlib.import_module("swmm.toolkit.shared_enum")
    except ImportError as error:
        raise NoEngine("没有安装 EPA SWMM 引擎（软件包 swmm-toolkit），不能复核") from error
    with tempfile.TemporaryDirectory() as folder:
        report, output = Path(folder) / "model.rpt", Path(folder) / "model.out"
        try:
            return _run(solver, enums, model, report, output)
        except Exception as error:
            told = report.read_text(encoding="utf-8", errors="replace") if report.is_file() else ""
            lines = [line.strip() for line in told.splitlines() if "ERROR" in line]
            raise RuntimeError(f"{model.name}: {'; '.join(lines[:5]) or error}") from error


def _run(solver: Any, enums: Any, model: Path, report: Path, output: Path) -> SwmmVerdict:
    gravity_m = _gravity_diameters(model)
    solver.swmm_open(str(model), str(report), str(output))
    try:
        solver.swmm_start(0)
        while solver.swmm_stride(_STRIDE_S) > 0:
            pass
        flooded: list[str] = []
        surcharged: list[str] = []
        depth: dict[str, float] = {}
        wells = 0
        for i in range(solver.project_get_count(enums.ObjectType.NODE)):
            name = solver.project_get_id(enums.ObjectType.NODE, i)
            told, well = solver.node_get_stats(i), solver.node_get_type(i) == enums.NodeType.STORAGE
            depth[name] = float(solver.node_get_result(i, enums.NodeResult.DEPTH))
            wells += int(well)
            if told.timeFlooded > 0:
                flooded.append(name)
            if told.timeSurcharged > 0 and not well:
                surcharged.append(name)
        fill: dict[str, float] = {}
        flow: dict[str, float] = {}
        for i in range(solver.project_get_count(enums.ObjectType.LINK)):
            name = solver.project_get_id(enums.ObjectType.LINK, i)
            flow[name] = float(solver.link_get_result(i, enums.LinkResult.FLOW))
            if name not in gravity_m:
                continue
            told = solver.link_get_stats(i)
            fill[name] = float(solver.link_get_result(i, enums.LinkResult.DEPTH)) / gravity_m[name]
            if max(told.timeSurcharged, told.timeFullUpstream, told.timeFullDnstream) > 0:
                surcharged.append(name)
        solver.swmm_end()
        _, routing, _ = solver.swmm_get_mass_balance()
    finally:
        solver.swmm_close()
    return SwmmVerdict(model.name, float(routing), tuple(flooded), tuple(surcharged), fill, flow, depth, wells)


def _gravity_diameters(model: Path) -> dict[str, float]:
    """Gravity pipes with their diameter in m, as the model itself lays them down."""
    gravity: dict[str, float] = {}
    section = ""
    for line in model.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip()
        elif line and not line.startswith(";") and section == "[XSECTIONS]":
            name, shape, diameter, *_ = line.split()
            if shape == "CIRCULAR":
                gravity[name] = float(diameter)
    return gravity
