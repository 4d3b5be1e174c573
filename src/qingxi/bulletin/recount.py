"""Counting a bulletin's figures again (核数): each printed one from the records it is bound to."""

from collections.abc import Iterable, Mapping

from qingxi.bulletin.content import Bulletin
from qingxi.bulletin.held import Held, remade
from qingxi.bulletin.sentence import Slot
from qingxi.origin import Ref


def recount(slot: Slot, held: Mapping[Ref, Held]) -> str | None:
    """What a slot's records say today in its own form; None for quoted names and for figures that are not at hand."""
    if slot.how == "count":
        return str(len(slot.refs))
    figures = [held[ref] for ref in slot.refs if ref in held]
    if slot.how == "name" or len(figures) != len(slot.refs) or not figures:
        return None
    if slot.how == "rate":
        return remade(figures[0])
    if slot.how == "part":
        return str(sum(f.part for f in figures))
    if slot.how == "n":
        return str(sum(f.n for f in figures))
    if slot.how == "of":
        return f"{sum(f.part for f in figures)}/{sum(f.n for f in figures)}"
    if slot.how.startswith("state:"):
        return str(sum(f.states.get(slot.how.removeprefix("state:"), 0) for f in figures))
    low, high = figures[0].low, figures[0].high
    bound = low if slot.how == "low" else high
    return None if bound is None else f"{bound:.1%}"


def faults(bulletin: Bulletin) -> list[str]:
    """Every printed figure that its records do not give, and every one that rests on nothing; empty when all stand."""
    held = {f.ref: f for f in bulletin.figures}
    out = []
    for slot in bulletin.slots.values():
        again = recount(slot, held)
        if again is None and slot.how != "name":
            out.append(f"{slot.name}：{slot.text} 所据的数不在这份通报里")
        elif again is not None and again != slot.text:
            out.append(f"{slot.name}：印的是 {slot.text}，按记录应为 {again}")
        elif not slot.refs and slot.text != "0":
            out.append(f"{slot.name}：{slot.text} 没有绑着记录")
    out += leaf_faults(bulletin.figures)
    return out


def leaf_faults(figures: Iterable[Held]) -> list[str]:
    """Every figure whose printed form its leaves do not give."""
    out = []
    for f in figures:
        if remade(f) != f.printed:
            out.append(f"{f.key}：印的是 {f.printed}，按名单应为 {remade(f)}")
        if f.states and f.sample is None and sum(f.states.values()) != f.n:
            out.append(f"{f.key}：各状态相加 {sum(f.states.values())}，名单有 {f.n}")
        if not f.sample and {x.ref for x in f.numerator} - {x.ref for x in f.denominator}:
            out.append(f"{f.key}：分子里有不在分母名单的")
    return out
