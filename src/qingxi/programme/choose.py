"""Choosing years (排序): which system is built in which year, so that the most people are served early within the money.

A small mixed-integer program. For each year and each set of uses, the money wanted for those uses is at most what the
sources that may pay for any of them hold: by Hall's condition that is exactly when payments exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from qingxi.programme.fund import Fund, Use
from qingxi.programme.lot import Candidate

_YUAN = 100  # the solver counts in whole yuan: needs rounded up, money rounded down


@dataclass(frozen=True)
class Choice:
    """Year by system id; ``gap`` by the solver's bound (0: proven best)."""

    year: dict[str, int]
    gap: float


def choose_years(
    candidates: Sequence[Candidate],
    years: Sequence[int],
    funds: Sequence[Fund],
    needs: Mapping[tuple[str, int], Mapping[tuple[int, Use], int]],
    points: Mapping[tuple[str, int], float],
    taken: Mapping[tuple[int, Use], int],
    *,
    gap: float,
    seconds: float,
) -> Choice:
    """Choose a year, or none, for each system.

    Parameters
    ----------
    needs : mapping
        For (system, year of building): fen by (year of payment, use). Only these pairs are allowed.
    points : mapping
        Worth of (system, year), above 0.
    taken : mapping
        Fen already promised, by (year, use).
    gap, seconds : float
        Where the solver may stop.

    Returns
    -------
    Choice
        Cost: 500 systems by 4 years in about a second.
    """
    pairs = [(c.id, y) for c in candidates for y in years if (c.id, y) in needs]
    if not pairs:
        return Choice({}, 0.0)
    column = {pair: k for k, pair in enumerate(pairs)}
    rows, cols, data, upper = [], [], [], []
    row = 0
    for c in candidates:
        mine = [column[c.id, y] for y in years if (c.id, y) in column]
        if mine:
            rows += [row] * len(mine)
            cols += mine
            data += [1.0] * len(mine)
            upper.append(1.0)
            row += 1
    uses = sorted({use for need in needs.values() for _, use in need} | {use for _, use in taken})
    pay_years = sorted({year for need in needs.values() for year, _ in need})
    for year in pay_years:
        mine_funds = [fund for fund in funds if fund.year == year]
        for size in range(1, len(uses) + 1):
            for group in combinations(uses, size):
                money = sum(fund.amount_fen for fund in mine_funds if fund.uses & set(group))
                money -= sum(taken.get((year, use), 0) for use in group)
                for pair, k in column.items():
                    wanted = sum(needs[pair].get((year, use), 0) for use in group)
                    if wanted > 0:
                        rows.append(row)
                        cols.append(k)
                        data.append(float(-(-wanted // _YUAN)))
                upper.append(float(money // _YUAN))
                row += 1
    matrix = sparse.csr_matrix((data, (rows, cols)), shape=(row, len(pairs)))
    worth = np.array([points[pair] for pair in pairs])
    done = milp(
        -worth,
        constraints=LinearConstraint(matrix, -np.inf, np.array(upper)),
        integrality=np.ones(len(pairs)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": gap, "time_limit": seconds},
    )
    if done.x is None:
        return Choice({}, 1.0)
    chosen = {pairs[k][0]: pairs[k][1] for k in np.flatnonzero(done.x > 0.5).tolist()}
    best = float(done.mip_dual_bound) if done.mip_dual_bound is not None else float(done.fun)
    reached = float(done.fun)
    return Choice(chosen, abs(best - reached) / max(abs(best), 1e-9))
