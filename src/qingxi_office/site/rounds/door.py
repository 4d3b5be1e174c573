"""Rounds of the open door: orders of the hotline that fall due, disclosures that are overdue, the static pages."""

from __future__ import annotations

import datetime as dt

from qingxi.calendar import WorkingDays
from qingxi.standard import load_table
from qingxi_office.intake.models import HotlineOrder
from qingxi_office.notices.actions import tell
from qingxi_office.people.audience import holders, officers
from qingxi_office.people.models import Role
from qingxi_office.places.models import Place
from qingxi_office.published.models import Publication
from qingxi_office.site import owing
from qingxi_office.site.static_door import write_door
from qingxi_office.trail.actions import Doer

_DAYS = WorkingDays()


def hotline(by: Doer, now: dt.datetime) -> list[str]:
    """Who has to reply to an order learns when it is due and, once more, when it is overdue."""
    today, soon = now.date(), int(load_table("intake")["hotline.soon"])
    rows = [
        o for o in HotlineOrder.objects.filter(is_open=True, due_on__lte=_DAYS.add(today, soon)).prefetch_related("rounds")
        if not (last := list(o.rounds.all())[-1:]) or last[0].replied_on is None
    ]  # fmt: skip
    paths = dict(
        Place.objects.filter(code__in={o.village_code for o in rows}, valid_to=None).values_list("code", "path")
    )
    late = 0
    for order in rows:
        over = order.due_on < today
        late += over
        path = paths.get(order.village_code, "")
        people = officers() | (holders([Role.TOWNSHIP_CLERK], path) if path else set())
        tell(
            people, "hotline_due", f"{order.number} {order.title}", once=f"hotline/{order.number}/{order.due_on}/{'late' if over else 'soon'}",
            href=f"/hotline/{order.number}/", text=f"要求 {order.due_on:%Y-%m-%d} 前答复" + ("，已超期" if over else ""),
        )  # fmt: skip
    return [f"工单 {len(rows)} 张快到期，其中超期 {late} 张"] if rows else []


def disclosure(by: Doer, now: dt.datetime) -> list[str]:
    """The list as it stands today goes up; what is overdue is told to the officers, once for each due day."""
    found = [line for line in owing.lines(now.date()) if line.standing.late]
    for line in found:
        tell(
            officers(), "disclosure_due", line.owed.what, once=f"owing/{line.owed.key}/{line.standing.due}", href="/door/",
            text=f"{line.owed.who}，最迟 {line.standing.due}，过期 {line.standing.late} 天；{line.owed.basis}",
        )  # fmt: skip
    if Publication.objects.filter(kind="owing", superseded_at=None).exists():  # the county has begun to publish it
        owing.publish_list(by=by, as_of=now.date())
    return [f"公开目录 {len(found)} 项过期"] if found else []


def static_pages(by: Doer, now: dt.datetime) -> list[str]:
    """The static door is written anew; a county that published nothing has none."""
    if not Publication.objects.filter(superseded_at=None).exists():
        return []
    done = write_door()
    return [f"静态页写了 {len(done.changed)} 个，去掉 {len(done.gone)} 个"] if done.changed or done.gone else []
