"""The gate: every request is held against the rule of its address before its page runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from qingxi.origin import Ref
from qingxi_office.access.queries import asks_second_factor
from qingxi_office.people.rights import Extent, extent
from qingxi_office.site.rules import BEFORE_SECOND, OWN, rule_of
from qingxi_office.trail import actions as trail

SECOND = "second"  # in the session: the second step was taken


class Gate:
    """Middleware: sends a stranger to the sign-in, answers 404 to whose role sees no record of the address's kind, and
    writes down who was shown personal data.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        found = request.resolver_match
        rule = rule_of(found.url_name) if found and not found.namespaces else None
        if rule and found and answer.status_code == 200 and request.user.is_authenticated:
            form = request.GET.get("as", "")
            if what := rule.looks or (rule.exports if form else ""):
                key = "/".join(str(v) for v in found.kwargs.values()) or str(found.url_name)
                asked = {"address": request.get_full_path()[:300], **({"as": form[:10]} if form else {})}
                trail.look(what, Ref(rule.sees or "page", key[:120]), by=request.user, asked=asked)
        return answer

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """None lets the request through. What has no rule is closed to strangers; what has a namespace rules itself."""
        found = request.resolver_match
        if found is None or found.namespaces:
            return None
        rule = rule_of(found.url_name) or OWN
        if rule.open:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if (
            found.url_name not in BEFORE_SECOND
            and not request.session.get(SECOND)
            and asks_second_factor(request.user)
        ):
            return redirect("second_setup")
        if rule.sees and extent(request.user, rule.sees) is Extent.NOTHING:
            raise Http404
        return None
