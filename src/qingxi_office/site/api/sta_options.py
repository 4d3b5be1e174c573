"""The query options of SensorThings 1.1: what was asked of a set and of what is expanded in it, or what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qingxi_office.site.api.sta_filter import Filter, NotUnderstood

MOST = 1000
USUAL = 100
DEEPEST = 4

_KNOWN = ("$top", "$skip", "$count", "$orderby", "$filter", "$expand", "$select", "$resultFormat")
_TIMES = ("phenomenonTime", "resultTime", "id", "@iot.id")


@dataclass(frozen=True)
class Options:
    """``start_s`` and ``end_s`` bound phenomenonTime in seconds, the end not in it; None is open."""

    top: int = USUAL
    skip: int = 0
    count: bool = False
    order: tuple[tuple[str, bool], ...] = ()  # path, from the greatest down
    start_s: int | None = None
    end_s: int | None = None
    filter: Filter | None = None
    expand: tuple[Expand, ...] = ()
    select: tuple[str, ...] = ()
    array: bool = False

    @property
    def descending(self) -> bool:
        """Whether observations are asked for from the newest back."""
        return bool(self.order) and self.order[0][0] in _TIMES and self.order[0][1]

    @property
    def by_time(self) -> bool:
        """Whether the order is one in which observations are read anyway."""
        return all(path in _TIMES for path, _ in self.order[:1]) and len(self.order) <= 1


@dataclass(frozen=True)
class Expand:
    """What is shown within an entity: a way, and how."""

    way: str
    options: Options


def read_options(query: Mapping[str, str], deep: int = 0) -> Options:
    """Options of a request, or of one ``$expand``.

    Raises
    ------
    NotUnderstood
        For an unknown option or one that goes further than this service does.
    """
    if unknown := [name for name in query if name.startswith("$") and name not in _KNOWN]:
        raise NotUnderstood(f"{unknown[0][:40]} 不认得；可以用 {'、'.join(_KNOWN)}")
    if (form := query.get("$resultFormat", "")) not in ("", "default", "dataArray"):
        raise NotUnderstood("$resultFormat 是 default 或 dataArray")
    text = query.get("$filter", "")
    found = Filter(text) if text.strip() else None
    return Options(
        top=min(MOST, _number(query, "$top", USUAL)),
        skip=_number(query, "$skip", 0),
        count=_flag(query.get("$count", "false")),
        order=_order(query.get("$orderby", "")),
        start_s=found.start_s if found else None,
        end_s=found.end_s if found else None,
        filter=found if found is not None and not found.only_times() else None,
        expand=_expand(query.get("$expand", ""), deep),
        select=tuple(name.strip() for name in query.get("$select", "").split(",") if name.strip()),
        array=form == "dataArray",
    )


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, str(usual))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotUnderstood(f"{name} 是 {text[:20]}，要是不为负的整数")
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise NotUnderstood("$count 是 true 或 false")
    return text == "true"


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    out = []
    for part in text.split(","):
        words = part.split()
        if not words and not text.strip():
            return ()
        if not 1 <= len(words) <= 2 or words[1:] not in ([], ["asc"], ["desc"]):
            raise NotUnderstood("$orderby 写成 phenomenonTime desc，几个之间用逗号")
        out.append((words[0], words[1:] == ["desc"]))
    return tuple(out)


def _expand(text: str, deep: int) -> tuple[Expand, ...]:
    out = []
    for part in _parts(text, ","):
        if deep >= DEEPEST:
            raise NotUnderstood(f"$expand 最多展开 {DEEPEST} 层")
        head, bracket, inner = part.partition("(")
        if bracket and not inner.endswith(")"):
            raise NotUnderstood("$expand 的括号不成对")
        query = {}
        for option in _parts(inner[:-1], ";"):
            name, equals, value = option.partition("=")
            if not equals:
                raise NotUnderstood(f"$expand 的括号里写成 $top=5;$orderby=phenomenonTime desc，不是 {option[:30]}")
            query[name.strip()] = value
        first, _, rest = head.strip().partition("/")
        if rest:  # A/B(…) is A with B in it
            query = {"$expand": rest + (f"({inner}" if bracket else "")}
        out.append(Expand(first, read_options(query, deep + 1)))
    return tuple(out)


def _parts(text: str, mark: str) -> list[str]:
    """Pieces between marks that stand in no bracket and no quotation."""
    out, deep, quoted, begun = [], 0, False, 0
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            deep += (letter == "(") - (letter == ")")
            if letter == mark and deep == 0:
                out.append(text[begun:at])
                begun = at + 1
    if deep or quoted:
        raise NotUnderstood("括号或引号不成对")
    return [part.strip() for part in (*out, text[begun:]) if part.strip()]
