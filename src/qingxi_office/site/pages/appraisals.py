"""Appraisals: who is judged by which sheet, one sheet item by item, objections, and what is paid by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.appraisal import Item, Mark, Scheme, Score, Stage, item_marks, score
from qingxi_office.appraisals import actions, queries
from qingxi_office.appraisals.models import Appraisal, Objection, Sheet, SheetMark
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.trail import clock

from . import sheet as paper

_STATES = {"自评": "info", "核查": "watch", "异议": "watch", "定稿": "good"}


def _found(request: HttpRequest, key: str) -> Appraisal:
    row = queries.appraisals(request.user).select_related("subject", "final_unit", "place").filter(key=key).first()
    if row is None:
        raise Http404
    return row


def _score(scheme: Scheme, found: Iterable[SheetMark], sheet: Sheet) -> Score | None:
    """The sheet as far as it can be summed up: None while an item has no mark."""
    marks = [actions.law_mark(m) for m in found]
    if len(marks) < len(scheme.items):
        return None
    return score(scheme, marks, [v["code"] for v in sheet.vetoes])


def _periods(today: dt.date) -> list[dict[str, str]]:
    """Periods one may want to judge: the last half-year, quarter and month, and the present ones."""
    found = []
    for year in (today.year, today.year - 1):
        for half, (first, last) in enumerate(((1, 6), (7, 12)), start=1):
            found.append(
                (
                    f"{year}-H{half}",
                    dt.date(year, first, 1),
                    actions.month_after(dt.date(year, last, 1)) - dt.timedelta(1),
                )
            )
        for n in range(4):
            end = actions.month_after(dt.date(year, 3 * n + 3, 1)) - dt.timedelta(1)
            found.append((f"{year}-Q{n + 1}", dt.date(year, 3 * n + 1, 1), end))
        found.append((f"{year}", dt.date(year, 1, 1), dt.date(year, 12, 31)))
    kept = [(k, b, e) for k, b, e in found if b <= today]
    kept.sort(key=lambda p: (p[2] > today, -p[2].toordinal()))
    return [{"key": k, "begins": b.isoformat(), "ends": e.isoformat()} for k, b, e in kept]


@login_required
def appraisals(request: HttpRequest) -> HttpResponse:
    """Every appraisal one may see, and the contracts that pay by them."""
    user = request.user
    rows = list(queries.appraisals(user))
    if request.GET.get("as") in paper.FORMATS:
        return paper.answer(
            request, _("考核"),
            [_("编号"), _("考核期"), _("考核对象"), _("考核表"), _("到哪一步"), _("得分"), _("等级"), _("定稿日")],
            [[r.key, r.period, r.subject.name, r.scheme_name, r.state, r.marks, r.grade, r.final_on] for r in rows],
        )  # fmt: skip
    may_open = rights.may(user, "open_appraisal")
    contracts = list(queries.terms(user))
    for one in contracts:
        paid = list(one.payments.all())
        one.last = paid[0] if paid else None  # type: ignore[attr-defined]
        one.words = actions.FORMULAS[one.formula]  # type: ignore[attr-defined]
    final = [r for r in rows if r.state == "定稿"]
    for row in rows:
        row.sign = _STATES[row.state]  # type: ignore[attr-defined]
    schemes = [queries.parse_scheme(text) for text in queries.known_schemes().values()] if may_open else []
    return render(
        request, "site/appraisals.html",
        {
            "rows": rows, "waiting": [r for r in rows if r.state != "定稿"], "final": final, "contracts": contracts,
            "may_open": may_open, "may_terms": rights.may(user, "set_care_terms"), "schemes": schemes,
            "worst": min(final[:20], key=lambda r: r.marks) if final else None, "today": clock.today(),
            "units": list(Unit.objects.filter(valid_to=None).order_by("kind", "name")) if may_open else [],
            "periods": _periods(clock.today()) if may_open else [], "formulas": actions.FORMULAS.items(),
            "typed": {},
        },
    )  # fmt: skip


@login_required
@require_POST
def appraisal_open(request: HttpRequest) -> HttpResponse:
    """Begin an appraisal."""
    rights.check(request.user, "open_appraisal")
    said = request.POST
    unit = Unit.objects.filter(pk=int(said["subject"]) if said.get("subject", "").isdigit() else 0).first()
    period = next((p for p in _periods(clock.today()) if p["key"] == said.get("period")), None)
    try:
        if unit is None or period is None:
            raise ValueError(_("请选被考核的单位和考核期"))
        row = actions.open_appraisal(
            unit, said.get("scheme", ""), period["key"], dt.date.fromisoformat(period["begins"]),
            dt.date.fromisoformat(period["ends"]), by=request.user,
        )  # fmt: skip
    except ValueError as refused:
        messages.error(request, str(refused))
        return redirect("appraisals")
    messages.success(request, _("开始了。先由%s自评。") % unit.name)
    return redirect("appraisal", row.key)


def _loss(scheme: Scheme, found: Iterable[SheetMark]) -> list[tuple[Item, Decimal]]:
    """Where marks were lost, the most first."""
    lost = []
    for row in found:
        mark, item = actions.law_mark(row), scheme.item(row.item)
        if not mark.absent and (off := item.points - item_marks(item, mark)) > 0:
            lost.append((item, off))
    return sorted(lost, key=lambda pair: -pair[1])


@login_required
def appraisal(request: HttpRequest, key: str) -> HttpResponse:
    """One appraisal: its sheets, what was lost where, objections, and the next step."""
    user, row = request.user, _found(request, key)
    scheme, sheets = queries.scheme_of(row), queries.sheets(row)
    lines, lost_by, objections = [], {}, []
    for one in sheets:
        by_stage = {s: [m for m in one.marks.all() if m.stage == s] for s in ("自评", "核查")}
        counts = list(actions.final_marks(one).values())
        lost = _loss(scheme, counts)
        for item, off in lost:
            lost_by[item.name] = lost_by.get(item.name, Decimal(0)) + off
        objections += [(one, o, scheme.item(o.item)) for o in one.objections.all()]
        lines.append(
            {
                "sheet": one, "own": _score(scheme, by_stage["自评"], one), "check": _score(scheme, by_stage["核查"], one),
                "final": _score(scheme, counts, one) if row.state == "定稿" else None,
                "left": len(scheme.items) - len(by_stage["自评" if row.state == "自评" else "核查"]), "lost": lost[:3],
            }
        )  # fmt: skip
    if request.GET.get("as") in paper.FORMATS:
        return paper.answer(
            request, f"{row.key} {row.subject.name}",
            [_("设施编号"), _("设施"), *[i.name for i in scheme.items], _("适用分"), _("折算得分")],
            [_row_of(scheme, one) for one in sheets],
        )  # fmt: skip
    at = actions.standing(row, sheets)
    mine = user.unit_id == row.subject_id
    stage = Stage(row.state)
    deed = {"自评": "self_appraise", "核查": "check_appraisal", "异议": "finish_appraisal"}.get(row.state, "")
    unit = user.unit.name if user.unit_id else ""
    against = actions.against_moving(at, unit, str(user.pk), clock.today()) if deed else []
    return render(
        request, "site/appraisal.html",
        {
            "row": row, "scheme": scheme, "lines": lines, "objections": objections, "stage": stage.value, "mine": mine,
            "lost": sorted(lost_by.items(), key=lambda kv: -kv[1])[:6], "sign": _STATES[row.state], "today": clock.today(),
            "may_move": bool(deed) and rights.may(user, deed) and (mine or row.state != "自评"), "against": against,
            "blank": sum(not list(s.marks.all()) for s in sheets) if row.state == "自评" and mine else 0,
            "may_accept": row.state == "异议" and mine and rights.may(user, "object_appraisal") and row.accepted_on is None,
            "may_answer": row.state == "异议" and not mine and rights.may(user, "finish_appraisal"),
            "open": sum(o.upheld is None for _s, o, _i in objections), "steps": Appraisal.State.choices,
        },
    )  # fmt: skip


def _row_of(scheme: Scheme, one: Sheet) -> list[Any]:
    marks = actions.final_marks(one)
    cells: list[Any] = []
    for item in scheme.items:
        kept = marks.get(item.key)
        mark = actions.law_mark(kept) if kept else None
        cells.append(None if mark is None else _("不适用") if mark.absent else float(item_marks(item, mark)))
    whole = _score(scheme, marks.values(), one)
    name = one.facility.name if one.facility else ""
    key = one.facility.key if one.facility else ""
    return [key, name, *cells, float(whole.applicable) if whole else None, float(whole.marks) if whole else None]


@login_required
@require_POST
def appraisal_do(request: HttpRequest, key: str) -> HttpResponse:
    """Move on, accept, or answer an objection; whether this person may is the action's question."""
    row, said = _found(request, key), request.POST
    try:
        if said.get("do") == "move":
            actions.move_on(row, by=request.user)
            messages.success(request, _("交到下一步了。"))
        elif said.get("do") == "clean":
            n = actions.write_clean(row, by=request.user)
            messages.success(request, _("%d 张表记为不扣分；账上不知道的比例还要您写。") % n)
        elif said.get("do") == "accept":
            actions.accept(row, by=request.user)
            messages.success(request, _("记下了：无异议。"))
        elif said.get("do") == "answer":
            pk = int(said["objection"]) if said.get("objection", "").isdigit() else 0
            objection = (
                Objection.objects.select_related("sheet__appraisal").filter(sheet__appraisal=row, pk=pk).first()
            )
            if objection is None:
                raise Http404
            upheld = said.get("upheld") == "yes"
            item = queries.scheme_of(row).item(objection.item)
            actions.answer(
                objection,
                upheld,
                said.get("text", ""),
                by=request.user,
                instead=written(said, item) if upheld else None,
            )
            messages.success(request, _("答复了。"))
    except ValueError as refused:
        messages.error(request, str(refused))
    return redirect("appraisal", row.key)


def written(said: Any, item: Item) -> actions.Written:
    """One item as the form gives it: how often each deduction was met, how much where one chooses, a share, a reason."""
    taken: dict[str, list[str]] = {}
    for one in item.deductions:
        name = f"d.{item.key}.{one.code}"
        count = said.get(name, "").strip()
        times = int(count) if count.isdigit() and int(count) <= 200 else (0 if not count else -1)
        if times < 0:
            taken[one.code] = [count]  # not a number: the action says so
        elif times:
            each = said.get(f"a.{item.key}.{one.code}", "").strip() or str(one.points)
            taken[one.code] = [each] * times
    return actions.Written(
        item.key, taken, said.get(f"s.{item.key}", ""), item.may_be_absent if said.get(f"n.{item.key}") else "",
        said.get(f"t.{item.key}", ""),
    )  # fmt: skip


def _shown(item: Item, kept: SheetMark | None) -> dict[str, Any]:
    """A mark as the page shows it."""
    if kept is None:
        return {}
    mark: Mark = actions.law_mark(kept)
    words = []
    for code, points in mark.taken.items():
        one = item.deduction(code)
        words.append(f"{one.text} −{sum(points, Decimal(0))}")
    return {
        "row": kept, "mark": mark, "points": None if mark.absent else item_marks(item, mark), "words": words,
        "share": None if mark.share is None else mark.share * 100,
        "times": {code: len(points) for code, points in mark.taken.items()},
        "each": {code: points[0] for code, points in mark.taken.items() if points},
    }  # fmt: skip


@login_required
def appraisal_sheet(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """One sheet: every item with its rule, what the books say, the self-mark beside the check, and the form to write."""
    user, row = request.user, _found(request, key)
    one = next((s for s in queries.sheets(row) if s.pk == pk), None)
    if one is None:
        raise Http404
    scheme, stage = queries.scheme_of(row), Stage(row.state)
    typed: Any = None
    if request.method == "POST":
        try:
            if _do_sheet(request, one, scheme):
                return redirect("appraisal_sheet", row.key, pk)
        except ValueError as refused:
            typed = request.POST
            messages.error(request, _("没有存：%s") % refused)
    by_stage: dict[str, dict[str, SheetMark]] = {s.value: {} for s in Stage}
    for mark in one.marks.all():
        by_stage[mark.stage][mark.item] = mark
    mine = user.unit_id == row.subject_id
    writes = (stage is Stage.SELF and mine and rights.may(user, "self_appraise")) or (
        stage is Stage.CHECK and not mine and rights.may(user, "check_appraisal", path=row.place.path)
    )
    now = Stage.SELF if stage is Stage.SELF else Stage.CHECK
    items = []
    for item in scheme.items:
        here = _shown(item, by_stage[now.value].get(item.key))
        # A check begins from what the unit said of itself; nothing is written before somebody sends the form.
        begin = here or (_shown(item, by_stage["自评"].get(item.key)) if now is Stage.CHECK else {})
        items.append(
            {
                "item": item, "own": _shown(item, by_stage["自评"].get(item.key)),
                "check": _shown(item, by_stage["核查"].get(item.key)), "final": _shown(item, by_stage["定稿"].get(item.key)),
                "clue": one.clues.get(item.key), "now": here, "fields": _fields(item, begin, one.clues.get(item.key), typed),
                "objections": [o for o in one.objections.all() if o.item == item.key],
            }
        )  # fmt: skip
    counts = actions.final_marks(one).values() if stage is not Stage.SELF else by_stage["自评"].values()
    groups: dict[str, list[Any]] = {}
    for each in items:
        groups.setdefault(each["item"].group, []).append(each)
    return render(
        request, "site/appraisal_sheet.html",
        {
            "row": row, "one": one, "scheme": scheme, "groups": groups.items(), "writes": writes, "stage": stage.value,
            "score": _score(scheme, counts, one), "left": len(scheme.items) - len(by_stage[now.value]), "mine": mine,
            "may_object": stage is Stage.OBJECTION and mine and rights.may(user, "object_appraisal") and row.accepted_on is None,
            "may_veto": writes and stage is Stage.CHECK, "vetoes": [(scheme.veto(v["code"]), v) for v in one.vetoes],
        },
        status=400 if typed is not None else 200,
    )  # fmt: skip


def _fields(item: Item, begin: dict[str, Any], clue: Any, typed: Any) -> dict[str, Any]:
    """What stands in the form of an item: what was typed, what stands, or what the books propose."""
    key = item.key
    if typed is not None:
        return {
            "share": typed.get(f"s.{key}", ""), "absent": bool(typed.get(f"n.{key}")), "note": typed.get(f"t.{key}", ""),
            "rows": [
                (d, typed.get(f"d.{key}.{d.code}", ""), typed.get(f"a.{key}.{d.code}", "")) for d in item.deductions
            ],
        }  # fmt: skip
    share = begin.get("share")
    if share is None and clue and clue.get("share") and not begin:
        share = Decimal(clue["share"]) * 100
    times, each = begin.get("times", {}), begin.get("each", {})
    kept = begin.get("row")
    return {
        "share": "" if share is None else f"{share:.2f}".rstrip("0").rstrip("."), "absent": bool(kept and kept.absent),
        "note": kept.note if kept else "",
        "rows": [(d, times.get(d.code, ""), each.get(d.code, "") if d.chosen else "") for d in item.deductions],
    }  # fmt: skip


def _do_sheet(request: HttpRequest, one: Sheet, scheme: Scheme) -> bool:
    """What the form asks; raises ValueError with everything that is wrong."""
    said, user = request.POST, request.user
    if said.get("do") == "object":
        actions.object_to(one, said.get("item", ""), said.get("text", ""), by=user)
        messages.success(request, _("异议提上去了，由没有打过分的人答复。"))
    elif said.get("do") == "veto":
        actions.set_veto(one, said.get("code", ""), said.get("note", ""), by=user)
        messages.success(request, _("记下了。"))
    else:
        given = [written(said, item) for item in scheme.items]
        # An item that is left empty on a ratio line is not yet marked; everything else not touched means nothing taken off.
        given = [w for w in given if scheme.item(w.item).way != "ratio" or w.share.strip() or w.absent]
        n = actions.write_marks(one, given, by=user)
        left = len(scheme.items) - n
        messages.success(request, _("存了 %d 项。") % n + (_("还有 %d 项没有写。") % left if left else ""))
    return True


@login_required
def appraisal_scheme(request: HttpRequest) -> HttpResponse:
    """The sheets that may be used, item by item, and the county's own taken in."""
    user = request.user
    may = rights.may(user, "open_appraisal")
    typed = ""
    if request.method == "POST":
        rights.check(user, "open_appraisal")
        upload = request.FILES.get("file")
        try:
            typed = upload.read().decode("utf-8-sig") if upload else request.POST.get("text", "")
            row = actions.keep_scheme(typed, by=user)
        except UnicodeDecodeError:
            messages.error(request, _("文件不是 UTF-8 文字，请另存为 UTF-8 再传"))
        except ValueError as wrong:
            messages.error(request, _("没有收下：%s") % wrong)
        else:
            messages.success(request, _("收下了：%s") % row.name)
            return redirect("appraisal_schemes")
    texts = queries.known_schemes()
    schemes = [queries.parse_scheme(text) for text in texts.values()]
    if (asked := request.GET.get("toml")) in texts:
        headers = {"Content-Disposition": f'attachment; filename="{asked}.toml"'}
        return HttpResponse(texts[asked], content_type="text/plain; charset=utf-8", headers=headers)
    return render(
        request, "site/appraisal_schemes.html", {"schemes": schemes, "may": may, "typed": typed},
        status=400 if typed else 200,
    )  # fmt: skip
