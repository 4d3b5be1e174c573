"""Lines counted from works, problems and township seats."""

from datetime import date, timedelta
from typing import Any

from qingxi.indicator.leaf import Leaf, Leaves, named


def dug_once(d: Any, records: Any, as_of: date) -> Leaves:
    """Clashes of road and sewer that were made one job."""
    together = str(d.numerator["state"])
    out = tuple(
        Leaf(x.ref, x.name, int(x.state == together), 1, x.state, group=x.state) for x in records.facts.digs
    )  # fmt: skip
    open_ = [x.name for x in records.facts.digs if x.state in ("未处理", "已提议")]
    return Leaves(out, "查出的路管冲突", named("还没有定，按没有同步计", open_))


def closing(d: Any, records: Any, as_of: date) -> Leaves:
    """Problems that fell due in the period and were closed by then."""
    since = as_of - timedelta(days=int(d.numerator["days"]))
    out = []
    for x in records.facts.cases:
        if not since < x.due_on <= as_of:
            continue
        done = x.closed_on if x.closed_on is not None and x.closed_on <= as_of else None
        if done is None:
            why, group = f"期限 {x.due_on:%Y-%m-%d}，还没有销号", "超期未销"
        elif done > x.due_on:
            why, group = f"期限 {x.due_on:%Y-%m-%d}，{done:%Y-%m-%d} 才销号", "逾期销号"
        else:
            why, group = f"期限 {x.due_on:%Y-%m-%d}，{done:%Y-%m-%d} 销号", "按期销号"
        out.append(Leaf(x.ref, x.name, int(group == "按期销号"), 1, why, group=group))
    return Leaves(tuple(out), f"{d.numerator['days']} 天内到期的问题")


def seats(d: Any, records: Any, as_of: date) -> Leaves:
    """Township seats whose sewage goes to a plant, their own or another's."""
    out, unknown = [], []
    for s in records.facts.seats:
        if s.served is None:
            unknown.append(s.name)
        group = "有去处" if s.served else "没有去处"
        lacking = "没有登记" if s.served is None else ""
        out.append(Leaf(s.ref, s.name, int(bool(s.served)), 1, s.why or group, lacking, group, s.because))
    return Leaves(tuple(out), "登记过的乡镇政府驻地", named("没有登记，不知道", unknown))


def seats_running(d: Any, records: Any, as_of: date) -> Leaves:
    """Of the seats that are served, those whose plant ran when it was looked at."""
    out = []
    for s in records.facts.seats:
        lacking = "没有去处" if not s.served else "没有看过" if s.runs is None else ""
        out.append(
            Leaf(
                s.ref, s.name, int(bool(s.runs)), 1, s.why or ("运行" if s.runs else "没有运行"), lacking,
                "运行" if s.runs else "没有运行", s.because,
            )
        )  # fmt: skip
    return Leaves(tuple(out), "有去处且看过的乡镇政府驻地")
