"""The six 同步: each village's line of six by township, and the form on which the village's answers are kept."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi.indicator import (
    Proposal,
    SixAnswer,
    SixItem,
    SixLine,
    SixState,
    Span,
    count_states,
    line_of,
    propose_six,
)
from qingxi.origin import Fault, Ref
from qingxi_office.asking import ask
from qingxi_office.coordination import actions
from qingxi_office.coordination.models import SixRecord
from qingxi_office.coordination.queries import six as seen_six
from qingxi_office.design.parts import State
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.projects.models import ProjectStep
from qingxi_office.trail import clock

from . import seen, sheet
from .table import Column, Listed, export, table

_CHIPS: Mapping[str, Any] = {
    SixState.TOGETHER.value: "good", SixState.BEFORE.value: "info", SixState.AFTER.value: "bad",
    SixState.NEVER.value: "watch", SixState.NOT_APPLICABLE.value: "plain",
}  # fmt: skip
_WORK_ITEMS = {"road": SixItem.ROAD, "toilet": SixItem.TOILET, "ditch": SixItem.SANITATION}
_BUILDING = ("合同开工", "施工")
_BUILT = ("完工自验", "竣工验收", "试运行", "运行")


def item_words() -> dict[SixItem, str]:
    """The six in short, in the reader's language."""
    return {
        SixItem.PLAN: _("规划"), SixItem.TOILET: _("改厕"), SixItem.ROAD: _("修路"), SixItem.SANITATION: _("环境整治"),
        SixItem.RULES: _("村规民约"), SixItem.FIVE: _("五定包干"),
    }  # fmt: skip


def item_sentences() -> dict[SixItem, str]:
    return {
        SixItem.PLAN: _("村庄规划时同步定模式、管网和选址"), SixItem.TOILET: _("改厕时黑水灰水分离"),
        SixItem.ROAD: _("修路时同步铺管"), SixItem.SANITATION: _("环境整治时同步治污"),
        SixItem.RULES: _("写入村规民约"), SixItem.FIVE: _("纳入五定包干"),
    }  # fmt: skip


def state_words() -> dict[SixState, str]:
    return {
        SixState.TOGETHER: _("同步"), SixState.BEFORE: _("先做"), SixState.AFTER: _("后补"), SixState.NEVER: _("没有做"),
        SixState.NOT_APPLICABLE: _("不适用"),
    }  # fmt: skip


def six_chip(state: str | None) -> State:
    """One answer; what nobody said is hatched."""
    if not state:
        return State("unknown", _("没有记"))
    return State(_CHIPS[state], state_words()[SixState(state)])


@dataclass(frozen=True)
class Six:
    """A village's line as the page shows it."""

    line: SixLine
    parts: list[tuple[str, State]]


def six_of(rows: Iterable[Any]) -> Six:
    """The line of six of one village."""
    said = {SixItem(r.item): SixState(r.state) for r in rows}
    words = item_words()
    return Six(
        line_of(said), [(words[i], six_chip(said[i].value if i in said else None)) for i in SixItem]
    )  # fmt: skip


@dataclass
class _Row:
    pk: int
    code: str
    name: str
    town: str
    klass: str
    answers: dict[str, SixRecord]

    @property
    def line(self) -> SixLine:
        return line_of({SixItem(i): SixState(r.state) for i, r in self.answers.items()})


def _columns() -> list[Column]:
    def said(item: SixItem) -> Column:
        return Column(
            item.name.lower(), item_words()[item],
            lambda r: r.answers[item.value].state if item.value in r.answers else "",
            show=lambda r: six_chip(r.answers[item.value].state if item.value in r.answers else None),
        )  # fmt: skip

    return [
        Column("name", _("村"), lambda r: r.name),
        Column("code", _("村码"), lambda r: r.code, shown=False, always=True),
        Column("town", _("乡镇"), lambda r: r.town, quiet=True),
        *(said(item) for item in SixItem),
        Column("share", _("同步几项"), lambda r: r.line.together, show=lambda r: f"{r.line.together}/{r.line.applies}", num=True),
    ]  # fmt: skip


@login_required
def six_list(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    villages = ask(
        user,
        lambda u, _at: seen.villages(u).order_by("place__code").values_list(
            "place_id", "place__code", "place__name", "place__parent__name", "place__parent__code", "place__village_class"
        ),
    )  # fmt: skip
    answers: dict[int, dict[str, SixRecord]] = defaultdict(dict)
    for r in ask(user, lambda u, _at: seen_six(u).select_related(None).order_by("pk")):
        answers[r.place_id][r.item] = r
    every = [
        _Row(pk, code, name, town or "", klass, answers.get(pk, {})) for pk, code, name, town, _t, klass in villages
    ]
    town = asked.get("township", "")
    codes = {pk: town_code for pk, _c, _n, _t, town_code, _k in villages}
    rows = [r for r in every if not town or codes[r.pk] == town]
    counts = count_states((SixItem(i), SixState(a.state)) for r in rows for i, a in r.answers.items())
    item, state = asked.get("item", ""), asked.get("state", "")
    if item in {i.value for i in SixItem}:
        rows = [
            r for r in rows
            if (r.answers[item].state if item in r.answers else "-") == state or not state
        ]  # fmt: skip
    held = {r.pk: r for r in rows}
    source = Listed([r.pk for r in rows], lambda pks: {pk: held[pk] for pk in pks})
    columns = _columns()
    if asked.get("as") in sheet.FORMATS:
        return export(request, "六个同步", columns, source)
    words, states = item_words(), state_words()
    tally = [
        (words[i], [(i.value, s.value, states[s], counts[i][s]) for s in SixState], _share(counts[i])) for i in SixItem
    ]  # fmt: skip
    return render(
        request,
        "site/six.html",
        {
            "answer": _answer(every, town), "tally": tally, "n": len(rows),
            "table": table(request, columns, source, total=len(rows), href=lambda r: reverse("six_village", args=[r.code]), label=_("六个同步")),
            "towns": sorted({(c, t) for _p, _c, _n, t, c, _k in villages if c}), "asked": asked,
            "may": rights.may(user, "record_six"),
        },
    )  # fmt: skip


def _share(count: Mapping[SixState, int]) -> str:
    applies = sum(n for s, n in count.items() if s is not SixState.NOT_APPLICABLE)
    return f"{count[SixState.TOGETHER]}/{applies}" if applies else "–"


def _answer(rows: list[_Row], town: str) -> str:
    lines = [r.line for r in rows]
    whole = sum(line.known == len(SixItem) for line in lines)
    again = sum(
        SixItem.ROAD.value in r.answers and r.answers[SixItem.ROAD.value].state == SixState.AFTER for r in rows
    )
    if not any(line.known for line in lines):
        return _("%(n)d 个村的六个同步一项都没有记。") % {"n": len(rows)}
    return _("%(n)d 个村里，%(whole)d 个六项都问清了；%(again)d 个村修好的路又挖开铺管。") % {
        "n": len(rows), "whole": whole, "again": again,
    }  # fmt: skip


def proposals(user: Any, place: Any, today: dt.date) -> dict[SixItem, Proposal]:
    """What the books suggest for one village: other departments' works against the sewer works of its projects."""
    here = places.under(place.path, "place__path")
    works: dict[SixItem, list[Span]] = defaultdict(list)
    for key, kind, name, start, end in (
        seen.works(user).filter(here, start__isnull=False).values_list("key", "kind", "name", "start", "end")
    ):
        if kind in _WORK_ITEMS:
            works[_WORK_ITEMS[kind]].append(Span(Ref("work", key), name, start, end))
    projects = dict(seen.projects(user).filter(here).values_list("pk", "name"))
    keys = dict(seen.projects(user).filter(here).values_list("pk", "key"))
    begun: dict[int, dt.date] = {}
    done: dict[int, dt.date] = {}
    for pk, new, on in (
        ProjectStep.objects.filter(project__in=list(projects)).order_by("on").values_list("project_id", "new", "on")
    ):
        if new in _BUILDING:
            begun.setdefault(pk, on)
        if new in _BUILT:
            done.setdefault(pk, on)
    sewers = [
        Span(Ref("project", keys[pk]), projects[pk], begun.get(pk, done.get(pk, today)), done.get(pk))
        for pk in projects if pk in begun or pk in done
    ]  # fmt: skip
    found = {item: propose_six(item, spans, sewers, today) for item, spans in works.items()}
    return {item: p for item, p in found.items() if p is not None}


@login_required
def six_village(request: HttpRequest, code: str) -> HttpResponse:
    user, today = request.user, clock.today()
    record = seen.villages(user).filter(place__code=code).first()
    if record is None:
        raise Http404
    place = record.place
    rows = {SixItem(r.item): r for r in seen_six(user).filter(place=place)}
    found = proposals(user, place, today)
    wrong: dict[str, str] = {}
    typed: dict[str, dict[str, str]] = {}
    if request.method == "POST":
        rights.check(user, "record_six", path=place.path)
        answers, typed, faults = _read(request, set(rows))
        try:
            if faults:
                raise actions.Refused(faults)
            because = {
                i: found[i].because
                for i, a in ((a.item, a) for a in answers)
                if i in found and found[i].state is a.state
            }
            n = _keep(place, rows, answers, typed, user, because)
        except actions.Refused as refused:
            for f in refused.faults:
                wrong[f.file] = (wrong.get(f.file, "") + " " + f"{f.rule}，{f.remedy}。").strip()
        else:
            messages.success(request, _("记下了 %d 项。") % n if n else _("没有改动。"))
            return redirect("six_village", code)
    sentences, words = item_sentences(), state_words()
    lines = []
    for item in SixItem:
        row, guess = rows.get(item), found.get(item)
        said = typed.get(item.value)
        lines.append(
            {
                "item": item.value, "field": item.name, "word": item_words()[item], "asks": sentences[item], "row": row, "chip": six_chip(row.state if row else None),
                "wrong": wrong.get(item.value, ""), "guess": guess, "guess_word": words[guess.state] if guess else "",
                "said": said or {
                    "state": row.state if row else "", "on": row.on.isoformat() if row and row.on else "", "document": row.document if row else "",
                    "note": row.note if row else "", "said_by": row.said_by if row else "",
                },
            }
        )  # fmt: skip
    six = six_of(rows.values())
    return render(
        request,
        "site/six_village.html",
        {
            "place": place, "v": record, "lines": lines, "six": six, "states": [(s.value, words[s]) for s in SixState],
            "may_edit": rights.may(user, "record_six", path=place.path), "today": today,
            "missed": "、".join(item_words()[i] for i in six.line.missed),
        },
        status=400 if wrong else 200,
    )  # fmt: skip


@transaction.atomic
def _keep(
    place: Any,
    rows: Mapping[SixItem, Any],
    answers: list[SixAnswer],
    typed: dict[str, dict[str, str]],
    user: Any,
    because: Any,
) -> int:
    """Keep what was answered and take back what was emptied: all of it or nothing."""
    n = actions.record_six(place, answers, by=user, because=because)
    for item in rows:
        if not typed[item.value]["state"]:
            try:
                n += actions.withdraw_six(place, item, by=user, because=typed[item.value]["note"])
            except actions.Refused as refused:
                raise actions.Refused([replace(f, file=item.value) for f in refused.faults]) from refused
    return n


def _read(
    request: HttpRequest, there: set[SixItem]
) -> tuple[list[SixAnswer], dict[str, dict[str, str]], list[Fault]]:
    """Answers for which a state was chosen, what was typed, and days that are none."""
    answers, typed, faults = [], {}, []
    for item in SixItem:
        said = {
            k: request.POST.get(f"{item.name}-{k}", "").strip()
            for k in ("state", "on", "document", "note", "said_by")
        }
        typed[item.value] = said
        if not said["state"]:
            if item not in there and any(said[k] for k in ("on", "document", "note")):
                faults.append(
                    Fault(item.value, None, "情况", "", "填了日期或依据，没有选情况", "选一个情况", "six-state")
                )
            continue
        if said["state"] not in {s.value for s in SixState}:
            faults.append(
                Fault(item.value, None, "情况", said["state"], "不是可选的情况", "从列出的里选", "six-state")
            )
            continue
        try:
            on = dt.date.fromisoformat(said["on"]) if said["on"] else None
        except ValueError:
            faults.append(
                Fault(item.value, None, "日期", said["on"], "不是日期", "写成 2025-05-01", "six-day-form")
            )
            continue
        answers.append(
            SixAnswer(item, SixState(said["state"]), on, said["document"], 0, said["said_by"], said["note"])
        )  # fmt: skip
    return answers, typed, faults
