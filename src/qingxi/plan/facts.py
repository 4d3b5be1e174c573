"""What a plan says of the county's standard, and of the days when everybody is at home."""

from typing import Any

from qingxi.origin import Fault, Severity
from qingxi.plan.input import PlanInput
from qingxi.plan.services import FESTIVAL, Services
from qingxi.standard import discharge_frame


def discharge_figures(given: PlanInput) -> dict[str, Any]:
    """Standard by which plants were graded; ``verified`` is False where a rule or limit was not read in its text."""
    frame = discharge_frame(given.facts.discharge, given.facts.key_area)
    return {
        "standard": frame.standard,
        "title": frame.title,
        "key_area": frame.key_area,
        "verified": frame.verified,
        "remark": ""
        if frame.verified
        else f"{frame.title} 的分级规定或限值未核对标准文本，等级只供比选，不作为达标结论",
    }


def discharge_faults(given: PlanInput) -> list[Fault]:
    """A warning where the grades rest on a standard nobody has verified."""
    told = discharge_figures(given)
    if told["verified"]:
        return []
    remedy = "核对标准文本后改正表 discharge_class、discharge；或在 county.toml 写 discharge_standard"
    return [
        Fault("county.toml", None, "discharge_standard", told["title"], told["remark"], remedy, "discharge-unverified", Severity.WARNING)
    ]  # fmt: skip


def festival_faults(services: Services) -> list[Fault]:
    """One warning for all plants that the Spring Festival overloads."""
    systems = services.systems
    hit = [str(n) for n, why in zip(systems["name"], systems["reason"], strict=True) if FESTIVAL in str(why)]
    if not hit:
        return []
    names = "、".join(hit[:5]) + ("等" if len(hit) > 5 else "")
    rule = "春节水量不宜超过处理站设计规模太多（按常住人口定规模）"
    return [
        Fault("plan", None, "设计规模", f"{len(hit)} 座：{names}", rule, "设调节池或应急措施，见系统表理由", "festival", Severity.WARNING)
    ]  # fmt: skip
