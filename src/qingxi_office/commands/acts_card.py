"""The acts of looking again: a problem closed on the spot came back, and the township is shown a yellow card by the whole cycle."""

from typing import Any

from qingxi_office.commands.acts_walk import drawn_picture
from qingxi_office.commands.story import Broken, Story


def look_again(story: Story) -> str:
    """A screen cleared and closed on the spot last week is blocked again: the county reopens it with what it saw."""
    from django.core.files.base import ContentFile

    from qingxi.calendar import WorkingDays
    from qingxi.issue import Step
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.issues.actions import Piece, Refused, open_by_hand, take

    station = (
        FacilityRecord.objects.filter(status="in_use")
        .select_related("place__parent", "operator_unit", "owner_unit")
        .order_by("-key")
        .first()
    )
    if station is None:
        raise Broken("没有在用的设施")
    officer, working = story.cast.officer, WorkingDays()
    clerk = story.cast.clerk(station.place) or officer
    then = working.add(story.day(), -5)
    row = open_by_hand(
        by=clerk, source="巡查", place=station.place, facility=station, title=f"{station.name}格栅堵塞，进水不畅", on=then
    )  # fmt: skip
    # Who rectifies never closes: where the township runs the station itself, the lead department does.
    who = clerk if clerk.unit_id not in (None, row.rectifier_id) else officer
    photo = ContentFile(drawn_picture(43), name="after.jpg")
    shown = [Piece("整改后照片", "栅渣清走了", photo), Piece("读数", "格栅前后水位差 3 cm")]
    seen = [Piece("反弹情况", "格栅又堵了，水位差 20 cm，没有人按班清渣")]
    try:
        take(row, Step.ON_SITE, by=who, evidence=shown, on=then)
        row.refresh_from_db()
        take(
            row, Step.REOPEN, by=officer, evidence=seen, note="回头看，格栅又堵了", on=story.day(),
            due_on=working.add(story.day(), 5),
        )  # fmt: skip
    except Refused as error:
        raise Broken(f"{row.key} 的回头看被拒:{error}") from error
    row.refresh_from_db()
    story.facts["reopened"] = {
        "issue": row.key,
        "state": row.state,
        "closed_then": str(then),
        "due": str(row.due_on),
    }
    return f"{row.key} {then:%m-%d} 当场销号，今天又堵了，反弹重开，{row.due_on} 前整改；历史都在"


def show_card(story: Story, over: Any) -> str:
    """The card that the month's call-over proposes: told, answered by the township, decided by a named officer."""
    from qingxi_office.bulletins.actions import answer_card, decide_card, notice_card
    from qingxi_office.bulletins.models import CardRecord

    officer = story.cast.officer
    # Proposed by this call-over, or by the week's, where that township's card already waits.
    waiting = CardRecord.objects.filter(state="建议").select_related("place")
    row = waiting.filter(callover=over).order_by("pk").first() or waiting.order_by("pk").first()
    if row is None:
        raise Broken("有反弹重开的问题，调度却没有建议亮牌")
    try:
        decide_card(row, row.proposed, by=officer)
        raise Broken("没有告知乡镇竟能亮牌")
    except ValueError:
        pass
    row = notice_card(row, by=officer, on=story.day())
    clerk = story.cast.clerk(row.place) or officer
    row = answer_card(row, "没有异议。清渣没有排班，本周排到人，每天登记。", by=clerk)
    row = decide_card(row, row.proposed, by=officer, on=story.day())
    story.facts["card"] = {
        "id": row.pk, "place": row.place.name, "card": row.decided, "state": row.state, "by": row.decided_by_name,
        "reasons": list(row.reasons),
    }  # fmt: skip
    return f"{row.place.name}{row.decided}（{'、'.join(row.reasons)}；告知、说明以后{row.decided_by_name}决定）"
