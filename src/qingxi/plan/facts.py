"""What a plan says of the county's standard, of the days when everybody is at home, and of plants too near to houses."""

from typing import Any

import numpy as np

from qingxi.origin import Fault, Severity
from qingxi.plan.input import PlanInput
from qingxi.plan.keep_away import too_near
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate
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


def distance_faults(problem: Problem, chosen: Candidate) -> list[Fault]:
    """One warning for all plants too large for their distance to houses: built only where nothing else serves those houses."""
    most, d = problem.ground.site_most_m3_d, chosen.design
    near = too_near(problem.ground, chosen)
    if not near.any():
        return []
    flow, least = d.people_m3_d[near], most[near]
    words = "、".join(f"{q:.0f} m³/d（此处至多 {m:.0f}）" for q, m in zip(flow[:5], least[:5], strict=True))
    rule = "处理站按规模与房屋保持距离（plant.house_distance.*）；这些户没有别的去处，方案在此不合规"
    return [
        Fault("plan", None, "站址", f"{np.count_nonzero(near)} 座：{words}", rule, "给出更远的街巷或接入口，或允许户用设施", "plant-too-near", Severity.WARNING)
    ]  # fmt: skip
