"""Why no plant may stand near a hamlet: the rules that refuse its street nodes, by name."""

import numpy as np

from qingxi.plan.ends import site_reasons
from qingxi.plan.problem import Problem

NO_SITE = "街巷上没有允许建站的位置"
NEAREST = 3


def why_no_site(problem: Problem) -> list[str]:
    """For every hamlet, in Chinese; names the rules that refuse the street nodes nearest its houses, the commonest first."""
    from scipy.spatial import cKDTree

    p, g = problem, problem.graph
    names = site_reasons(p.given, p.norms)
    said = [NO_SITE] * len(p.hamlets)
    if g.nodes == 0:
        return said
    near = min(NEAREST, g.nodes)
    tree = cKDTree(np.column_stack([g.x_m, g.y_m]))
    _, node = tree.query(np.column_stack([p.houses.x_m, p.houses.y_m]), k=near)
    why = p.ends.refused[node.reshape(-1)]
    hamlet = np.repeat(p.own.hamlet, near)
    count = np.zeros((len(p.hamlets), len(names)), dtype=np.int64)
    np.add.at(count, (hamlet[why >= 0], why[why >= 0]), 1)
    for i in range(len(p.hamlets)):
        told = [names[k] for k in np.argsort(-count[i], kind="stable") if count[i, k]]
        if told:
            said[i] = f"{NO_SITE}：{'、'.join(told[:3])}"
    return said
