"""Rule ``hamlets``: the table by hamlet is the sum of its households, and systems name the hamlets they serve."""

import numpy as np

from qingxi.check.plan_read import PlanRead
from qingxi.check.violation import Findings

NEAR = 1e-6


def hamlets(plan: PlanRead, found: Findings) -> None:
    """Counts, people, flow and prevailing mode of every hamlet; the list of hamlets of every system."""
    ids = plan.text("hamlets", "hamlet_id").astype(str)
    of, mode = plan.text("households", "hamlet_id").astype(str), plan.text("households", "mode").astype(str)
    if not ids.size or not of.size:
        return
    sorter = np.argsort(ids, kind="stable")
    at = np.clip(np.searchsorted(ids, of, sorter=sorter), 0, ids.size - 1)
    place = sorter[at]
    known = ids[place] == of
    found.each(
        "hamlets",
        "households",
        ~known,
        plan.text("households", "household_id"),
        of,
        "",
        "自然村 {0} 不在自然村层里",
    )
    place, size = place[known], ids.size
    count = np.bincount(place, minlength=size)
    told = plan.whole("hamlets", "households")
    found.each("hamlets", "hamlets", told != count, ids, told, count, "写 {0} 户，户层里 {1} 户")
    for name, words in (("people_resident", "常住人口"), ("flow_m3_d", "水量")):
        total = np.bincount(place, weights=plan.numbers("households", name)[known], minlength=size)
        said = plan.numbers("hamlets", name)
        bad = ~(np.abs(said - total) <= NEAR * (1 + total))
        found.each("hamlets", "hamlets", bad, ids, said, total, words + "写 {0}，各户之和 {1}")
    _modes(plan, ids, place, mode[known], found)
    _named(plan, ids, place, known, found)


def _modes(plan: PlanRead, ids: np.ndarray, place: np.ndarray, mode: np.ndarray, found: Findings) -> None:
    """A hamlet's mode is one that no other mode of its households outnumbers."""
    modes, index = np.unique(mode, return_inverse=True)
    table = np.zeros((ids.size, modes.size), dtype=np.int64)
    np.add.at(table, (place, index.ravel()), 1)
    said = plan.text("hamlets", "mode").astype(str)
    column = {m: i for i, m in enumerate(modes)}
    mine = np.array([table[i, column[m]] if m in column else -1 for i, m in enumerate(said)])
    lived = table.sum(axis=1) > 0
    found.each("hamlets", "hamlets", lived & (mine < table.max(axis=1)), ids, said, "", "模式 {0} 不是多数户的模式")


def _named(plan: PlanRead, ids: np.ndarray, place: np.ndarray, known: np.ndarray, found: Findings) -> None:
    """Each system's list of hamlets is that of its households."""
    system = plan.whole("households", "system_id")[known]
    real: dict[int, set[str]] = {}
    pairs = np.unique(np.column_stack([system, place]), axis=0)
    for s, p in pairs.tolist():
        real.setdefault(s, set()).add(str(ids[p]))
    found.held("hamlets", plan.rows("systems"))
    for one, text in zip(plan.whole("systems", "system_id"), plan.text("systems", "hamlets"), strict=True):
        said = {part.strip() for part in str(text).split(",") if part.strip()}
        if said != real.get(int(one), set()):
            odd = sorted(said ^ real.get(int(one), set()))
            found.add("hamlets", "systems", one, f"所列自然村与各户的不一致：{'、'.join(odd[:3])}")
