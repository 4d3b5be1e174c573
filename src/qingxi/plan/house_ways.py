"""How each house may reach the street: its laterals to street nodes and to a chamber in a yard."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.plan.land import LateralRule
from qingxi.standard import Table
from qingxi.terrain import TrenchGraph, connect_houses

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class HouseWays(NamedTuple):
    """Candidate nodes of each house (−1 none), lengths of the laterals, and why a house has none (empty where it has).

    ``undrained`` are houses whose nearest street has no end to flow to.
    """

    node: Ints
    run_m: Floats
    why: npt.NDArray[Any]
    undrained: Bools


def house_ways(
    x_m: Floats, y_m: Floats, graph: TrenchGraph, first: tuple[Ints, Floats], yards: Ints, usable: Bools,
    rule: LateralRule, norms: Table,
) -> HouseWays:  # fmt: skip
    """Three street nodes, the last of them given up where a chamber is nearer than the street.

    Parameters
    ----------
    first : (int64[houses, 3], float64[houses, 3])
        The nearest street nodes, drained or not; asked again only for houses that have one which is not.
    yards : int64[k]
        Nodes that are chambers in yards.
    usable : bool[nodes]
        Nodes of pieces that can be drained.
    """
    reach = norms["lateral.reach"]
    node, run = first[0].copy(), first[1].copy()
    streets = usable.copy()
    streets[yards] = False
    dry = (node >= 0) & ~usable[node] if graph.nodes else node >= 0
    again = np.flatnonzero(dry.any(axis=1))
    if again.size:

        def mine(house: Ints, at: Ints) -> Bools:
            return rule(again[house], at)

        node[again], run[again] = connect_houses(graph, x_m[again], y_m[again], reach, streets, mine)
    why = np.full(x_m.size, "", dtype=object)
    lost = np.flatnonzero(node[:, 0] < 0)
    why[lost] = f"{reach:.0f} m 内没有可排水的街巷"
    undrained = (node[:, 0] < 0) & (first[0][:, 0] >= 0)
    why[undrained] = "所在的街巷片没有排放口或接入点，也不与有排放口的街巷相通"
    if lost.size:
        near, _ = connect_houses(graph, x_m[lost], y_m[lost], reach, streets)
        barred = lost[near[:, 0] >= 0]
        undrained[barred] = False
        why[barred] = "到街巷的接户管都要穿过水体或不许开沟的保护区（land_rules）"
    if yards.size:
        chambers = np.zeros(graph.nodes, dtype=bool)
        chambers[yards] = usable[yards]
        shared, away = connect_houses(graph, x_m, y_m, norms["yard.reach"], chambers, rule)
        # A chamber nearer than the street comes first, since a search begins there; the third street node is given up.
        nearer = np.flatnonzero((shared[:, 0] >= 0) & (away[:, 0] < run[:, 0]))
        node[nearer] = np.concatenate([shared[nearer, :1], node[nearer, :-1]], axis=1)
        run[nearer] = np.concatenate([away[nearer, :1], run[nearer, :-1]], axis=1)
    return HouseWays(node, run, why, undrained)
