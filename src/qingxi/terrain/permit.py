"""What the land says to a line: forbidden, at a price, with which approvals (用地许可)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.standard import Allowed, LandRules, Works
from qingxi.terrain.land import Protected, Waters

Ints = npt.NDArray[np.int64]

LANDS = ("none", "river", "farmland", "source_2", "redline")
"""Land by what a metre of trench pays there (``protected.*`` of the price table); the last that holds counts."""

TRENCH_WORKS = (Works.STREET, Works.OFFSTREET, Works.LATERAL)


class LineLand(NamedTuple):
    """The land's word on each line.

    Attributes
    ----------
    forbidden : int64[n]
        Which of ``areas`` forbids the line, −1 none.
    land : int64[n]
        Index into :data:`LANDS`.
    approval : int64[n]
        Bit i set: approval i of :func:`approvals_of` has to be had.
    areas : tuple of str
    """

    forbidden: Ints
    land: Ints
    approval: Ints
    areas: tuple[str, ...]


def approvals_of(rules: LandRules) -> tuple[str, ...]:
    """Names of all approvals, in the order of the table."""
    return tuple(dict.fromkeys(rule.approval for rule in rules.values() if rule.approval))


def judge_lines(
    lines: npt.NDArray[Any] | shapely.STRtree,
    works: Ints,
    protected: Protected | None,
    waters: Waters | None,
    rules: LandRules,
) -> LineLand:
    """Hold lines against the rules of the land; O((lines + areas) log lines).

    Parameters
    ----------
    lines : shapely LineStrings [n] or a tree of them
    works : int64[n]
        Index into :data:`TRENCH_WORKS`.
    """
    areas = tuple(dict.fromkeys(area for area, _ in rules))
    n = len(lines)
    found = LineLand(
        np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), areas
    )
    layers = [(layer.geometry, layer.kind) for layer in (protected, waters) if layer is not None and len(layer)]
    if n == 0 or not layers:
        return found
    forbids, land, bits = _by_area(rules, areas)
    number = {area: i for i, area in enumerate(areas)}
    tree = lines if isinstance(lines, shapely.STRtree) else shapely.STRtree(lines)
    for geometry, kind in layers:
        of = np.array([number.get(str(k), -1) for k in kind], dtype=np.int64)
        told = np.flatnonzero(of >= 0)
        told = told[(forbids | (land > 0) | (bits > 0))[of[told]].any(axis=1)]
        # The tree holds the many lines; the areas ask, and are prepared once each.
        area, line = tree.query(geometry[told], predicate="intersects")
        row, column = of[told][area], works[line]
        no = forbids[row, column]
        found.forbidden[line[no]] = row[no]
        np.maximum.at(found.land, line, land[row, column])
        np.bitwise_or.at(found.approval, line, bits[row, column])
    return found


def _by_area(rules: LandRules, areas: Sequence[str]) -> tuple[npt.NDArray[np.bool_], Ints, Ints]:
    """Forbidden, land index and approval bits by area and kind of trench."""
    names = approvals_of(rules)
    shape = (len(areas), len(TRENCH_WORKS))
    forbids, land, bits = (
        np.zeros(shape, dtype=bool),
        np.zeros(shape, dtype=np.int64),
        np.zeros(shape, dtype=np.int64),
    )
    for i, area in enumerate(areas):
        for j, works in enumerate(TRENCH_WORKS):
            rule = rules.get((area, works))
            if rule is None:
                continue
            forbids[i, j] = rule.verdict is Allowed.FORBIDDEN
            land[i, j] = LANDS.index(rule.price) if rule.price else 0
            bits[i, j] = 1 << names.index(rule.approval) if rule.approval else 0
    return forbids, land, bits
