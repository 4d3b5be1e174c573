"""The slow list (滞后名单): which townships are behind the time plan, by rule; numbers in the table ``bulletin``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qingxi.bulletin.township import TownshipRow
from qingxi.origin import Ref
from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class Planned:
    """Something the time plan wants done by a day: a project's delivery, a village's year. ``done`` as of the call-over."""

    ref: Ref
    name: str
    place: str
    due_on: date
    stage: str
    done: bool

    def late_days(self, on: date) -> int:
        """Calendar days past its day; 0 when it is done or not due."""
        return 0 if self.done else max(0, (on - self.due_on).days)


@dataclass(frozen=True, slots=True)
class Slow:
    """A township that is behind, with every reason and what it rests on."""

    place: str
    name: str
    reasons: tuple[str, ...]
    because: tuple[Ref, ...]


def slow_list(
    rows: Iterable[TownshipRow], planned: Iterable[Planned], on: date, target: float | None = None
) -> tuple[Slow, ...]:
    """Townships behind the time plan, most reasons first.

    Parameters
    ----------
    target : float, optional
        The year's task as a share, 0 to 1. Judged from the month of the table on; a township without villages in the
        denominator has no rate to be behind with.
    """
    table = load_table("bulletin")
    lines = list(planned)
    out = []
    for row in rows:
        reasons: list[str] = []
        because: list[Ref] = []
        late = [p for p in lines if p.place.startswith(row.place) and p.late_days(on) >= table["slow.project_days"]]
        if len(late) >= table["slow.projects"]:
            worst = max(late, key=lambda p: (p.late_days(on), p.name))
            reasons.append(f"{len(late)} 个项目晚于计划，最长 {worst.late_days(on)} 天（{worst.name}）")
            because += [p.ref for p in late]
        if len(row.overdue) >= table["slow.overdue"]:
            reasons.append(f"逾期未销号问题 {len(row.overdue)} 件")
            because += row.overdue
        if target is not None and row.figure.n and on.month >= table["slow.rate_month"]:
            share = row.figure.part / row.figure.n
            if share < target - table["slow.rate_gap"] / 100:
                lacks = -(-target * row.figure.n // 1) - row.figure.part
                reasons.append(
                    f"治理率 {row.figure.printed}，低于全年目标 {target * 100:g}%，还差 {lacks:.0f} 个村"
                )
                because.append(row.figure.ref)
        if reasons:
            out.append(Slow(row.place, row.name, tuple(reasons), tuple(dict.fromkeys(because))))
    return tuple(sorted(out, key=lambda s: (-len(s.reasons), s.place)))
