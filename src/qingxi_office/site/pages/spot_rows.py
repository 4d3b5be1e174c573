"""What the page of a spot check shows: its steps, its visits as far as they may be known, its result."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from qingxi.sampling import effective_checklist
from qingxi_office.design.parts import Figure, Provenance, RateBar, State, Step
from qingxi_office.samples import queries
from qingxi_office.samples.models import Campaign, Visit

S, V = Campaign.State, Visit.State
PAGE = 40
_STATES = {
    V.OPEN: "plain", V.ONE: "info", V.DIFFERS: "watch", V.SETTLED: "good", V.CANNOT: "unknown",
}  # fmt: skip


def _definition(version: str) -> str:
    """What works means for a version of the checklist, in the reader's language."""
    held = effective_checklist(version)
    asked = _("、").join(_(q.word) for q in held.questions if any(a.effect == "fails" for a in q.answers))
    return _("有效运行：到站当天，%(asked)s这几项没有一项不合格（检查表 %(v)s 版，以站为单位）") % {
        "asked": asked,
        "v": held.version,
    }


def steps(row: Campaign) -> list[Step]:
    """The line of steps; a targeted check has neither promise nor draw."""
    words: list[tuple[Campaign.State, Any, Any]] = [
        (S.DRAFT, _("拟定"), row.made_at),
        (S.FROZEN, _("名单冻结"), row.frame_on),
    ]
    if row.kind != Campaign.Kind.TARGETED:
        words += [(S.COMMITTED, _("承诺公布"), row.committed_at), (S.DRAWN, _("抽取封存"), row.drawn_at)]
    words += [(S.FIELD, _("现场检查"), row.depart_on), (S.DONE, _("出结果"), row.done_on)]
    order = [state for state, _word, _when in words]
    at = order.index(row.state) if row.state in order else -1
    return [
        Step(
            str(word),
            _short(when) if when and (n <= at or state == S.FIELD) else "",
            "done" if n < at or row.state == S.DONE else "now" if n == at else "",
        )
        for n, (state, word, when) in enumerate(words)
    ]


def _short(when: dt.date | dt.datetime) -> str:
    """The day as the office counts it."""
    return (timezone.localtime(when) if isinstance(when, dt.datetime) else when).strftime("%m-%d")


def outcome(visit: Visit) -> State:
    """A visit's state as a chip: settled ones say whether the station ran."""
    if visit.state == V.SETTLED and visit.effective is not None:
        return State("good", _("有效运行")) if visit.effective else State("bad", _("没有有效运行"))
    return State(_STATES[V(visit.state)], str(visit.get_state_display()))  # type: ignore[arg-type]


def visits(request: HttpRequest, row: Campaign, *, leads: bool) -> dict[str, Any]:
    """The visits that this person may know, those that need somebody first; and how far each team is."""
    rows = queries.visits(request.user, row)
    by = request.GET.get("team", "")
    known = rows.filter(team_id=int(by)) if by.isdigit() else rows
    first = Case(
        When(state=V.DIFFERS, then=Value(0)), When(state=V.OPEN, then=Value(1)), When(state=V.ONE, then=Value(2)),
        When(effective=False, then=Value(3)), When(state=V.CANNOT, then=Value(4)), default=Value(5), output_field=IntegerField(),
    )  # fmt: skip
    page = Paginator(known.annotate(rank=first).order_by("rank", "row__key"), PAGE).get_page(
        request.GET.get("page")
    )
    asked = effective_checklist(row.checklist)
    for v in page.object_list:
        v.chip = outcome(v)
        v.found = "、".join(f"{_(q.word)}：{_(a.word)}" for q, a in asked.failed(v.answers))
    told = Visit.objects.filter(campaign=row)
    far = {
        t: (n, done)
        for t, n, done in told.order_by()
        .values_list("team_id")
        .annotate(n=Count("pk"), done=Count("pk", filter=Q(state__in=(V.SETTLED, V.CANNOT))))
    }
    counts = told.aggregate(
        n=Count("pk"), done=Count("pk", filter=Q(state__in=(V.SETTLED, V.CANNOT))), differs=Count("pk", filter=Q(state=V.DIFFERS)),
        bad=Count("pk", filter=Q(effective=False)), cannot=Count("pk", filter=Q(state=V.CANNOT)),
    )  # fmt: skip
    return {"page": page, "far": far, "counts": counts, "shown_team": by}


def result(row: Campaign) -> dict[str, Any]:
    """The strip of figures and the rows of operators and places; official verdict first, uncertainty after."""
    r = row.result
    low, high = row.low or 0.0, row.high or 0.0
    share = row.share or 0.0
    half = (high - low) / 2
    strip = [
        Figure(
            _("有效运行率"),
            row.printed.replace("%", " %"),
            small=_("达标") if r["meets"] else _("未达标"),
            captions=[
                _("按点值对 %g %% 判定") % (row.required * 100),
                _("%(by)s，%(on)s") % {"by": row.measured_by, "on": row.done_on},
            ],
            provenance=Provenance(
                _("有效运行率 %s") % row.printed.replace("%", " %"),
                [
                    (_("定义"), _definition(row.checklist)),
                    (
                        _("分子和分母"),
                        _("查成 %(n)d 座，有效运行 %(h)d 座，按抽样设计加权")
                        % {"n": row.visited or 0, "h": row.hits or 0},
                    ),
                    (_("总体"), _("在用站 %(n)d 座，%(d)s 冻结") % {"n": row.population, "d": row.frame_on}),
                    (_("谁量的"), row.measured_by),
                ],
            ),
            bar=RateBar(share * 100, row.required * 100, low * 100, high * 100),
        ),
        Figure(
            _("95 % 区间"),
            f"{low * 100:.1f}–{high * 100:.1f}",
            captions=[
                _("约 ±%.1f 个百分点") % (half * 100),
                _("下限不低于要求") if r["proven"] else _("下限低于要求：样本说明不了全体一定过线"),
            ],
        ),
        Figure(
            _("有效/查成"),
            f"{row.hits}/{row.visited}",
            small=_("抽中 %d 座") % r["drawn"],
            captions=[
                _("没查成 %d 座，不换站") % r["cannot"],
                _("若都不行 %(a).1f %%，都行 %(b).1f %%") % {"a": r["worst"] * 100, "b": r["best"] * 100},
            ],
        ),
        Figure(
            _("设计效应"),
            f"{r['design_effect']:.2f}",
            captions=[_("相当于独立抽 %s 座") % (f"{r['effective_n']:.0f}" if r["effective_n"] else _("全部"))],
        ),
    ]
    if r.get("reported") is not None:
        strip.append(
            Figure(
                _("自报"),
                f"{r['reported'] * 100:.1f} %",
                captions=[
                    _("比抽查高 %.1f 个百分点") % ((r["reported"] - share) * 100)
                    if r["reported"] >= share
                    else _("比抽查低 %.1f 个百分点") % ((share - r["reported"]) * 100),
                    _("总体里说了的 %d 座") % r["reported_n"],
                ],
            )
        )
    for one in (*r["by_operator"], *r["by_place"]):
        reported = one.get("reported")
        one["bar"] = RateBar(
            one["found"] * 100, None if reported is None else reported * 100, one["interval"][0] * 100, one["interval"][1] * 100
        )  # fmt: skip
    return {"strip": strip, "operators": r["by_operator"], "places": r["by_place"], "r": r}
