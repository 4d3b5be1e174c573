"""What the pages of the first morning show: sentences in the reader's language, source rows, lists to take away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qingxi.files import LEDGER_COLUMNS, write_list
from qingxi.morning import KINDS, written_from_json
from qingxi_office.morning.actions.signing import PROPOSED
from qingxi_office.morning.models import ConflictRow, LedgerCheck
from qingxi_office.morning.words import BOOKS, SHORT
from qingxi_office.people.queries import places
from qingxi_office.places.models import Place
from qingxi_office.villages.queries import villages as village_records

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TITLES = {k.name: (k.title, k.title_en) for k in KINDS}
_ORDINAL = ("一", "二", "三", "四")


def _english() -> bool:
    return get_language() == "en"


def kind_words(name: str) -> str:
    """Title of a kind in the reader's language; "" for none."""
    zh, en = _TITLES.get(name, ("", ""))
    return en if _english() else zh


def quarter_words(check: LedgerCheck) -> str:
    if _english():
        said = f"Q{check.quarter} {check.year}"
    else:
        said = f"{check.year} 年第{_ORDINAL[check.quarter - 1]}季度"
    return said + (_("（更正 %d）") % (check.number - 1) if check.number > 1 else "")


def lines(rows: Iterable[ConflictRow]) -> list[dict[str, Any]]:
    """Conflicts as lines of a table: sentence, where from, how signed."""
    out = []
    for r in rows:
        came = [written_from_json(source["written"]) for source in r.rows]
        out.append(
            {
                "pk": r.pk, "kind": kind_words(r.kind), "said": r.en if _english() else r.zh, "town": r.township,
                "place": r.place, "came": [_("%(book)s 第 %(row)d 行") % {"book": SHORT[w.book.value], "row": w.row} for w in came[:2]], "more": max(len(came) - 2, 0), "signed": r.signed,
                "way": _way_words(r), "by": r.by_name, "at": r.signed_at, "carried": r.carried_from, "reason": r.reason,
            }
        )  # fmt: skip
    return out


def _way_words(row: ConflictRow) -> str:
    return row.way_en if _english() else row.way_zh


def sources(row: ConflictRow) -> list[dict[str, Any]]:
    """The rows a conflict comes from: where they stand, their cells, and which of these do not agree."""
    out = []
    for source in row.rows:
        w = written_from_json(source["written"])
        usual = {c.field: c.heading for c in LEDGER_COLUMNS[w.book]}
        cells = [
            (c.heading or usual.get(c.field, ""), c.text, bool(c.field) and c.field in source["marks"])
            for c in w.cells
            if c.text or c.field in source["marks"]
        ]
        out.append({"book": BOOKS[w.book.value], "file": w.file, "sheet": w.sheet, "row": w.row, "cells": cells})
    return out


def register_of(user: Any, row: ConflictRow) -> dict[str, Any] | None:
    """What the register says of the place, and whether its own page is there to be opened on the map."""
    place = row.place
    if place.level not in (Place.Level.VILLAGE, Place.Level.TOWNSHIP):
        return None
    page = village_records(user).filter(place=place).exists() if place.level == Place.Level.VILLAGE else False
    return {
        "place": place,
        "former": "、".join(place.former_names),
        "page": page,
        "township": place.level == Place.Level.TOWNSHIP,
    }


def villages(user: Any) -> list[tuple[str, str]]:
    """Living villages for a list to pick from: code, and name with township."""
    rows = places(user).filter(level="village").values_list("code", "name", "parent__name")
    return [(code, f"{name} {town or ''}") for code, name, town in rows.order_by("code")]


def facilities(check: LedgerCheck) -> list[tuple[str, str]]:
    return [(f["id"], f["name"]) for f in (check.ledgers or {}).get("facilities", []) if f["id"]]


def alike(rows: Iterable[ConflictRow]) -> list[tuple[str, str, int]]:
    """Ways that more than one open conflict of the list offers: id, words, how many."""
    many: Counter[str] = Counter()
    words: dict[str, str] = {}
    for r in rows:
        if r.signed:
            continue
        own = [w for w in r.ways if w["id"].startswith("is:")]
        if len(own) == 1:
            many[PROPOSED] += 1
            words[PROPOSED] = _("是所提的那个村")
        for w in r.ways:
            if not w["needs"] and not w["id"].startswith(("is:", "keep:")):
                many[w["id"]] += 1
                words[w["id"]] = w["en"] if _english() else w["zh"]
    return [(way, words[way], n) for way, n in many.items() if n > 1]


def as_file(name: str, body: bytes) -> HttpResponse:
    """A workbook to take away."""
    answer = HttpResponse(body, content_type=_XLSX)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


def as_list(check: LedgerCheck, rows: list[ConflictRow]) -> HttpResponse:
    """The conflicts that are shown, as xlsx."""
    head = (
        _("种类"),
        _("说什么"),
        _("乡镇"),
        _("村"),
        _("出处"),
        _("怎么定"),
        _("理由"),
        _("谁"),
        _("何时"),
        _("沿用"),
    )
    table = [
        [kind_words(r.kind), r.en if _english() else r.zh, r.township, r.place.name,
         "；".join(_source(s) for s in r.rows), _way_words(r), r.reason, r.by_name, f"{r.signed_at:%Y-%m-%d}" if r.signed_at else "", r.carried_from]
        for r in rows
    ]  # fmt: skip
    body = write_list(_("三账冲突"), head, table, (16, 60, 10, 12, 40, 22, 30, 10, 12, 11))
    return as_file(f"{_('三账冲突')}-{check}.xlsx", body)


def _source(source: dict[str, Any]) -> str:
    w = written_from_json(source["written"])
    marked = [f"{c.heading}={c.text or _('空白')}" for c in w.cells if c.field in source["marks"]]
    where = f"{w.file}" + (f"[{w.sheet}]" if w.sheet else "")
    return _("%(where)s 第 %(row)d 行：%(cells)s") % {"where": where, "row": w.row, "cells": "，".join(marked)}
