"""The county's own sign-in (OIDC): it opens an account that is there, by its name at the county, and makes none."""

from __future__ import annotations

from typing import Any, NoReturn

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.openid_connect import views as provider_views
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.access import actions
from qingxi_office.people.backends import OfficeBackend
from qingxi_office.people.models import User


class Adapter(DefaultSocialAccountAdapter):
    """Stands where allauth would make accounts: finds the invited person, or says that there is none."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """Ends allauth's part: from here on it is a sign-in like any other, with its second factor."""
        from qingxi_office.site.pages.sign_in import go_on

        person = sociallogin.user if sociallogin.is_existing else self._invited(sociallogin)
        if person is None or not OfficeBackend().user_can_authenticate(person):
            raise ImmediateHttpResponse(
                refused(
                    request,
                    _("%s 认得您，这里还没有请您进来。请县主管先建好您的用户名。") % settings.QINGXI_OIDC["name"],
                )
            )
        actions.link_outer(person, sociallogin.account.provider, sociallogin.account.uid)
        raise ImmediateHttpResponse(go_on(request, person, sociallogin.state.get("next") or ""))

    def _invited(self, sociallogin: Any) -> User | None:
        said = sociallogin.account.extra_data
        claims = {**(said.get("id_token") or {}), **(said.get("userinfo") or {})} or said
        name = str(claims.get(settings.QINGXI_OIDC["claim"]) or "").strip()
        found = User.objects.filter(username__iexact=name)[:2] if name else []
        return found[0] if len(found) == 1 else None

    def on_authentication_error(self, request: HttpRequest, provider: Any, **_kwargs: Any) -> NoReturn:
        raise ImmediateHttpResponse(
            refused(request, _("%s 没有让您进来，或者您取消了。") % settings.QINGXI_OIDC["name"])
        )

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False


def refused(request: HttpRequest, why: str) -> HttpResponse:
    return render(request, "site/outer_refused.html", {"why": why}, status=403)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """On to the county's own sign-in; when it does not answer, the password is still a way in."""
    try:
        answer: HttpResponse = provider_views.login(request, "county")
    except requests.RequestException:
        return refused(request, _("%s 现在连不上，请先用密码登录。") % settings.QINGXI_OIDC["name"])
    return answer


def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the county's own sign-in leads back to."""
    try:
        answer: HttpResponse = provider_views.callback(request, provider_id)
    except (requests.RequestException, ValueError, KeyError):
        return refused(
            request, _("%s 的回答看不懂，没有登录。") % (settings.QINGXI_OIDC or {"name": "OIDC"})["name"]
        )
    return answer
