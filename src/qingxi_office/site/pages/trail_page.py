"""留痕: who did what, when and why, in sentences; what changed; whether the chain is whole. And who touched one record."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from qingxi.origin import Ref
from qingxi_office.site import walk as books
from qingxi_office.trail import actions as trail
from qingxi_office.trail import queries, words
from qingxi_office.trail.actions import FIELDS
from qingxi_office.trail.models import Entry

from . import heads, seen, sheet

PAGE = 50
_NEWEST = 500  # rows whose chain is proved while a page waits; the whole is for the command and for ?check=1
_WHOLE = 20_000  # rows up to which a page proves the whole chain when it is asked to
_MOST = 100_000  # rows in one export
# The page of a record by its kind: (name of the address, how it is called with the record's id).
_PAGES = {
    "village": "village", "facility": "facility", "issue": "issue", "bulletin": "bulletin", "job": "job",
    "load": "load",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One row of the trail as the page shows it."""

    at: dt.datetime
    who: str
    behalf: str
    deed: str
    kind: str
    subject: str
    href: str
    because: str
    changes: list[tuple[str, str, str]]
    number: int
    hash: str
    is_look: bool


def line_of(entry: Entry) -> Line:
    return Line(
        timezone.localtime(entry.at), entry.by_name, entry.on_behalf_of, words.deed(entry.action),
        words.kind(entry.subject_kind), entry.subject_id, _href(entry), entry.because,
        words.difference(entry.before, entry.after), entry.pk, entry.hash, entry.action.startswith(trail.LOOKED),
    )  # fmt: skip


def _href(entry: Entry) -> str:
    name = _PAGES.get(entry.subject_kind)
    try:
        return reverse(name, args=[entry.subject_id]) if name else ""
    except NoReverseMatch:
        return ""


def _asked(request: HttpRequest) -> queries.Asked:
    asked = request.GET

    def day(key: str) -> dt.date | None:
        try:
            return parse_date(asked.get(key, "").strip())
        except ValueError:  # 2026-02-31 reads as a day and is none
            return None

    return queries.Asked(
        text=asked.get("q", "").strip()[:80], who=asked.get("who", "").strip()[:40],
        action=asked.get("deed", "")[:80], kind=asked.get("kind", "")[:40], since=day("since"), until=day("until"),
        looks=bool(asked.get("looks")), behalf=bool(asked.get("behalf")),
    )  # fmt: skip


@login_required
def trail_page(request: HttpRequest) -> HttpResponse:
    if not seen.may_see_trail(request.user):
        raise Http404
    rows = queries.search(_asked(request))
    form = request.GET.get("as", "")
    if form in (*sheet.FORMATS, "jsonl"):
        trail.record(
            "trail.exported", Ref("trail", "all"), by=request.user,
            after={"address": request.get_full_path()[:300], "as": form},
        )  # fmt: skip
        return _export(request, rows, form)
    total = queries.count()
    whole = bool(request.GET.get("check")) and total <= _WHOLE
    proved = queries.verify(*heads.known(), newest=None if whole else _NEWEST)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "site/trail.html",
        {
            "page": page, "lines": [line_of(e) for e in page.object_list], "total": total, "found": page.paginator.count,
            "proved": proved, "whole": whole, "too_many": total > _WHOLE, "asked": request.GET,
            "deeds": _menu(queries.actions(), looks=bool(request.GET.get("looks"))),
            "kinds": [(k, words.kind(k)) for k in queries.kinds()],
            "kept": [(k, v) for k in ("looks", "behalf", "deed", "kind") if (v := request.GET.get(k))],
            "filtered": any(request.GET.get(k) for k in ("q", "who", "deed", "kind", "since", "until", "behalf", "looks")),
        },
    )  # fmt: skip


def _menu(codes: Iterable[str], *, looks: bool) -> list[tuple[str, str]]:
    """Deeds that stand in the trail, by their words."""
    return sorted(
        ((c, words.deed(c)) for c in codes if c.startswith(trail.LOOKED) == looks), key=lambda row: row[1]
    )


def _export(request: HttpRequest, rows: Any, form: str) -> HttpResponse:
    some = rows[:_MOST]
    if form == "jsonl":
        return StreamingHttpResponse(
            _json_lines(some), content_type="application/x-ndjson; charset=utf-8",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote('留痕')}.jsonl"},
        )  # fmt: skip
    return sheet.answer(
        request, "留痕", ["行", "时间", "谁", "代谁", "做了什么", "种类", "编号", "理由", "之前", "之后", "哈希"],
        [
            [
                e.pk, f"{timezone.localtime(e.at):%Y-%m-%d %H:%M:%S}", e.by_name, e.on_behalf_of, words.deed(e.action),
                words.kind(e.subject_kind), e.subject_id, e.because, _flat(e.before), _flat(e.after), e.hash,
            ]
            for e in some.iterator(2000)
        ],
    )  # fmt: skip


def _flat(value: Any) -> str:
    return (
        "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:2000]
    )


def _json_lines(rows: Any) -> Iterator[bytes]:
    """Every field as the chain's hash is made of it, so that whoever holds the file can prove it."""
    for e in rows.iterator(2000):
        row = {"id": e.pk, "at": e.at.astimezone(dt.UTC).isoformat(timespec="microseconds")}
        row |= {name: getattr(e, name) for name in FIELDS}
        row |= {"previous_hash": e.previous_hash, "hash": e.hash}
        yield json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n"


@login_required
def history(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """谁动过: every deed on one record, for whoever sees the record."""
    subject = Ref(kind, key)
    if not (seen.may_see_trail(request.user) or books.because([subject], user=request.user)):
        raise Http404
    lines = [line_of(e) for e in queries.of(subject, limit=200)]
    return render(
        request, "site/history.html",
        {"lines": lines, "kind": words.kind(kind), "key": key, "href": lines[0].href if lines else "", "title": _("谁动过")},
    )  # fmt: skip
