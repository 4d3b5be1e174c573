"""The six 同步, steps of the coordination degree and samples of the receiving water as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from qingxi.files.office_tables import TABLES
from qingxi.indicator import SixAnswer, SixItem, SixState, coordination_rule, judge_six
from qingxi.origin import Fault
from qingxi_office.coordination import actions
from qingxi_office.coordination.actions import WATER_QUANTITIES
from qingxi_office.coordination.queries import six as seen_six
from qingxi_office.coordination.queries import steps as seen_steps
from qingxi_office.coordination.queries import water_samples as seen_water
from qingxi_office.facilities.queries import sampling_points
from qingxi_office.places.models import Unit
from qingxi_office.site.loading.sheets.book import Book, Objection, Row, text
from qingxi_office.site.loading.sheets.register import day_of, outside
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer, TakenIn

_FIELDS = {
    "日期": "on", "依据": "document", "说明": "note", "村里确认人": "said_by", "步骤": "step", "应完成日期": "due_on",
    "完成日期": "done_on", "采样日期": "sampled_on",
}  # fmt: skip
_WORDS = {s.name: s.id for s in coordination_rule().steps.values()}


def _objections(faults: Sequence[Fault]) -> list[Objection]:
    return [Objection(_FIELDS.get(f.field, f.field), f.rule, f.remedy, f.code) for f in faults]


def _six_here(user: Any) -> list[Row]:
    return [
        {
            "village": r.place.code, "village_name": r.place.name, "item": r.item, "state": r.state,
            "on": r.on.isoformat() if r.on else None, "document": r.document, "said_by": r.said_by, "note": r.note,
        }
        for r in seen_six(user)
    ]  # fmt: skip


def _answer(row: Row) -> SixAnswer:
    return SixAnswer(
        SixItem(row["item"]), SixState(row["state"]), day_of(row["on"]), text(row["document"]), 0, text(row["said_by"]), text(row["note"])
    )  # fmt: skip


def _against_six(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = outside(scope, "village", row["village"], text(row["village_name"]))
    if row["item"] and row["state"]:
        found += _objections(judge_six(_answer(row), clock.today()))
    return found


def _take_six(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    taken = [(place, _answer(r)) for r in rows if (place := scope.village_of(r["village"])) is not None]
    return actions.take_in_six(taken, by=by)


SIX = Book(
    TABLES["six"], _six_here, _against_six, _take_six, label=lambda r: f"{r['village_name']} {r['item']}", known=("village_name",)
)  # fmt: skip


def _steps_here(user: Any) -> list[Row]:
    names = {id_: name for name, id_ in _WORDS.items()}
    return [
        {
            "village": r.place.code, "village_name": r.place.name, "step": names.get(r.step, r.step), "unit": r.unit.name,
            "due_on": r.due_on.isoformat(), "done_on": r.done_on.isoformat() if r.done_on else None, "document": r.document, "note": r.note,
        }
        for r in seen_steps(user)
    ]  # fmt: skip


def _against_step(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = outside(scope, "village", row["village"], text(row["village_name"]))
    if row["unit"] not in scope.units:
        rule = f"单位名录里没有“{row['unit']}”"
        found.append(Objection("unit", rule, "请写全称，或先在机构里登记", "unit-unknown"))
    step = _WORDS.get(text(row["step"]), text(row["step"]))
    faults = actions.judge_step(
        step, day_of(row["due_on"]), day_of(row["done_on"]), text(row["document"]), clock.today()
    )
    return found + _objections(faults)


@transaction.atomic
def _take_steps(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    units = {u.name: u for u in Unit.objects.filter(name__in={r["unit"] for r in rows})}
    for r in rows:
        if (place := scope.village_of(r["village"])) is not None:
            actions.record_step(
                place, _WORDS.get(text(r["step"]), text(r["step"])), units[r["unit"]], day_of(r["due_on"]), by=by,
                done_on=day_of(r["done_on"]), document=text(r["document"]), note=text(r["note"]),
            )  # fmt: skip
    return TakenIn(new, len(rows) - new, 0, {})


COORDINATION = Book(
    TABLES["coordination"], _steps_here, _against_step, _take_steps,
    label=lambda r: f"{r['village_name']} {r['step']} {r['unit']}", known=("village_name",),
)  # fmt: skip


def points_of(user: Any) -> dict[str, Any]:
    """Sampling points of this person by key."""
    return {p.key: p for p in sampling_points(user).filter(closed_on=None)}


def _points(scope: Scope) -> dict[str, Any]:
    """The same, read once for one table."""
    held: dict[str, Any] = scope.__dict__.setdefault("points", points_of(scope.user))
    return held


def _water_here(user: Any) -> list[Row]:
    out: dict[tuple[Any, ...], dict[str, Any]] = {}
    for s in seen_water(user):
        row = out.setdefault(
            (s.point.key, s.sampled_on, s.report),
            {
                "point": s.point.key, "sampled_on": s.sampled_on.isoformat(), "report": s.report, "laboratory": s.laboratory,
                **dict.fromkeys(WATER_QUANTITIES),
            },
        )  # fmt: skip
        row[s.quantity] = s.value
    return list(out.values())


def _against_water(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = []
    if row["point"] not in _points(scope):
        found.append(
            Objection("point", "采样点编号不在本辖区的登记里", "请核对编号，或先登记采样点", "point-unknown")
        )
    values = [row[q] for q in WATER_QUANTITIES if row[q] is not None]
    if not values:
        found.append(Objection("cod", "一个数都没有填", "至少填一项", "water-none"))
    return found + _objections(actions.judge_water("cod", 0.0, day_of(row["sampled_on"]), clock.today()))


@transaction.atomic
def _take_water(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    points = _points(scope)
    for r in rows:
        values = {q: r[q] for q in WATER_QUANTITIES if r[q] is not None}
        actions.record_water(
            points[r["point"]], day_of(r["sampled_on"]), values, by=by, laboratory=text(r["laboratory"]), report=text(r["report"])
        )  # fmt: skip
    return TakenIn(new, len(rows) - new, 0, {})


WATER = Book(
    TABLES["water"],
    _water_here,
    _against_water,
    _take_water,
    label=lambda r: f"{r['point']} {str(r['sampled_on'])[:10]}",
)
