"""The act of meeting: the leading group is founded and its next 推进会 called, with an agenda from the books."""

from qingxi_office.commands.story import Story


def call_meeting(story: Story) -> str:
    """The county's and the townships' people sit in one group; Thursday's meeting talks about what the books show."""
    from datetime import datetime, time

    from django.utils import timezone

    from qingxi_office.meetings.actions import arrange, go, keep_group, next_thursday
    from qingxi_office.meetings.models import Meeting, Member

    cast = story.cast
    sitting = [
        {"name": cast.closer.name, "unit_id": cast.closer.unit_id, "title": cast.closer.title, "role": Member.Role.HEAD},
        {"name": cast.officer.name, "unit_id": cast.officer.unit_id, "title": cast.officer.title, "role": Member.Role.SECRETARY},
        *({"name": p.name, "unit_id": p.unit_id, "title": p.title} for p in cast.clerks.values()),
    ]  # fmt: skip
    place = cast.officer.scope
    if place is None:
        raise ValueError("县主管没有辖区")
    group = keep_group(
        f"{place.name}农村生活污水治理领导小组", place, sitting, by=cast.officer, document="演示用，无文号"
    )
    at = timezone.make_aware(datetime.combine(next_thursday(story.day()), time(9)))
    meeting = arrange(group, Meeting.Kind.PROGRESS, at, by=cast.officer, room="县政府三楼会议室")
    items = meeting.items.count()
    if items:
        go(meeting, Meeting.State.CALLED, by=cast.officer)
    story.facts["meeting"] = {"key": meeting.key, "items": items}
    return f"{at:%m-%d} 推进会,议题 {items} 个(上次没办完的、冲突的、超期的、空岗的),应到 {len(sitting)} 人"
