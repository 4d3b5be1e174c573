"""The act of reporting: two months of returns of the townships, by the product's own actions; one late, one sent back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from qingxi_office.commands.story import Story

# What a township of this demo types, by field, for the n-th township and month; invented.
_TEXTS = ("两个村的管沟要过村道，等交通局的路面切割意见", "无", "提升泵电费户名还没有过户", "塘边三户不同意埋管")
_PLANS = ("主街支管收尾，月底通水", "清掏化粪池，补接 12 户", "停运站换风机，配合县里抽查", "入户宣传，收齐管护费")


def _typed(n: int, month: int) -> dict[str, object]:
    base = 9.2 + 1.7 * (n % 7)
    return {
        "sewer_km": round(base + 0.12 * month, 2), "sewer_new_m": 120, "sludge_t": 3 + n % 4, "septage_m3": 12 + 2 * n,
        "care_fee_yuan": 1800 + 260 * n, "publicity_times": 2 + n % 3, "trained_people": 6 + n,
        "difficulties": _TEXTS[n % len(_TEXTS)], "next_month": _PLANS[(n + month) % len(_PLANS)],
    }  # fmt: skip


def hand_in_returns(story: Story) -> str:
    """September: all in, one late, approved and locked. October: the first township has not begun, one is late, one came
    back, one waits for the county, the rest are approved."""
    from qingxi.filing import Period, PeriodKind
    from qingxi_office.returns import actions
    from qingxi_office.returns.models import ReturnForm
    from qingxi_office.trail.actions import Office

    by = Office("演示")
    actions.keep_shipped(by=by)
    form = ReturnForm.objects.get(key="monthly", is_current=True)
    last = Period.of(PeriodKind.MONTH, story.day()).before
    said: dict[str, int] = {}
    late_n = back_n = 0
    for month, when in enumerate((last.before, last)):
        period = actions.open_period(form, when, by=by, quiet=month == 0, on=when.last_day)
        rows = list(
            period.returns.select_related("period", "period__form", "unit", "place").order_by("place__code")
        )
        for n, row in enumerate(rows):
            if month == 1 and n == 0:
                continue  # the clerk of the journey fills this one in
            clerk = story.cast.clerk(row.place) or story.cast.officer
            row, refused = actions.put_in(row, _typed(n, month), by=clerk)
            if refused:
                raise ValueError(f"{row.key}：{refused}")
            _answer(actions, row, clerk)
            if month == 1 and n == 3:
                continue  # complete and not handed in: complete is not submitted
            late = n == (5 if month == 0 else 1)
            late_n += late
            row = _submitted(
                actions, row, clerk, story.cast.closer, period.due_on + timedelta(days=2 if late else -1)
            )
            if month == 1 and n == 2:
                back_n += 1
                actions.send_back(row, "管护费收缴户数没有写清，困难一栏写明是哪两个村", by=story.cast.officer)
            elif not (month == 1 and n in (1, 4)):
                actions.approve(row, by=story.cast.officer)
        if month == 0:
            actions.lock_period(period, by=story.cast.officer)
        said[when.key] = len(rows)
    others = [actions.open_period(f, Period.of(PeriodKind(f.period_kind), story.day()).before, by=by) for f in
              ReturnForm.objects.filter(is_current=True).exclude(key="monthly")]  # fmt: skip
    story.facts["returns"] = said | {p.form_key: p.key for p in others}
    return f"{'、'.join(said)} 两个月的月调度表各 {max(said.values())} 份，迟报 {late_n} 份、退回 {back_n} 份；季报、半年报已开表"


def _answer(actions: Any, row: Any, clerk: Any) -> None:
    """Whatever still asks for a reason in the made-up figures is explained as a clerk would."""
    from qingxi_office.returns.queries import law_of

    for doubt in law_of(row).doubts:
        if doubt.stands and not doubt.mend:
            actions.explain(row, doubt.check, "已与站长核实，属实", by=clerk)


def _submitted(actions: Any, row: Any, clerk: Any, officer: Any, on: date) -> Any:
    """Handed in on paper on that day and written down now by the county, as 补录 is."""
    return actions.submit(row, by=officer if officer is not None else clerk, on=on)
