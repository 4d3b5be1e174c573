"""One table for every ledger: sorted by the server, filtered by the address, columns chosen, totals, exports of what is shown.

A page hands over its columns and its rows; what the reader asked for stands in the address (``sort``, ``col``, ``after``,
``page``), so that a table can be forwarded and printed as it was looked at. Two kinds of rows: ``Keyset`` walks a large
table by the last row seen (200,000 households cost what 60 cost); ``Listed`` has its keys in memory already, in order.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from qingxi_office.design.parts import State
from qingxi_office.design.templatetags.q import state as state_tag

from . import sheet

PAGE = 60


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    value : callable
        The plain value of a row, as it goes into an export.
    show : callable, optional
        What stands in the cell, when it is more than the value: a ``State``, a safe string.
    order : str
        Field to sort by; empty: this column is not sorted.
    total : str
        Field whose sum stands in the foot; empty: none (a page may hand in sums of its own).
    """

    key: str
    word: str
    value: Callable[[Any], Any]
    show: Callable[[Any], Any] | None = None
    order: str = ""
    num: bool = False
    decimals: int = 0
    total: str = ""
    shown: bool = True
    say: bool = False  # a sentence: may be cut, takes what room there is
    quiet: bool = False
    always: bool = False  # stands in every export: the codes by which a table is read again


@dataclass
class Heading:
    column: Column
    href: str  # where a click on it leads; empty when it is not sorted
    sorted: str  # ascending / descending / ""


@dataclass
class Table:
    """What the template draws (``site/parts/table.html``)."""

    lines: list[Any]  # the rows of this page
    body: SafeString  # and as they stand in the table
    headings: list[Heading]
    every: Sequence[Column]
    chosen: list[str]
    kept: list[tuple[str, str]]  # the rest of the address, for the form of columns
    total: int
    first: int
    last: int
    previous: str
    following: str
    totals: list[str] = field(default_factory=list)
    label: str = ""
    roomy: bool = False


def chosen_columns(request: HttpRequest, columns: Sequence[Column]) -> list[Column]:
    """The columns that the address asks for, else those shown by themselves; the first always stands."""
    asked = set(request.GET.getlist("col"))
    known = [c for c in columns if c.key in asked]
    if not known:
        return [c for c in columns if c.shown]
    return known if columns[0] in known else [columns[0], *known]


def asked_sort(request: HttpRequest, columns: Sequence[Column], default: str) -> tuple[str, bool, str]:
    """(field, descending, the word in the address) of the sort asked for; a sort nobody offers is the default."""
    word = request.GET.get("sort", "")
    by_key = {c.key: c.order for c in columns if c.order}
    order = by_key.get(word.removeprefix("-"), "")
    if not order:
        return default.removeprefix("-"), default.startswith("-"), ""
    return order, word.startswith("-"), word


class Keyset:
    """Rows of a large table in one order, page by page from a row on: their keys first, then only the page's rows.

    ``drawn`` is what the rows of a page are read with (``select_related``, ``only``): sorting 20,000 rows must not carry
    their villages' outlines along. Costs two queries a page.
    """

    def __init__(
        self,
        rows: QuerySet[Any],
        order: str,
        descending: bool,
        size: int = PAGE,
        drawn: QuerySet[Any] | None = None,
    ) -> None:
        self.rows, self.order, self.descending, self.size = rows, order, descending, size
        self.drawn = drawn if drawn is not None else rows

    def _ordered(self, backwards: bool) -> QuerySet[Any]:
        down = self.descending != backwards
        if self.order == "key":  # never empty, and its own index: nothing to say about nulls
            return self.rows.order_by("-key" if down else "key")
        by = F(self.order).desc(nulls_first=True) if down and backwards else (
            F(self.order).desc(nulls_last=True) if down else (
                F(self.order).asc(nulls_first=True) if backwards else F(self.order).asc(nulls_last=True)
            )
        )  # fmt: skip
        return self.rows.order_by(by, "-pk" if backwards else "pk")

    def _beyond(self, value: Any, pk: int, backwards: bool) -> Q:
        """Rows after (or before) the one with this value and key; rows without a value stand last."""
        x = self.order
        if x == "key":
            return Q(key__lt=value) if self.descending != backwards else Q(key__gt=value)
        if not backwards:
            if value is None:
                return Q(**{f"{x}__isnull": True, "pk__gt": pk})
            further = f"{x}__lt" if self.descending else f"{x}__gt"
            return Q(**{further: value}) | Q(**{x: value, "pk__gt": pk}) | Q(**{f"{x}__isnull": True})
        if value is None:
            return Q(**{f"{x}__isnull": False}) | Q(**{f"{x}__isnull": True, "pk__lt": pk})
        nearer = f"{x}__gt" if self.descending else f"{x}__lt"
        return Q(**{nearer: value}) | Q(**{x: value, "pk__lt": pk})

    def page(self, asked: QueryDict, total: int) -> tuple[list[Any], int, str, str]:
        """Rows, number of the first (from 1), cursor before, cursor after ("" where there is nothing)."""
        backwards = "before" in asked
        cursor = _read_cursor(asked.get("before") or asked.get("after") or "")
        rows = self._ordered(backwards)
        if cursor is not None:
            rows = rows.filter(self._beyond(cursor[0], cursor[1], backwards))
        keys = list(rows.values_list("pk", flat=True)[: self.size + 1])
        more = len(keys) > self.size
        held = {row.pk: row for row in self.drawn.order_by().filter(pk__in=keys[: self.size])}
        found = [held[pk] for pk in keys[: self.size] if pk in held]
        if backwards:
            found.reverse()
        number = max(cursor[2] - len(found), 1) if cursor and backwards else cursor[2] + 1 if cursor else 1
        if not found:
            return [], 0, "", ""
        has_before = more if backwards else cursor is not None
        has_after = cursor is not None if backwards else more
        before = self._cursor(found[0], number) if has_before else ""
        after = self._cursor(found[-1], number + len(found) - 1) if has_after else ""
        return found, number, before, after

    def _cursor(self, row: Any, number: int) -> str:
        value = row
        for part in self.order.split("__"):
            value = getattr(value, part) if value is not None else None
        return (
            base64.urlsafe_b64encode(json.dumps([value, row.pk, number], default=str).encode()).decode().rstrip("=")
        )

    def every(self) -> Iterator[Any]:
        keys = list(self._ordered(False).values_list("pk", flat=True))
        for at in range(0, len(keys), 500):
            held = {row.pk: row for row in self.drawn.order_by().filter(pk__in=keys[at : at + 500])}
            yield from (held[pk] for pk in keys[at : at + 500] if pk in held)


def _read_cursor(text: str) -> tuple[Any, int, int] | None:
    """The row a cursor stands for; a broken one is the beginning."""
    try:
        value, pk, number = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return value, int(pk), int(number)
    except (ValueError, TypeError, binascii.Error):
        return None


class Listed:
    """Rows whose keys are known, in order; only the page's own are fetched."""

    def __init__(
        self, pks: Sequence[int], fetch: Callable[[Sequence[int]], Mapping[int, Any]], size: int = PAGE
    ) -> None:
        self.pks, self.fetch, self.size = pks, fetch, size

    def page(self, asked: QueryDict, total: int) -> tuple[list[Any], int, str, str]:
        pages = max((len(self.pks) + self.size - 1) // self.size, 1)
        try:
            at = min(max(int(asked.get("page", "1")), 1), pages)
        except ValueError:
            at = 1
        own = self.pks[(at - 1) * self.size : at * self.size]
        held = self.fetch(own)
        rows = [held[pk] for pk in own if pk in held]
        return rows, (at - 1) * self.size + 1, str(at - 1) if at > 1 else "", str(at + 1) if at < pages else ""

    def every(self) -> Iterator[Any]:
        for at in range(0, len(self.pks), 500):
            own = self.pks[at : at + 500]
            held = self.fetch(own)
            yield from (held[pk] for pk in own if pk in held)


def counted(rows: QuerySet[Any], columns: Sequence[Column]) -> tuple[int, dict[str, Any]]:
    """How many rows there are, and the sums of the columns that carry one: one query."""
    sums = {f"sum_{c.key}": Sum(c.total) for c in columns if c.total}
    said = rows.order_by().aggregate(n=Count("pk"), **sums)
    return said.pop("n"), {key.removeprefix("sum_"): value for key, value in said.items()}


def table(
    request: HttpRequest, columns: Sequence[Column], rows: Keyset | Listed, *, total: int, totals: Mapping[str, Any] | None = None,
    href: Callable[[Any], str] | None = None, label: str = "", prepare: Callable[[list[Any]], None] | None = None,
) -> Table:  # fmt: skip
    """The page of a table that the address asks for. ``prepare`` adds what the page's rows need beside their own fields."""
    shown = chosen_columns(request, columns)
    found, first, before, after = rows.page(request.GET, total)
    if prepare is not None:
        prepare(found)
    step = ("before", "after") if isinstance(rows, Keyset) else ("page", "page")
    return Table(
        lines=found, body=_body(shown, found, href),
        headings=[_heading(request, c) for c in shown],
        every=columns, chosen=[c.key for c in shown],
        kept=[(k, v) for k, vs in request.GET.lists() if k not in ("col", "page", "after", "before", "as") for v in vs],
        total=total, first=first if found else 0, last=first + len(found) - 1 if found else 0,
        previous=_moved(request, step[0], before), following=_moved(request, step[1], after),
        totals=_foot(shown, totals or {}), label=label, roomy=request.COOKIES.get("qx_rows") == "roomy",
    )  # fmt: skip


def export(
    request: HttpRequest, name: str, columns: Sequence[Column], rows: Keyset | Listed, *,
    prepare: Callable[[list[Any]], None] | None = None,
) -> HttpResponse:  # fmt: skip
    """What is shown, all rows of it, in the order shown, as xlsx or CSV."""
    chosen = {c.key for c in chosen_columns(request, columns)}
    shown = [c for c in columns if c.key in chosen or c.always]

    def lines() -> Iterator[list[Any]]:
        for batch in _batches(rows.every(), 500):
            if prepare is not None:
                prepare(batch)
            for row in batch:
                yield [c.value(row) for c in shown]

    return sheet.answer(request, name, [c.word for c in shown], list(lines()))


def _batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    held: list[Any] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def _body(shown: Sequence[Column], rows: Sequence[Any], href: Callable[[Any], str] | None) -> SafeString:
    """The rows as HTML. Written here and not by the template: 60 rows of 13 cells are a third of the page's time there."""
    classes = [("num" if c.num else "say" if c.say else "nowrap") + (" q-2nd" if c.quiet else "") for c in shown]
    out = []
    for row in rows:
        link = escape(href(row)) if href else ""
        out.append(f'<tr data-href="{link}">' if link else "<tr>")
        for n, column in enumerate(shown):
            said = column.show(row) if column.show is not None else _plain(column, column.value(row))
            inside = state_tag(said) if isinstance(said, State) else conditional_escape(said)
            if n == 0 and link:
                inside = f'<a href="{link}">{inside}</a>'
            out.append(f'<td class="{classes[n]}">{inside}</td>')
        out.append("</tr>\n")
    return mark_safe("".join(out))


def _plain(column: Column, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if value is True or value is False:
        return _("是") if value else _("否")
    if isinstance(value, int | float):
        return f"{value:,.{column.decimals}f}".replace("-", "−")
    return str(value)


def _foot(shown: Sequence[Column], totals: Mapping[str, Any]) -> list[str]:
    if not any(c.key in totals for c in shown):
        return []
    return [_plain(c, totals[c.key]) if totals.get(c.key) is not None else "" for c in shown]


def _heading(request: HttpRequest, column: Column) -> Heading:
    """Its sort: a first click ascends (figures descend), a second turns it round."""
    if not column.order:
        return Heading(column, "", "")
    now = request.GET.get("sort", "")
    first, other = (f"-{column.key}", column.key) if column.num else (column.key, f"-{column.key}")
    said = "descending" if now == f"-{column.key}" else "ascending" if now == column.key else ""
    return Heading(column, _moved(request, "sort", other if now == first else first), said)


def _moved(request: HttpRequest, key: str, value: str) -> str:
    """The address with one thing changed and the place in the table forgotten."""
    if not value:
        return ""
    asked = request.GET.copy()
    for forgotten in ("page", "after", "before", "as"):
        asked.pop(forgotten, None)
    asked[key] = value
    return "?" + asked.urlencode()
