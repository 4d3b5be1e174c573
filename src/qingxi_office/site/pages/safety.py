"""安全设置: which deeds need four eyes, and what the county asks of each role's sign-in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.access import actions as access
from qingxi_office.access.queries import sign_in_rules, with_second_factor
from qingxi_office.approvals import actions, queries
from qingxi_office.people import rights
from qingxi_office.people.models import Role
from qingxi_office.site.deed_words import ROLE_WORDS, WEIGHTY_WORDS


@login_required
def safety(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    rights.check(user, "set_safety")
    if request.method == "POST":
        try:
            _save(user, request.POST)
        except ValueError as refused:
            messages.error(request, _("没有改：%s") % refused)
        else:
            messages.success(request, _("改好了，写进了留痕。"))
        return redirect("safety")
    known, rules = queries.settings(), sign_in_rules()
    deeds = [(d, WEIGHTY_WORDS[d], known.get(d)) for d in queries.WEIGHTY]
    return render(
        request, "site/safety.html",
        {
            "deeds": deeds, "on": sum(bool(row and row.needs_second) for _d, _w, row in deeds),
            "roles": [(r.value, ROLE_WORDS[r.value], *rules.get(r.value, (False, 12))) for r in Role],
            "held": with_second_factor(user),
            "asked": sum(rules.get(r.value, (False, 12))[0] for r in Role),
        },
    )  # fmt: skip


@login_required
@require_POST
def second_reset(request: HttpRequest) -> HttpResponse:
    """Somebody lost their phone: their second factor is taken off, so that they can set it up anew."""
    user: Any = request.user
    person = next((u for u in with_second_factor(user) if str(u.pk) == request.POST.get("person")), None)
    if person is None:
        raise Http404
    access.second_factor_off(person, by=user)
    messages.success(request, _("%s 的第二道验证已取消，下次登录后重设。") % person.name)
    return redirect("safety")


def _save(user: Any, asked: Any) -> None:
    """Only what differs is written; the whole form is one page, so that nothing is lost."""
    if asked.get("part") == "deeds":
        for deed in queries.WEIGHTY:
            actions.set_weighty(deed, f"deed:{deed}" in asked, by=user, basis=asked.get(f"basis:{deed}", ""))
        return
    for role in Role.values:
        hours = asked.get(f"hours:{role}", "12")
        access.set_rule(
            role,
            by=user,
            second_factor=f"second:{role}" in asked,
            session_hours=int(hours) if hours.isdigit() else 0,
        )
