"""What is suspicious about the net of streets, and what of it could not be used, as warnings."""

import numpy as np
import numpy.typing as npt

from qingxi.origin import Fault, Severity
from qingxi.plan.ends import JoinPoints
from qingxi.plan.input import PlanInput
from qingxi.standard import Works, land_rules
from qingxi.terrain import NodedStreets, TrenchGraph


def _warning(layer: str, value: str, rule: str, remedy: str, code: str) -> Fault:
    return Fault(layer, None, "", value, rule, remedy, code, Severity.WARNING)


def net_faults(
    given: PlanInput, noded: NodedStreets, graph: TrenchGraph, own_ways: int, points: JoinPoints,
    reached: npt.NDArray[np.bool_],
) -> list[Fault]:  # fmt: skip
    """Warnings on gaps, crossings, forbidden and unknown ground, separate pieces, joining points off every street.

    Parameters
    ----------
    own_ways : int
        Ways of ours among the noded lines; they meet streets between their vertices, which is no fault.
    """
    faults: list[Fault] = []
    if len(noded.bridges_m):
        where = "、".join(f"({x:.0f},{y:.0f}) 缺 {gap:.2f} m" for x, y, gap in noded.bridges_m[:5])
        faults.append(
            _warning(
                "streets",
                f"{len(noded.bridges_m)} 处：{where}",
                "街巷线在路口断开，已按短缺口连接",
                "在图上把线接上",
                "streets-gap",
            )
        )
    crossings = noded.crossings - own_ways
    if crossings > 0:
        faults.append(
            _warning(
                "streets",
                f"{crossings} 处",
                "街巷相交处没有公共节点，已按相通处理",
                "确认是否立交；不相通的分层给出",
                "streets-crossing",
            )
        )
    for area, metres in graph.refused_m.items():
        rule = land_rules().get((area, Works.STREET)) or land_rules()[area, Works.OFFSTREET]
        faults.append(
            _warning(
                "streets",
                f"{metres:.0f} m",
                f"{rule.words}内不许开沟，未用作管线走廊",
                "核对保护区边界",
                "streets-forbidden",
            )
        )
    if graph.dropped_m - sum(graph.refused_m.values()) > 0.5:
        faults.append(
            _warning(
                "streets",
                f"{graph.dropped_m - sum(graph.refused_m.values()):.0f} m",
                "街巷在高程范围之外，未用作管线走廊",
                "补充高程数据",
                "streets-dropped",
            )
        )
    pieces = int(graph.piece.max()) + 1 if graph.nodes else 0
    if pieces > 1:
        sizes = np.bincount(graph.piece)
        faults.append(
            _warning(
                "streets",
                f"{pieces} 片",
                f"街巷不连通：最大一片 {sizes[0]} 个节点，其余 {int(sizes[1:].sum())} 个",
                "核对断开的街巷",
                "streets-pieces",
            )
        )
    for i in np.flatnonzero(~reached):
        faults.append(
            _warning("outlets", f"({points.x_m[i]:.0f},{points.y_m[i]:.0f}) {points.name[points.group[i]]}",
                     "接入点 300 m 内没有街巷", "核对坐标或补充街巷", "join-unreached")
        )  # fmt: skip
    return faults
