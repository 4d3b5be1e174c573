"""Every table the office takes, by name; and its form, filled with what this person sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qingxi.files.office_form import Form, form_csv, form_xlsx
from qingxi.indicator import coordination_rule
from qingxi.issue import State
from qingxi_office.places.models import Unit
from qingxi_office.readings.models import RainGauge
from qingxi_office.site.loading.ledgers import CLASSES
from qingxi_office.site.loading.sheets.book import Book, Row
from qingxi_office.site.loading.sheets.hotline import HOTLINE
from qingxi_office.site.loading.sheets.ledgers import BILLS, DUTIES, ISSUES, LABS, VISITS
from qingxi_office.site.loading.sheets.rain import GAUGES, RAIN
from qingxi_office.site.loading.sheets.register import FACILITIES, HOUSEHOLDS, PLACES, VILLAGES
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.site.loading.sheets.together import COORDINATION, SIX, WATER, points_of
from qingxi_office.site.loading.sheets.vendor import VENDOR
from qingxi_office.trail import clock

BOOKS: Mapping[str, Book] = {
    book.table.name: book
    for book in (
        VILLAGES,
        HOUSEHOLDS,
        FACILITIES,
        ISSUES,
        DUTIES,
        BILLS,
        LABS,
        VISITS,
        VENDOR,
        PLACES,
        HOTLINE,
        SIX,
        COORDINATION,
        WATER,
        GAUGES,
        RAIN,
    )
}
PREFILLED = frozenset(
    {"villages", "households", "facilities", "issues", "duties", "places", "six", "coordination", "gauges"}
)
"""Tables whose form comes with the rows that are there; the others are evidence, a new sheet each time."""
MOST_IN_FORM = 20_000
"""Rows up to which a form is a workbook; a longer one is given as CSV."""


def form_rows(user: Any, name: str) -> Sequence[Row]:
    """The rows of a table that this person sees, in its plain values."""
    return BOOKS[name].here(user)


def form_of(user: Any, name: str, *, filled: bool = True, as_csv: bool = False) -> tuple[bytes, str]:
    """The form of a table and its ending: a workbook, or CSV where that was asked for or the rows are too many."""
    book = BOOKS[name]
    rows = form_rows(user, name) if filled else []
    if as_csv or len(rows) > MOST_IN_FORM:
        return form_csv(book.table, rows), "csv"
    return form_xlsx(book.table, rows, _form(user, name)), "xlsx"


def lab_form(user: Any, owed: Sequence[tuple[str, str]], notes: Sequence[str] = ()) -> bytes:
    """The laboratory's form with a row for each (facility, point) that is owed: what the sampling crew takes along.

    ``notes`` go on its sheet of notes: what each class limits.
    """
    book = BOOKS["labs"]
    rows = [book.blank() | {"facility": facility, "point": point} for facility, point in owed]
    form = _form(user, "labs")
    return form_xlsx(book.table, rows, replace(form, notes=(*form.notes, *notes)))


def _used(user: Any, name: str, field: str) -> list[str]:
    """The words that the county's own book uses in a column, the most used first: what a drop-down offers."""
    words = Counter(str(row[field]) for row in form_rows(user, name) if row[field])
    return [word for word, _ in words.most_common(40)]


def _form(user: Any, name: str) -> Form:
    scope = Scope(user)
    lists: dict[str, list[str]] = {}
    villages = sorted((p for p in scope.places.values() if p.level == "village"), key=lambda p: p.code)
    if name == "villages":
        lists = {"mode": _used(user, name, "mode")}
    if name == "facilities":
        lists = {
            "village_name": list(dict.fromkeys(p.name for p in villages)),
            "village": [p.code for p in villages],
        }
        lists |= {f: _used(user, name, f) for f in ("process", "discharge_class")}
    if name == "issues":
        lists = {"village": [p.code for p in villages], "facility": sorted(scope.stations)}
        lists |= {
            "state": [s.value for s in State],
            "issue_class": list(CLASSES),
            "source": _used(user, name, "source"),
        }
    if name == "hotline":
        lists = {"village": [p.code for p in villages], "facility": sorted(scope.stations)}
    if name in ("six", "coordination"):
        lists = {
            "village": [p.code for p in villages],
            "village_name": list(dict.fromkeys(p.name for p in villages)),
        }
    if name == "coordination":
        lists |= {"step": [s.name for s in coordination_rule().steps.values()], "unit": sorted(scope.units)}
    if name == "water":
        lists = {"point": list(scope.__dict__.setdefault("points", points_of(user)))}
    if name in ("labs", "visits", "vendor"):
        lists = {"facility": sorted(scope.stations)}
    if name == "rain":
        lists = {"gauge": list(RainGauge.objects.values_list("key", flat=True))}
    if name == "bills":
        lists = {"account": sorted(scope.accounts)}
    if name in ("facilities", "issues", "duties"):
        units = list(Unit.objects.filter(valid_to=None).order_by("name").values_list("name", flat=True))
        lists |= dict.fromkeys(
            ("owner", "operator", "rectifier", "supervisor", "verifier", "closer", "unit"), units
        )
    notes = (
        ["改名、撤并、换人要在机构和地名、责任矩阵里按日期办，表里改了不算。"]
        if name in ("villages", "places", "duties")
        else []
    )
    unit = user.unit.name if getattr(user, "unit_id", None) else ""
    return Form(unit, clock.today(), {k: v for k, v in lists.items() if v}, notes=notes)
