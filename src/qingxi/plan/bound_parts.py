"""Cutting a county into parts of limited size where its settlements lie farthest apart."""

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.plan.parting import gaps_along, join_parts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALONG_INCUMBENT = 0.2  # a gap the incumbent crosses counts as so much narrower


def cut_into_parts(ground: Ground, homes: Homes, incumbent: Layout | None, most: int) -> Ints:
    """Number the parts of every node, from 0; a part has at most ``most`` houses unless one node has more."""
    n = ground.ground_m.shape[0]
    first = homes.node[:, 0]
    settled = np.zeros(n, dtype=np.bool_)
    settled[first[first >= 0]] = True
    weight = gaps_along(ground, settled)
    if incumbent is not None:
        used = incumbent.next_arc[incumbent.next_arc >= 0]
        weight[used] *= ALONG_INCUMBENT
    size = np.bincount(first[first >= 0], minlength=n).astype(np.int64)
    _, part = np.unique(
        join_parts(ground, np.argsort(weight, kind="stable"), np.zeros(0, dtype=np.int64), size, most),
        return_inverse=True,
    )
    return part.reshape(-1).astype(np.int64)
