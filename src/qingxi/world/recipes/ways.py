"""Ways while they are drawn: lines that meet in nodes with equal coordinates."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from qingxi.world.roads import Roads

F64 = npt.NDArray[np.float64]

THROUGH = ("road", "street")
"""Kinds that carry traffic from place to place; mains of the towns lie in these."""


@dataclass
class Ways:
    """Nodes and the lines between them; lists grow as a recipe draws.

    ``hamlet`` is -1 for roads between hamlets; ``kind`` is road, street, lane or track.
    """

    xy: list[tuple[float, float]] = field(default_factory=list)
    lines: list[F64] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    hamlet: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)

    def node(self, x: float, y: float) -> int:
        """A new node; its number."""
        self.xy.append((round(float(x), 3), round(float(y), 3)))
        return len(self.xy) - 1

    def add(self, start: int, end: int, hamlet: int, kind: str, between: F64 | None = None) -> F64:
        """A way from node to node over the vertices ``between``; returns its line in metres."""
        inner = np.empty((0, 2)) if between is None else np.round(between, 3)
        line = np.vstack([self.xy[start], inner, self.xy[end]])
        self.lines.append(line)
        self.ends.append((start, end))
        self.hamlet.append(hamlet)
        self.kind.append(kind)
        return line

    def split(self, line: F64, at_m: list[float], hamlets: list[int], kind: str) -> list[int]:
        """Add a long line as ways between nodes at ascending chainages (metres); ``hamlets[k]`` owns stretch k.

        ``at_m`` begins at 0 and ends at the line's length. Returns the nodes.
        """
        run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        spots = np.column_stack([np.interp(at_m, run, line[:, 0]), np.interp(at_m, run, line[:, 1])])
        nodes = [self.node(x, y) for x, y in spots.tolist()]
        for k in range(len(nodes) - 1):
            inside = line[(run > at_m[k] + 1.0) & (run < at_m[k + 1] - 1.0)]
            self.add(nodes[k], nodes[k + 1], hamlets[k], "street" if hamlets[k] >= 0 else kind, inside)
        return nodes

    def roads(self, site_node: npt.NDArray[np.int64]) -> Roads:
        """The through ways in the form in which the towns' mains are led along them."""
        through = [i for i, k in enumerate(self.kind) if k in THROUGH]
        used = {n for i in through for n in self.ends[i]} | set(site_node.tolist())
        return Roads(
            [self.lines[i] for i in through],
            np.array([self.ends[i] for i in through], dtype=np.int64).reshape(-1, 2),
            site_node,
            {n: self.xy[n] for n in sorted(used)},
        )
