"""Between the books' figures and problems and the library's: reading one as the other. Saves nothing."""

import zlib
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.db.models import Q

from qingxi.bulletin import (
    Bulletin,
    CallOver,
    Card,
    Decision,
    Held,
    Leaf,
    Planned,
    Praise,
    Problem,
    Proposal,
    Shape,
    compose,
    problem_of,
    read_call_over,
)
from qingxi.indicator import TRUST_WORDS
from qingxi.origin import Ref
from qingxi.standard import Trust
from qingxi_office.bulletins.models import BulletinRecord, CallOverRecord
from qingxi_office.design.words import chinese_marks
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.issues.law import as_issue
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.models import Place, Unit
from qingxi_office.projects.models import ProjectRecord

_BUILT = ("竣工验收", "试运行", "结算审计", "竣工决算", "资产移交", "运行", "报废", "终止")


def _leaves(lines: Iterable[dict[str, Any]]) -> tuple[Leaf, ...]:
    return tuple(
        Leaf(
            Ref.parse(x["ref"]), x.get("name", ""), chinese_marks(x.get("why", "")), x.get("weight", 1),
            Fraction(x["stands_for"]) if "stands_for" in x else None,
        )
        for x in lines
    )  # fmt: skip


def held_of(row: FigureRecord) -> Held:
    """A figure of the books, held fast under its key; its place must be selected."""
    trust = TRUST_WORDS[Trust(row.trust)] if row.trust in set(Trust) else ""
    tail = row.text.rstrip("%").partition(".")[2]
    return Held(
        row.key, row.definition, row.version, row.name, row.formula, row.unit_counted, len(tail) if tail else 0, trust,
        row.place.code, row.as_of, row.text, _leaves(row.numerator_list), _leaves(row.denominator_list), _leaves(row.deductions),
        dict(row.counts), tuple(row.remarks), row.denominator_label,
        None if row.low is None else row.low / 100, None if row.high is None else row.high / 100,
    )  # fmt: skip


def nothing_held(like: Held, place: Place) -> Held:
    """The figure of a place that has no village in the denominator: there is none, and it says so."""
    return Held(
        f"{like.definition}@{like.version}/{place.code}/{like.as_of:%Y-%m-%d}", like.definition, like.version, like.name,
        like.formula, like.unit_counted, like.decimals, like.trust, place.code, like.as_of, "无法计算", (), (),
    )  # fmt: skip


def problems_of(start: date, on: date) -> tuple[Problem, ...]:
    """Everything open, and whatever was given out, closed or reopened since the period began; five queries."""
    rows = (
        IssueRecord.objects.select_related("place", "facility", "rectifier", "lead", "verifier", "closer")
        .defer("place__geometry")
        .filter(
            Q(is_open=True) | Q(assigned_on__gte=start) | Q(closed_on__gte=start)
            | Q(pk__in=IssueRecord.objects.filter(steps__on__gte=start, steps__step="反弹重开").values("pk"))
        )
        .exclude(due_on=None)
        .prefetch_related("steps__unit", "evidence")
    )  # fmt: skip
    kinds = dict(Unit.objects.values_list("name", "kind"))
    return tuple(problem_of(as_issue(row), on, kinds) for row in rows)


def planned_of(on: date) -> tuple[Planned, ...]:
    """Projects whose day of delivery has come and that are not built."""
    rows = ProjectRecord.objects.filter(due_on__lte=on).exclude(stage__in=_BUILT).exclude(place=None)
    return tuple(
        Planned(Ref("project", key), name, code, due, stage, False)
        for key, name, code, due, stage in rows.order_by("key").values_list(
            "key", "name", "place__code", "due_on", "stage"
        )
    )


def shapes_of(townships: Iterable[Place]) -> tuple[Shape, ...]:
    """Outlines of townships: their own where the books have them, else their villages' as one; made coarse for a map the
    size of a hand. A township of which no area is known is left out.
    """
    import shapely

    towns = {t.pk: t for t in townships}
    below: dict[int, list[bytes]] = {}
    rows = Place.objects.filter(parent_id__in=towns, level="village", valid_to=None).exclude(geometry=None)
    for parent, wkb in rows.order_by("code").values_list("parent_id", "geometry"):
        below.setdefault(parent, []).append(bytes(wkb))
    for pk, wkb in Place.objects.filter(pk__in=towns).exclude(geometry=None).values_list("pk", "geometry"):
        below[pk] = [bytes(wkb)]
    wholes = {
        pk: shapely.union_all([g for g in shapely.from_wkb(some) if "Polygon" in g.geom_type])
        for pk, some in below.items()
    }
    wholes = {pk: g for pk, g in wholes.items() if not g.is_empty}
    if not wholes:
        return ()
    west, south, east, north = shapely.total_bounds(list(wholes.values()))
    fine = max(east - west, north - south) / 400
    out = []
    for pk, whole in sorted(wholes.items(), key=lambda kv: towns[kv[0]].code):
        coarse = shapely.simplify(whole, fine)
        parts = [p for p in shapely.get_parts(coarse) if p.geom_type == "Polygon" and p.area > fine * fine]
        rings = tuple(
            tuple((round(x, 5), round(y, 5)) for x, y in shapely.get_coordinates(p.exterior)) for p in parts
        )
        if rings:
            out.append(Shape(towns[pk].code, towns[pk].name, rings))
    return tuple(out)


def packed(over: CallOver) -> bytes:
    """A call-over's bytes as the books keep them."""
    return zlib.compress(over.as_bytes(), 6)


def plain_bytes(row: CallOverRecord) -> bytes:
    """The canonical JSON of a call-over."""
    return zlib.decompress(bytes(row.body))


@lru_cache(maxsize=8)
def _read(body: bytes) -> CallOver:
    return read_call_over(zlib.decompress(body))


def call_over_of(row: CallOverRecord) -> CallOver:
    """The call-over itself; kept by its bytes, for a bulletin of a county is read several times while it is worded."""
    return _read(bytes(row.body))


def decisions_of(decided: dict[str, Any]) -> tuple[list[Decision], list[Praise]]:
    """Cards and praises as a bulletin keeps them."""
    cards = [
        Decision(
            Proposal(
                c["place"],
                c["name"],
                Card(c["proposed"]),
                tuple(c["reasons"]),
                tuple(map(Ref.parse, c["because"])),
            ),
            Card(c["card"]),
            c["officer"],
            date.fromisoformat(c["on"]),
            c["reason"],
        )
        for c in decided.get("cards", [])
    ]
    praises = [Praise(Ref.parse(p["ref"]), p["name"], p["why"], p["officer"]) for p in decided.get("praises", [])]
    return cards, praises


def recomputed(row: BulletinRecord) -> Bulletin:
    """The bulletin composed again from its call-over, its decisions and its wording; raises ValueError without one."""
    if row.callover is None:
        raise ValueError(f"{row.key} 没有调度快照，不能重算")
    cards, praises = decisions_of(row.decided)
    return compose(
        call_over_of(row.callover), praised=praises, decisions=cards, reworded=row.reworded, added=row.added
    )
