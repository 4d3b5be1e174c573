"""The act of posts: who stands in for whom, and which leader stands for which township."""

from qingxi_office.commands.story import Story

_PAPER = "关于明确 AB 岗和联系乡镇的会议纪要（演示）"


def name_deputies(story: Story) -> str:
    """AB 岗: the two posts of a township stand in for each other, as do those of its first village; the county's leaders are
    paired with townships in turn. Every name is one of the demo county's own."""
    from qingxi.place import standard_duties
    from qingxi_office.people.actions import appoint_duty
    from qingxi_office.places.models import Duty, Place
    from qingxi_office.places.queries import county

    by, on, own = story.cast.officer, story.day(), county()
    assert own is not None
    line = next(d for d in standard_duties() if d.matter == "联系领导")
    leaders = [(story.cast.officer.name, own.lead_unit), (story.cast.closer.name, own.issuing_unit)]
    towns = list(Place.objects.filter(level="township", valid_to=None).order_by("code"))
    deputies = pairs = 0
    for n, town in enumerate(towns):
        village = Place.objects.filter(parent=town, level="village", kind="村委会", valid_to=None).order_by("code")[
            :1
        ]
        for place in (town, *village):
            posts = list(Duty.objects.filter(place=place, subject="", valid_to=None).exclude(person="")[:2])
            for post, other in zip(posts, posts[::-1], strict=True):
                if post.pk == other.pk or post.person == other.person or (post.valid_from or on) >= on:
                    continue
                appoint_duty(
                    place, post.matter, post.role, by=by, on=on, document=_PAPER, unit_name=post.unit_name, party=post.party,
                    person=post.person, title=post.title, phone=post.phone, deputy=other.person, deputy_phone=other.phone,
                )  # fmt: skip
                deputies += 1
        person, unit = leaders[n % len(leaders)]
        if not Duty.objects.filter(place=town, matter=line.matter, valid_to=None).exists():
            appoint_duty(
                town, line.matter, line.role.value, by=by, on=on, document=_PAPER, unit_name=unit.name if unit else "",
                party=line.party.value, person=person,
            )  # fmt: skip
            pairs += 1
    story.facts["posts"] = {"deputies": deputies, "pairs": pairs}
    return f"{deputies} 个岗位定了副手（AB 岗互为副手），{pairs} 个乡镇有联系领导"
