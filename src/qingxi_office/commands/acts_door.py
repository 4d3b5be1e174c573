"""Acts of the open door: people tell, by several ways; the hotline sends orders; villages, map, plan and list go up."""

from __future__ import annotations

from qingxi_office.commands.story import Broken, Story


def people_tell(story: Story) -> str:
    """A report by the code that a neighbour joins, a letter taken down, two orders of 12345; one is replied to and given back."""
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.intake import actions as intake
    from qingxi_office.intake.queries import channels

    stations = list(FacilityRecord.objects.select_related("place").exclude(status="scrapped").order_by("key")[:3])
    if not stations:
        raise Broken("没有设施")
    first, last = stations[0], stations[-1]
    officer, today = story.cast.officer, story.day()
    said = intake.hand_in(
        "风机晚上响，吵得睡不着",
        address="demo/1",
        facility=first.key,
        facility_name=first.name,
        village_code=first.place.code,
    )
    intake.follow(said, address="demo/2")
    clerk = story.cast.clerk(last.place) or officer
    intake.hand_in(
        "来信：沟里有黑水，夏天味大", address="demo/3", channel="paper", facility=last.key, facility_name=last.name,
        village_code=last.place.code, place="桥头", by=clerk,
    )  # fmt: skip
    orders = [
        intake.keep_order(
            f"{today:%Y%m%d}-{n:04d}", sent_on=today, by=officer, klass=klass, title=title, text=text, village_code=f.place.code, facility=f.key
        )
        for n, (klass, title, text, f) in enumerate(
            [("投诉", "站里有臭味", "站里有臭味，请来看一看", first), ("咨询", "什么时候接我家", "主街还没有接管，想问什么时候接", last)], start=1
        )
    ]  # fmt: skip
    intake.reply_to_order(orders[1], "主街列入下一年度计划，开工前会到户说明", by=officer)
    intake.give_back([orders[1]], by=officer)
    story.facts["told"] = {word: n for word, n, *_rest in channels(today.replace(month=1, day=1))}
    return f"群众反映和来信 2 件,1 人跟着反映;12345 工单 {len(orders)} 张,答复交回 1 张"


def open_door(story: Story) -> str:
    """Foot, villages with the map, plan and disclosure list; then the whole as plain files that open from a disk."""
    from qingxi_office.public.plain import write
    from qingxi_office.site.owing import publish_list
    from qingxi_office.site.publishing_door import publish_door, publish_plans, publish_villages

    by, day = story.cast.officer, story.day()
    publish_door(
        {"portal": "天河坝县人民政府网（演示）", "duty_phone": "12345", "hours": "工作日 9:00–17:00", "note": "这是演示数据，人和地名都是编的。"},
        by=by, as_of=day,
    )  # fmt: skip
    villages, plans = publish_villages(by=by, as_of=day), publish_plans(by=by, as_of=day)
    publish_list(by=by, as_of=day)
    into = story.root / "static-door"
    written = write(into)
    story.facts["door"] = {"villages": villages, "plans": plans, "files": len(written.changed)}
    story.paths["静态公开页"] = str(into / "index.html")
    return f"{villages} 个村和地图、{plans} 版规划、公开目录已公开;静态页 {len(written.changed)} 个文件,双击就能看"
