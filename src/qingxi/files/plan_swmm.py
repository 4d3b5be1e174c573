"""Writing EPA SWMM 5.2 input files (``.inp``) of a plan's sewered systems, ASCII ids, with a mapping table."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from qingxi.files.swmm_build import swmm_systems
from qingxi.files.swmm_model import SwmmLink, SwmmNode, SwmmSystem, WellRule
from qingxi.plan import PlanTables
from qingxi.standard import Table, load_table

_WORDS = {
    "junction": "检查井", "well": "提升泵站集水井", "end": "末端进水井", "outfall": "出口",
    "gravity": "重力管", "pump": "提升泵", "inlet": "末端出流（无水力意义）",
}  # fmt: skip


@dataclass(frozen=True)
class SwmmFiles:
    """What was written: the models in the order of their systems, and the mapping table."""

    models: tuple[Path, ...]
    mapping: Path


def write_plan_swmm(
    folder: Path, tables: PlanTables, figures: Mapping[str, Any], *, one: bool = False
) -> SwmmFiles:
    """Write one model a sewered system, or one for all of them.

    Parameters
    ----------
    folder : Path
        Made when missing; models of an earlier run are taken away first.
    figures : mapping
        ``plan.json``.
    one : bool
        All systems in one ``plan.inp``.

    Returns
    -------
    SwmmFiles

    Raises
    ------
    LevelsWithheld
        When the plan gives no levels; nothing is written, and no model of an earlier run is left.
    """
    settings = load_table("swmm")
    for old in (*folder.glob("system-*.inp"), folder / "plan.inp", folder / "mapping.csv"):
        old.unlink(missing_ok=True)
    systems = list(swmm_systems(tables, figures, _wells(settings)))
    folder.mkdir(parents=True, exist_ok=True)
    manning = float(figures["parameters"]["tables"][str(figures["norms"])]["manning"])
    groups = {"plan": systems} if one and systems else {f"system-{s.system_id:04d}": [s] for s in systems}
    models = []
    for name, members in groups.items():
        path = folder / f"{name}.inp"
        path.write_text(swmm_text(members, figures, manning, settings), encoding="utf-8", newline="\n")
        models.append(path)
    mapping = folder / "mapping.csv"
    with mapping.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("文件", "模型编号", "类别", "成果图层", "成果编号", "系统编号", "系统名称"))
        for name, members in groups.items():
            for system in members:
                rows.writerows((f"{name}.inp", *row, system.system_id, system.name) for row in _mapped(system))
    return SwmmFiles(tuple(models), mapping)


def _mapped(system: SwmmSystem) -> Iterable[tuple[str, str, str, int]]:
    ids = {node.id: node.node_id for node in system.nodes}
    for node in system.nodes:
        yield node.id, _WORDS[node.kind], "nodes", node.node_id
    for link in system.links:
        if link.kind == "gravity":
            yield link.id, _WORDS[link.kind], "pipes", link.pipe_ids[0]
            continue
        yield link.id, _WORDS[link.kind], "lifts" if link.kind == "pump" else "nodes", ids[link.tail]
        for pipe_id in link.pipe_ids:
            yield link.id, "压力管（并入提升泵）", "pipes", pipe_id
        for node_id in link.passed:
            yield link.id, "压力管过路点（并入提升泵）", "nodes", node_id


def _wells(t: Table) -> WellRule:
    return WellRule(t["well.area"], t["well.sump"], t["well.working_time"], t["well.working_depth"])


def swmm_text(systems: Iterable[SwmmSystem], figures: Mapping[str, Any], manning: float, settings: Table) -> str:
    """The whole input file; ids are ASCII, comments may be Chinese. Flows in L/s, lengths in m."""
    members = list(systems)
    nodes = [node for system in members for node in system.nodes]
    links = [link for system in members for link in system.links]
    names = "; ".join(f"{s.system_id} {s.name}" for s in members[:20])
    return "\n".join(
        [
            "[TITLE]",
            f"Qingxi plan, {len(members)} sewer system(s), every pipe at its design peak, steady",
            f";; {figures.get('name', '')} 规划 {figures.get('level', '')}；系统 {names}",
            ";; 各户设计峰值由 [DWF] 进入；[INFLOWS] 的负值是各户峰值不同时出现的折减（删去本节即为各户峰值直接相加）",
            ";; 提升泵和末端出流为变频泵(TYPE4)：井内到工作水位时等于设计流量；压力管并入泵，扬程按规划公式，由 qingxi check 复核",
            "",
            *_options(settings, _hours(members, settings)),
            *_node_sections(nodes, settings),
            *_link_sections(links, manning, settings["start.share"]),
            *_inflows(nodes),
            "[REPORT]", "INPUT NO", "CONTROLS NO", "NODES ALL", "LINKS ALL", "",
            *_map(nodes, links),
        ]
    )  # fmt: skip


def _hours(systems: list[SwmmSystem], t: Table) -> int:
    """Whole hours to run: from nearly empty pipes to the steady state, with a margin, and at least ``run.hours``."""
    longest = max((s.filling_time_s(t["manhole.area"], t["well.area"]) for s in systems), default=0.0)
    return math.ceil(max(t["run.hours"], t["run.margin"] * longest / 3600 + 1))


def _options(t: Table, hours: int) -> list[str]:
    end = date(2026, 1, 1) + timedelta(days=hours // 24)
    rows = {
        "FLOW_UNITS": "LPS", "FLOW_ROUTING": "DYNWAVE", "LINK_OFFSETS": "ELEVATION", "MIN_SLOPE": "0",
        "ALLOW_PONDING": "NO", "SKIP_STEADY_STATE": "NO", "IGNORE_RAINFALL": "YES", "IGNORE_RDII": "YES",
        "START_DATE": "01/01/2026", "START_TIME": "00:00:00", "REPORT_START_DATE": "01/01/2026",
        "REPORT_START_TIME": "00:00:00", "END_DATE": f"{end:%m/%d/%Y}",
        "END_TIME": _clock((hours % 24) * 3600), "REPORT_STEP": _clock(t["step.report"]),
        "WET_STEP": "00:05:00", "DRY_STEP": "01:00:00", "ROUTING_STEP": f"{t['step.routing']:g}",
        "VARIABLE_STEP": f"{t['step.variable']:g}", "MINIMUM_STEP": f"{t['step.minimum']:g}",
        "LENGTHENING_STEP": "0", "INERTIAL_DAMPING": "PARTIAL", "NORMAL_FLOW_LIMITED": "BOTH",
        "SURCHARGE_METHOD": "EXTRAN", "MIN_SURFAREA": f"{t['manhole.area']:g}",
        "MAX_TRIALS": f"{t['iterations']:g}", "HEAD_TOLERANCE": f"{t['head.tolerance']:g}", "THREADS": "1",
    }  # fmt: skip
    return ["[OPTIONS]", *(f"{key:<22}{value}" for key, value in rows.items()), ""]


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _node_sections(nodes: list[SwmmNode], t: Table) -> list[str]:
    junctions, outfalls, wells = ["[JUNCTIONS]", ";;id  管底标高m  最大深度m  初始深度  承压水头  积水面积"], [], []
    for n in nodes:
        depth = max(n.ground_m - n.invert_m, 0.0)
        if n.kind == "outfall":
            outfalls.append(f"{n.id} {n.invert_m:.4f} FREE NO")
        elif n.kind == "junction":
            junctions.append(f"{n.id} {n.invert_m:.4f} {depth:.4f} 0 0 0")
        else:
            wells.append(f"{n.id} {n.invert_m:.4f} {depth:.4f} 0 FUNCTIONAL 0 0 {t['well.area']:g} 0 0")
    out = [*junctions, "", "[OUTFALLS]", ";;id  标高m  类型  拍门", *outfalls, ""]
    return [*out, "[STORAGE]", ";;id  井底标高m  最大深度m  初始深度  面积函数", *wells, ""]


def _link_sections(links: list[SwmmLink], manning: float, start_share: float) -> list[str]:
    conduits = ["[CONDUITS]", ";;id  起  止  长m  粗糙系数  起端标高m  止端标高m  初始流量L/s  最大流量"]
    sections = ["[XSECTIONS]", ";;id  形状  内径m"]
    pumps = ["[PUMPS]", ";;id  起  止  曲线  初始  启  停"]
    curves = ["[CURVES]", ";;id  类型  井内水深m  流量L/s"]
    for link in links:
        if link.kind == "gravity":
            conduits.append(
                f"{link.id} {link.tail} {link.head} {link.length_m:.4f} {manning:g} {link.invert_up_m:.4f}"
                f" {link.invert_down_m:.4f} {start_share * link.flow_l_s:.6f} 0"
            )
            sections.append(f"{link.id} CIRCULAR {link.dn_mm / 1000:g} 0 0 0 1")
            continue
        curve, deep, flow = f"K{link.id}", link.working_depth_m, link.flow_l_s
        pumps.append(f"{link.id} {link.tail} {link.head} {curve} ON 0 0")
        curves += [f"{curve} PUMP4 0 0", f"{curve} {deep:.4f} {flow:.6f}", f"{curve} {2 * deep:.4f} {2 * flow:.6f}"]
    return [*conduits, "", *pumps, "", *sections, "", *curves, ""]


def _inflows(nodes: list[SwmmNode]) -> list[str]:
    dry = [f"{n.id} FLOW {n.inflow_l_s:.6f}" for n in nodes if n.inflow_l_s > 0]
    less = [f'{n.id} FLOW "" FLOW 1.0 1.0 {n.reduction_l_s:.6f}' for n in nodes if n.reduction_l_s != 0]
    out = ["[DWF]", ";;id  项  户设计峰值之和L/s", *dry, ""]
    if less:
        out = ["[INFLOWS]", ";;id  项  序列  类型  单位系数  比例  错峰折减L/s", *less, "", *out]
    return out


def _map(nodes: list[SwmmNode], links: list[SwmmLink]) -> list[str]:
    if not nodes:
        return []
    x, y = [n.x_m for n in nodes], [n.y_m for n in nodes]
    out = [
        "[MAP]",
        f"DIMENSIONS {min(x):.2f} {min(y):.2f} {max(x):.2f} {max(y):.2f}",
        "UNITS Meters",
        "",
        "[COORDINATES]",
    ]
    out += [f"{n.id} {n.x_m:.2f} {n.y_m:.2f}" for n in nodes]
    out += ["", "[VERTICES]"]
    out += [f"{link.id} {vx:.2f} {vy:.2f}" for link in links for vx, vy in link.course_m]
    return [*out, ""]
