"""What a contract pays: its terms, each month worked out line by line, and what is missing where no amount is given."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.appraisal import Missing
from qingxi_office.appraisals import actions, queries
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.trail import clock

from . import sheet as paper


def _decimal(text: str, what: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        value = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise ValueError(_("%(what)s写的是“%(text)s”，须为数字") % {"what": what, "text": text})
    return value


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise ValueError(_("“%s”不是日期") % text) from None


@login_required
@require_POST
def care_terms(request: HttpRequest) -> HttpResponse:
    """Keep a contract's terms."""
    rights.check(request.user, "set_care_terms")
    said = request.POST
    try:
        unit = Unit.objects.filter(pk=int(said["operator"]) if said.get("operator", "").isdigit() else 0).first()
        if unit is None:
            raise ValueError(_("请选运维单位"))
        design = _decimal(said.get("design", ""), _("设计规模"))
        row = actions.set_terms(
            said.get("key", ""), unit, said.get("formula", ""), by=request.user, name=said.get("name", ""),
            price_yuan_m3=_decimal(said.get("price", ""), _("单价")), annual_yuan=_decimal(said.get("annual", ""), _("年度费用")),
            design_m3_d=None if design is None else float(design), scheme=said.get("scheme", "yunan_rural"),
            valid_from=_day(said.get("from", "")), valid_to=_day(said.get("to", "")), document=said.get("document", ""),
        )  # fmt: skip
    except ValueError as wrong:
        messages.error(request, _("没有存：%s") % wrong)
        return redirect("appraisals")
    messages.success(request, _("登记了。"))
    return redirect("care_pay", row.pk)


_ASKED = ("volume_m3", "inlet_mg_l", "outlet_mg_l", "dry_days")


def _forecast(terms: Any, today: dt.date) -> dict[str, Any]:
    """What this month would pay if it ended today, by what the books say so far; what is missing where nothing can be said."""
    month = today.replace(day=1)
    before = actions.score_before(terms, month)
    try:
        outcome = actions.work_out(terms, month, actions.measured(terms, month), before, first=False)
    except ValueError as wrong:
        return {"month": month, "before": before, "missing": str(wrong), "outcome": None}
    lacks = isinstance(outcome, Missing)
    return {
        "month": month,
        "before": before,
        "missing": outcome if lacks else None,
        "outcome": None if lacks else outcome,
    }


@login_required
def care_pay(request: HttpRequest, pk: int) -> HttpResponse:
    """One contract, month by month; a month is first shown, then kept."""
    user = request.user
    terms = queries.terms(user).filter(pk=pk).first()
    if terms is None:
        raise Http404
    may = rights.may(user, "set_care_terms", path=terms.place.path)
    paid = list(terms.payments.all())
    if request.GET.get("as") in paper.FORMATS:
        return paper.answer(
            request, f"{terms.key} {terms.name}", [_("月份"), _("应付(元)"), _("缺什么"), _("上期得分"), _("哪天算的"), _("谁算的")],
            [[f"{p.month:%Y-%m}", None if p.amount_fen is None else p.amount_fen / 100, "、".join(p.missing),
              p.appraisal.marks if p.appraisal else None, clock.day_of(p.computed_at), p.by_name] for p in paid],
        )  # fmt: skip
    today = clock.today()
    last = (today.replace(day=1) - dt.timedelta(1)).replace(day=1)
    asked = (request.POST if request.method == "POST" else request.GET).get("month", "")
    try:
        month = dt.date.fromisoformat(f"{asked}-01") if asked else last
    except ValueError:
        month = last
    known = actions.measured(terms, month)
    typed = request.POST if request.method == "POST" else None
    said: dict[str, Any] = {**known}
    outcome: Any = None
    first = bool(typed and typed.get("first"))
    before = actions.score_before(terms, month)
    if typed is not None:
        rights.check(user, "set_care_terms", path=terms.place.path)
        try:
            for name in _ASKED:
                value = _decimal(typed.get(name, ""), name)
                said[name] = None if value is None else str(value)
            said["effluent_fails"] = bool(typed.get("effluent_fails"))
            if typed.get("do") == "keep":
                row = actions.compute(terms, month, said, by=user, first=first)
                messages.success(
                    request,
                    _("记下了。")
                    if row.amount_fen is not None
                    else _("记下了，但还缺%s，不出金额。") % "、".join(row.missing),
                )
                return redirect("care_pay", pk)
            outcome = actions.work_out(terms, month, said, None if first else before, first=first)
        except ValueError as wrong:
            messages.error(request, _("算不了：%s") % wrong)
    return render(
        request, "site/care_pay.html",
        {
            "forecast": _forecast(terms, today), "terms": terms, "paid": paid, "may": may, "month": f"{month:%Y-%m}", "known": known, "said": said, "before": before,
            "outcome": outcome if outcome is not None and not isinstance(outcome, Missing) else None,
            "missing": outcome if isinstance(outcome, Missing) else None, "formula": actions.FORMULAS[terms.formula], "first": first,
            "price": None if terms.price_mills_m3 is None else Decimal(terms.price_mills_m3) / 1000,
            "needs_dry": terms.formula == "yunan_network",
        },
    )  # fmt: skip
