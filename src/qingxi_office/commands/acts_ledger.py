"""The townships' act in the ledger: a silent fan mended and closed on the spot, and a blockage raised against county finance."""

from typing import Any

from qingxi_office.commands.acts_walk import drawn_picture
from qingxi_office.commands.story import Broken, Story


def townships_act(story: Story) -> str:
    """One clerk takes up the inspector's wish for a repair and closes it the day it is mended; another says what blocks her
    project.
    """
    fan = _on_the_spot(story)
    blockage = _blockage(story, fan)
    story.facts["townships"] = {
        "on_the_spot": fan.key, "state": fan.state, "closed_by": str(fan.closed_by_unit),
        "blockage": blockage.key if blockage else None, "against": str(blockage.rectifier) if blockage else "",
    }  # fmt: skip
    said = f"{fan.key} 风机不响,{fan.closed_by_unit}当天照片加读数当场销号"
    if blockage is None:
        return f"{said};没有县财政局,没有提堵点"
    return f"{said};{blockage.key} {blockage.raiser}提出资金堵点,请{blockage.rectifier}在 {blockage.due_on} 前解决"


def _on_the_spot(story: Story) -> Any:
    """The problem out of the round's wish for a repair (put in by hand where no round had one), closed."""
    from django.core.files.base import ContentFile

    from qingxi.issue import ASKED, Answer, Step
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.intake.models import PublicReport
    from qingxi_office.issues.actions import Piece, Refused, open_by_hand, open_from_report, take

    stations = FacilityRecord.objects.select_related("place__parent", "operator_unit", "owner_unit")
    report = PublicReport.objects.filter(channel="round", state="received").order_by("pk").first()
    station = stations.filter(key=report.facility).first() if report else None
    station = station or stations.filter(status="in_use").order_by("key").first()
    if station is None:
        raise Broken("没有设施")
    clerk = story.cast.clerk(station.place) or story.cast.officer
    if report is not None:
        row = open_from_report(report, by=clerk)
    else:
        row = open_by_hand(
            by=clerk, source="巡查", place=station.place, facility=station, title=f"{station.name}风机不响", cause="T04"
        )  # fmt: skip
    # Who rectifies never closes: where the township runs the station itself, the lead department does.
    who = clerk if clerk.unit_id not in (None, row.rectifier_id) else story.cast.officer

    def shown() -> list[Piece]:
        photo = ContentFile(drawn_picture(42), name="after.jpg")
        return [Piece("整改后照片", "风机换了轴承，转起来了", photo), Piece("读数", "风机电流 3.2 A")]

    try:
        if report is not None:
            take(row, Step.ON_SITE, by=who, evidence=shown())
            raise Broken("没有回访竟能销号")
    except Refused:
        pass
    asked = [Piece(ASKED, "报修的巡查员在场看了，认可", answer=Answer.YES)] if report is not None else []
    try:
        take(row, Step.ON_SITE, by=who, evidence=[*shown(), *asked])
    except Refused as error:
        raise Broken(f"{row.key} 当场销号被拒:{error}") from error
    row.refresh_from_db()
    return row


def _blockage(story: Story, fan: Any) -> Any:
    """County money that does not come, said by a clerk of another township (in a hamlet the only one) about her project."""
    from qingxi_office.issues.actions import raise_blockage
    from qingxi_office.places.models import Unit
    from qingxi_office.projects.models import ProjectRecord

    finance = Unit.objects.filter(name__endswith="财政局", level="县").order_by("pk").first()
    clerks = [c for c in story.cast.clerks.values() if c.unit_id is not None]
    if finance is None or not clerks:
        return None
    clerks.sort(key=lambda c: (fan.place.path.startswith(c.scope.path), c.scope.code))
    waiting = ProjectRecord.objects.exclude(place=None).exclude(key=story.facts.get("project", {}).get("key", ""))
    for clerk in clerks:
        project = waiting.filter(place__path__startswith=clerk.scope.path).order_by("key").first()
        if project is not None:
            break
    else:
        clerk, project = clerks[0], None
    what = project.name if project else f"{clerk.scope.name}的接户工程"
    return raise_blockage(
        by=clerk, title=f"县级配套资金没有到位，{what}开不了工"[:200], kind="资金", against=finance, project=project,
        place=None if project else clerk.scope, detail="施工单位已定，等县级配套资金下达后开工。",
    )  # fmt: skip
