"""Lines counted from villages and households: the three basics, coverage, shares of households."""

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

from qingxi.indicator.denominator import denominator
from qingxi.indicator.leaf import Leaf, Leaves, named

_HOUSEHOLDS = {
    # of: (numerator, denominator, what they are called, what is lacking)
    "connected": ("connected", "_asked", "已接", "没有逐户问过接没接"),
    "sanitary": ("sanitary", "toilet_known", "卫生户厕", "没有户厕情况"),
    "separated": ("separated", "separation_known", "黑灰分离", "没有分离情况"),
}


def basics(d: Any, records: Any, as_of: date) -> Leaves:
    """Villages of the list in which the three basics hold, each seen by somebody."""
    listed = denominator(records.villages, records.entries, as_of)
    out, unseen = [], []
    for v in records.villages:
        if v.code not in listed:
            continue
        answers = {
            "看不到污水横流": v.basics.no_sewage_seen, "闻不到臭味": v.basics.no_stench, "听不到怨言": v.basics.no_complaints,
        }  # fmt: skip
        failed = [word for word, said in answers.items() if said is False]
        missing = [word for word, said in answers.items() if said is None]
        if missing and not failed:
            unseen.append(v.name)
        group = "有不符" if failed else "没有看全" if missing else "三项都符合"
        why = f"不符：{'、'.join(failed)}" if failed else f"没有看：{'、'.join(missing)}" if missing else group
        out.append(Leaf(v.ref, v.name, int(v.basics.met is True), 1, why, group=group))
    return Leaves(tuple(out), listed.label, named("没有看全，不算符合", unseen))


def covered(d: Any, records: Any, as_of: date) -> Leaves:
    """Villages of the list with a facility in use, or with households on a sewer."""
    listed = denominator(records.villages, records.entries, as_of)
    stations = defaultdict(list)
    for s in records.facts.stations:
        if s.status in ("in_use", "trial"):
            stations[s.place].append(s)
    out = []
    for v in records.villages:
        if v.code not in listed:
            continue
        own = stations[v.code]
        why = (
            f"设施 {len(own)} 座"
            if own
            else f"接户 {v.households_connected} 户"
            if v.households_connected
            else "没有设施，也没有接户"
        )
        out.append(
            Leaf(
                v.ref, v.name, int(bool(own or v.households_connected)), 1, why,
                because=tuple(s.ref for s in own),
            )
        )  # fmt: skip
    return Leaves(tuple(out), listed.label)


def effective_villages(d: Any, records: Any, as_of: date) -> Leaves:
    """Villages of the list in which the share of households asked for is treated, from their natural villages."""
    share = Fraction(str(d.numerator["share"]))  # exact: 3 of 5 households is 60 %
    listed = denominator(records.villages, records.entries, as_of)
    of_village = defaultdict(list)
    for h in records.hamlets:
        of_village[h.village].append(h)
    out, without = [], []
    for v in records.villages:
        if v.code not in listed:
            continue
        own = of_village[v.code]
        treated, houses = sum(h.households_treated for h in own), sum(h.households for h in own)
        if not houses:
            without.append(v.name)
        hit = houses > 0 and Fraction(treated, houses) >= share
        out.append(
            Leaf(
                v.ref, v.name, int(hit), 1, f"治理 {treated} / {houses} 户", because=tuple(h.ref for h in own if h.households)
            )
        )  # fmt: skip
    return Leaves(tuple(out), listed.label, named("没有自然村户数，不算有效治理", without))


def households_share(d: Any, records: Any, as_of: date) -> Leaves:
    """Households that have something, of those of which it is known; a line a natural village."""
    top, under, word, lacking = _HOUSEHOLDS[str(d.numerator["what"])]
    out, partly = [], 0
    for h in records.facts.houses:
        part = getattr(h, top)
        whole = h.connected + h.to_connect if under == "_asked" else getattr(h, under)
        partly += h.houses - whole if under != "_asked" and h.houses > whole > 0 else 0
        out.append(Leaf(h.ref, h.name, part, whole, f"{word} {part} / {whole} 户", "" if whole else lacking))
    return Leaves(tuple(out), "问到的农户", (f"另有 {partly} 户不知道，没有计入",) if partly else ())
