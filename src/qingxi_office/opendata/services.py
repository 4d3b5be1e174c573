"""What may be reported by Open311, in words of villagers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of request. ``code`` stands in addresses and never changes."""

    code: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    group: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A question more that a service asks; values as (key, Chinese, English)."""

    code: str
    zh: str
    en: str
    values: tuple[tuple[str, str, str], ...]


SERVICES = (
    Service("smell", "又臭又响", "Smell or noise", "站或者井有臭味、声音吵人", "A station or a manhole smells or is loud", "station"),
    Service("overflow", "污水冒出来", "Sewage overflows", "污水从井里、管里、站里流到外面", "Sewage runs out of a manhole, a pipe or a station", "sewer"),
    Service("stopped", "站停着没有开", "Station stands still", "处理站没有运行、没有电、没有人管", "A station does not run, has no power, nobody looks after it", "station"),
    Service("outflow", "出水又黑又浑", "Outflow dark or turbid", "站排出来的水颜色不对、有泡沫", "The water let out has a colour or foam", "station"),
    Service("damaged", "井盖、围栏、管子坏了", "Damaged cover, fence or pipe", "井盖丢了、围栏倒了、管子断了，有人会受伤", "A cover is gone, a fence is down, a pipe is broken", "sewer"),
    Service("road", "挖了没有复原", "Ground not made good", "施工挖开的路、院坝、田没有复原", "A road, yard or field dug up for works was not made good", "works"),
    Service("connect", "家里还没有接上", "House not connected", "应该接管的户没有接，或者接了不通", "A house that should be connected is not, or the pipe is blocked", "sewer"),
    Service("dumping", "有人乱排乱倒", "Dumping", "粪车、作坊、农家乐把污水倒进沟里、河里", "A tanker, workshop or inn lets sewage into a ditch or river", "other"),
    Service("other", "别的事", "Something else", "别的农村生活污水的事", "Anything else about rural sewage", "other"),
)  # fmt: skip
BY_CODE = {service.code: service for service in SERVICES}
SINCE = Attribute(
    "SINCE", "从什么时候起", "Since when",
    (("today", "今天", "Today"), ("week", "这一周", "This week"), ("month", "这个月", "This month"), ("longer", "更久", "Longer")),
)  # fmt: skip
