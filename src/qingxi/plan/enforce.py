"""From an officer's decisions to a problem and a guard: what can be written into the problem is, the rest is held by penalties."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.origin import Fault, Severity
from qingxi.plan.guard import ANY, JOIN, PLANT, Guard, Place
from qingxi.plan.layout import Ground
from qingxi.plan.override import KIND_ZH, Override, OverrideKind
from qingxi.plan.pricing import NO_SERVICE
from qingxi.plan.problem import Problem
from qingxi.standard import load_table

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
OWN_MODES = ("onsite", "reuse", "controlled")
SEWERED = {"town_connection": JOIN, "shared_plant": PLANT}
MODE_WORDS = {
    "town_connection": "近纳管",
    "shared_plant": "聚集中",
    "onsite": "散分户",
    "reuse": "资源利用",
    "controlled": "管控",
}


@dataclass(frozen=True, slots=True)
class Enforced:
    """A problem made around decisions.

    Attributes
    ----------
    problem : Problem
        With modes, forbidden sites and roads written in; its bound is valid for every plan that keeps the decisions.
    guard : Guard
    touched : bool[overrides, nodes]
        Nodes each decision is about.
    usable : bool[overrides]
        False: cannot be kept, a fault says why.
    faults : tuple of Fault
    """

    problem: Problem
    guard: Guard
    touched: Bools
    usable: Bools
    faults: tuple[Fault, ...]


def enforce(
    problem: Problem, overrides: Sequence[Override], freed: npt.NDArray[np.bool_] | None = None
) -> Enforced:
    """Write decisions into a problem.

    Parameters
    ----------
    freed : bool[households], optional
        Households whose decided mode turned out to be impossible: they choose freely.
    """
    return _Enforcing(problem, overrides, freed).run()


class _Enforcing:
    def __init__(self, problem: Problem, overrides: Sequence[Override], freed: Bools | None) -> None:
        self.p, self.overrides = problem, list(overrides)
        n, members = problem.graph.nodes, problem.member.size
        self.freed = np.zeros(len(problem.houses), dtype=np.bool_) if freed is None else freed
        self.faults: list[Fault] = []
        self.usable = np.ones(len(self.overrides), dtype=np.bool_)
        self.touched = np.zeros((len(self.overrides), n), dtype=np.bool_)
        self.end_kind, self.pinned_by = np.zeros(members, dtype=np.int64), np.full(members, -1, dtype=np.int64)
        self.decided = np.full(len(problem.houses), -1, dtype=np.int64)  # household: number of its decision
        self.own_mode = problem.own_mode.copy()
        self.node, self.own = problem.homes.node.copy(), problem.homes.own.copy()
        self.site = problem.ground.site.copy()
        self.shut = np.zeros(problem.graph.arcs, dtype=np.bool_)
        self.places: list[Place] = []
        self.member_of = np.full(len(problem.houses), -1, dtype=np.int64)
        self.member_of[problem.member] = np.arange(members)
        self.norms = load_table("override")
        self.street_row = np.zeros(0, dtype=np.int64)
        if any(one.kind in (OverrideKind.FORCE_ROAD, OverrideKind.FORBID_ROAD) for one in overrides):
            self.street_row = street_rows(problem, self.norms["road.on_street"])

    def run(self) -> Enforced:
        narrow = sorted(range(len(self.overrides)), key=lambda i: -narrowness(self.overrides[i]))
        for i in narrow:
            if self.overrides[i].kind is OverrideKind.MODE:
                self._mode(i, self.overrides[i])
        for i, one in enumerate(self.overrides):
            if one.kind is OverrideKind.FORBID_SITE:
                self._forbid_site(i, one)
            elif one.kind is OverrideKind.FORBID_ROAD:
                self._road(i, one)
        for i, one in enumerate(self.overrides):
            if one.kind is OverrideKind.REQUIRE_SITE:
                self._require_site(i, one)
            elif one.kind is OverrideKind.FORCE_ROAD:
                self._road(i, one)
        p = self.p
        ground = p.ground._replace(site=self.site)
        if self.shut.any():
            ground = without_arcs(ground, self.shut)
        homes = p.homes._replace(node=self.node, own=self.own)
        changed = replace(p, ground=ground, homes=homes, own_mode=self.own_mode)
        guard = Guard(self.end_kind, self.pinned_by, tuple(self.places))
        return Enforced(changed, guard, self.touched, self.usable, tuple(self.faults))

    def _refuse(self, i: int, value: str, rule: str, remedy: str, code: str, *, whole: bool = True) -> None:
        severity = Severity.ERROR if whole else Severity.WARNING
        self.faults.append(refusal(self.overrides[i], value, rule, remedy, code, severity))
        if whole:
            self.usable[i] = False

    def _households(self, i: int, one: Override) -> Ints | None:
        """Rows of the households a decision is about; None with a fault where the target is unknown."""
        p = self.p
        if one.household:
            rows = np.flatnonzero(p.houses.id.astype(str) == one.household)
            what = "户编号"
        elif one.hamlet:
            rows = np.flatnonzero(np.isin(p.own.hamlet, np.flatnonzero(p.hamlets.id.astype(str) == one.hamlet)))
            what = "自然村编号"
        else:
            villages = p.given.villages
            code = villages.code.astype(str) if villages is not None else np.zeros(0, dtype=str)
            of = np.flatnonzero(code == one.village)
            rows = (
                np.flatnonzero(np.isin(p.hamlets.village[p.own.hamlet], of)) if of.size else np.zeros(0, np.int64)
            )
            what = "行政村代码"
        if rows.size == 0:
            self._refuse(i, one.target, f"{what}在数据里没有住户", "核对编号", "override-target")
            return None
        return np.asarray(rows)

    def _mode(self, i: int, one: Override) -> None:
        p, rows = self.p, self._households(i, one)
        if rows is None:
            return
        narrow = narrowness(one)
        clash = [k for k in np.unique(self.decided[rows]) if k >= 0 and narrowness(self.overrides[k]) == narrow]
        if any(self.overrides[k].mode != one.mode for k in clash):
            self._refuse(
                i,
                one.target,
                f"与调整 {self.overrides[clash[0]].id} 对同一处定了不同的模式",
                "只留一条",
                "override-clash",
            )
            return
        rows = rows[(self.decided[rows] < 0) & ~self.freed[rows]]
        self.decided[rows] = i
        mine = self.member_of[rows]
        if one.mode in OWN_MODES:
            can = np.isfinite(p.own.pv[one.mode][rows])
            why = self._why_not_own(one.mode, rows)
            self.own_mode[rows[can]] = one.mode
            inside = mine[can & (mine >= 0)]
            self.node[inside] = -1
            self.own[inside] = p.own.pv[one.mode][p.member[inside]]
        else:
            can = mine >= 0
            why = "附近没有可排水的街巷，或属管控户"
            possible = p.ground.join >= 0 if one.mode == "town_connection" else self.site > 0
            if not possible.any():
                can[:] = False
                why = "没有可接入的管网" if one.mode == "town_connection" else "没有允许建站的位置"
            inside = mine[can]
            self.own[inside] = NO_SERVICE
            self.end_kind[inside], self.pinned_by[inside] = SEWERED[one.mode], i
        slots = p.homes.node[mine[mine >= 0]]
        self.touched[i, slots[slots >= 0]] = True
        if not can.all():
            self.decided[rows[~can]] = -1
            self._refuse(
                i, one.target, f"{int((~can).sum())} 户不能{MODE_WORDS[one.mode]}：{why}", "核对条件，或改定别的模式",
                "override-mode-impossible", whole=not can.any(),
            )  # fmt: skip

    def _why_not_own(self, mode: str, rows: Ints) -> str:
        p = self.p
        if mode == "controlled":
            return "不是搬迁撤并类村庄"
        words = p.own.why_not_reuse[p.own.hamlet[rows]] if mode == "reuse" else np.zeros(0, dtype=object)
        said = [str(w) for w in np.unique(words.astype(str)) if w]
        return said[0] if said else "没有黑灰分离或三格化粪池" if mode == "reuse" else "规划要求不用户用设施"

    def _near(self, one: Override, key: str) -> Bools:
        radius = one.radius_m if np.isfinite(one.radius_m) else self.norms[key]
        g = self.p.graph
        near: Bools = np.hypot(g.x_m - one.x_m, g.y_m - one.y_m) <= radius
        return near

    def _forbid_site(self, i: int, one: Override) -> None:
        if one.placed:
            near = self._near(one, "forbid.radius")
        else:
            rows = self._households(i, one)
            if rows is None:
                return
            near = _beside(self.p, rows)
        self.touched[i] = near
        if not (self.site[near] > 0).any():
            self.faults.append(
                refusal(
                    one, one.target, "那里本来就没有可建站的位置", "不需要这条调整，或核对点位", "override-idle",
                    Severity.WARNING,
                )
            )  # fmt: skip
        self.site[near] = 0

    def _require_site(self, i: int, one: Override) -> None:
        near = np.flatnonzero(self._near(one, "require.radius") & (self.site > 0))
        if near.size == 0:
            reach = np.flatnonzero(self._near(one, "require.radius"))
            why = "附近没有街巷" if reach.size == 0 else "在保护区内、离房屋太近或另有调整不许建站"
            self._refuse(i, one.target, f"此处不能建站：{why}", "换一个点位", "override-site-impossible")
            return
        g = self.p.graph
        anchor = near[np.argmin(np.hypot(g.x_m[near] - one.x_m, g.y_m[near] - one.y_m))]
        self.touched[i, near] = True
        self.places.append(
            Place(i, int(anchor), near, np.zeros(0, dtype=np.int64), np.zeros(0), 1.0)
        )  # fmt: skip

    def _road(self, i: int, one: Override) -> None:
        rows = streets_of(self.p, one)
        arcs = np.flatnonzero(np.isin(self.street_row, rows))
        if arcs.size == 0:
            self._refuse(i, one.target, "没有这条街巷，或它不能走管", "核对街巷编号", "override-street")
            return
        g = self.p.graph
        self.touched[i, g.tail[arcs]] = self.touched[i, g.head[arcs]] = True
        if one.kind is OverrideKind.FORBID_ROAD:
            self.shut[arcs] = True
            return
        open_ = arcs[~self.shut[arcs]]
        if open_.size == 0:
            self._refuse(i, one.target, "另有调整不许走此路", "只留一条", "override-clash")
            return
        share = self.norms["road.share"] * _length_of(self.p, rows) / float(g.length_m[open_].sum())
        if share > 1:
            self._refuse(
                i,
                one.target,
                "这条路能走管的部分太短（其余出了高程范围、进了保护区或不许走）",
                "换一条路",
                "override-street",
            )
            return
        middle = open_[np.argmin(np.abs(np.cumsum(g.length_m[open_]) - 0.5 * g.length_m[open_].sum()))]
        self.places.append(
            Place(i, int(g.tail[middle]), np.zeros(0, dtype=np.int64), open_, g.length_m[open_], share)
        )  # fmt: skip


def narrowness(one: Override) -> int:
    """3 for a household, 2 for a hamlet, 1 for a village."""
    return 3 if one.household else 2 if one.hamlet else 1


def refusal(
    one: Override, value: str, rule: str, remedy: str, code: str, severity: Severity = Severity.ERROR
) -> Fault:
    """A fault of a decision, which names it."""
    return Fault("overrides", one.row, KIND_ZH[one.kind], f"{one.id} {value}", rule, remedy, code, severity)


def _beside(p: Problem, rows: Ints) -> Bools:
    """Nodes whose nearest house is one of these."""
    from scipy.spatial import cKDTree

    _, near = cKDTree(np.column_stack([p.houses.x_m, p.houses.y_m])).query(
        np.column_stack([p.graph.x_m, p.graph.y_m])
    )
    beside: Bools = np.isin(near, rows)
    return beside


def street_rows(p: Problem, within_m: float) -> Ints:
    """For every arc the row of the street it lies on; −1 for our own short ways to sites and joining points."""
    g, streets = p.graph, p.given.streets
    found = np.full(g.arcs, -1, dtype=np.int64)
    if streets is None or g.arcs == 0 or len(streets) == 0:
        return found
    lines = np.atleast_1d(
        shapely.linestrings(streets.coords_m, indices=np.repeat(np.arange(len(streets)), np.diff(streets.offsets)))
    )
    courses = np.atleast_1d(
        shapely.linestrings(g.coords_m, indices=np.repeat(np.arange(g.arcs), np.diff(g.offsets)))
    )
    middle = shapely.line_interpolate_point(courses, 0.5, normalized=True)
    pair = shapely.STRtree(lines).query_nearest(middle, max_distance=within_m, all_matches=False)
    found[pair[0]] = pair[1]
    return found


def streets_of(p: Problem, one: Override) -> Ints:
    """Rows of the streets a decision speaks of: by id, else the nearest to its point within the table's reach."""
    streets = p.given.streets
    if streets is None or len(streets) == 0:
        return np.zeros(0, dtype=np.int64)
    if one.street or not one.placed:
        return np.flatnonzero(streets.id.astype(str) == one.street)
    lines = np.atleast_1d(
        shapely.linestrings(streets.coords_m, indices=np.repeat(np.arange(len(streets)), np.diff(streets.offsets)))
    )
    reach = one.radius_m if np.isfinite(one.radius_m) else load_table("override")["road.reach"]
    found = shapely.STRtree(lines).query_nearest(
        shapely.points(one.x_m, one.y_m), max_distance=reach, all_matches=False
    )
    return np.asarray(found, dtype=np.int64)


def _length_of(p: Problem, rows: Ints) -> float:
    streets = p.given.streets
    assert streets is not None
    parts = [streets.coords_m[streets.offsets[i] : streets.offsets[i + 1]] for i in rows]
    return float(sum(np.hypot(*np.diff(part, axis=0).T).sum() for part in parts))


def without_arcs(ground: Ground, shut: Bools) -> Ground:
    """The same ground whose neighbours do not include those along these arcs."""
    keep = ~shut[ground.arc]
    n = ground.ground_m.shape[0]
    owner = np.repeat(np.arange(n), np.diff(ground.indptr))[keep]
    indptr = np.zeros(n + 1, dtype=np.int64)
    indptr[1:] = np.cumsum(np.bincount(owner, minlength=n))
    return ground._replace(indptr=indptr, neighbour=ground.neighbour[keep], arc=ground.arc[keep])


__all__ = ["ANY", "Enforced", "enforce", "refusal", "street_rows", "streets_of", "without_arcs"]
