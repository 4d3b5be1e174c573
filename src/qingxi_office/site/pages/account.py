"""One's own sign-in: password, second factor, sessions, tokens for the API."""

from __future__ import annotations

from typing import Any

import segno
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret, validate_totp_code
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from qingxi_office.access import actions, queries
from qingxi_office.people.models import User
from qingxi_office.site.deed_words import ROLE_WORDS
from qingxi_office.site.gate import SECOND
from qingxi_office.trail import clock

_SECRET = "second_secret"  # in the session, while the app is being set up
SCOPE_WORDS = {
    "places": _("地方"), "villages": _("村庄"), "facilities": _("设施"),
    "issues": _("问题"), "figures": _("数字"), "plans": _("规划"), "jobs": _("任务"),
    "vendor_readings": _("只送厂家的数"),
}  # fmt: skip


_BROWSERS = (
    ("MicroMessenger", _("微信")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", _("安卓手机")),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device(agent: str) -> str:
    """A browser's own name for itself as a person says it: Chrome · Windows; what is not known is given as it is, shortened."""
    found = [next((str(word) for mark, word in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(w for w in found if w) or agent[:40] or "–"


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: HttpRequest, *, secret: str = "", codes: list[str] | None = None, status: int = 200
) -> HttpResponse:
    user: Any = request.user
    held = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    spare = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    sessions: list[Any] = list(queries.sessions(user)[:20])
    for session in sessions:
        session.said = device(session.agent)
    return render(
        request, "site/account.html",
        {
            "role": ROLE_WORDS.get(user.role, user.role), "sessions": sessions, "here": request.session.session_key, "others": sum(s.session_key != request.session.session_key for s in sessions),
            "second": held, "asked_second": queries.asks_second_factor(user), "codes": codes,
            "codes_left": len(spare.wrap().get_unused_codes()) if spare else 0,
            "tokens": list(queries.tokens(user)), "secret": secret, "now": clock.real_now(),
            "scopes": [(s, SCOPE_WORDS[s]) for s in queries.SCOPES], "scope_words": list(SCOPE_WORDS.items()),
        },
        status=status,
    )  # fmt: skip


@login_required
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    try:
        if request.POST.get("new", "") != request.POST.get("again", ""):
            raise ValueError(_("两次写的新密码不一样"))
        actions.change_password(user, request.POST.get("old", ""), request.POST.get("new", ""))
    except ValidationError as weak:
        messages.error(request, _("密码没有改：%s") % "；".join(weak.messages))
    except ValueError as refused:
        messages.error(request, _("密码没有改：%s") % refused)
    else:
        update_session_auth_hash(request, User.objects.get(pk=user.pk))
        actions.note_session(
            user,
            request.session.session_key or "",
            address=request.META.get("REMOTE_ADDR", ""),
            agent=request.META.get("HTTP_USER_AGENT", ""),
        )
        messages.success(request, _("密码改好了，别处的登录都已退出。"))
    return redirect("account")


@login_required
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    only = request.POST.get("only", "")
    ended = actions.end_sessions(
        user, keep=request.session.session_key or "", only=int(only) if only.isdigit() else None
    )
    messages.success(request, _("退出了别处的 %d 个登录。") % ended)
    return redirect("account")


@never_cache
@login_required
def second_setup(request: HttpRequest) -> HttpResponse:
    """Set up the authenticator app: the picture, the secret in letters, the first code."""
    user: Any = request.user
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        if request.session.get(SECOND):
            return redirect("account")
        logout(request)  # signed in before the app was set up elsewhere: once more, with the code
        return redirect("sign_in")
    secret = request.session.get(_SECRET) or generate_totp_secret()
    request.session[_SECRET] = secret
    wrong = False
    if request.method == "POST":
        if validate_totp_code(secret, "".join(request.POST.get("code", "").split())):
            del request.session[_SECRET]
            codes = actions.second_factor_on(user, secret)
            request.session[SECOND] = True
            return _page(request, codes=codes)
        wrong = True
    url = mfa_adapter().build_totp_url(user, secret)
    return render(
        request, "site/second_setup.html",
        {
            "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)), "wrong": wrong,
            "picture": segno.make(url, error="m").svg_data_uri(scale=5, border=2), "asked": queries.asks_second_factor(user),
        },
        status=400 if wrong else 200,
    )  # fmt: skip


@login_required
@require_POST
def second_off(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if not user.check_password(request.POST.get("password", "")):
        messages.error(request, _("密码不对，第二道验证没有关。"))
        return redirect("account")
    try:
        actions.second_factor_off(user, by=user)
    except ValueError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("第二道验证关了。"))
    return redirect("account")


@never_cache
@login_required
@require_POST
def token_make(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    days = request.POST.get("days", "")
    try:
        _row, secret = actions.make_token(
            user, request.POST.get("name", ""), request.POST.getlist("scope"), int(days) if days.isdigit() else 0
        )
    except ValueError as refused:
        messages.error(request, _("令牌没有建：%s") % refused)
        return redirect("account")
    return _page(request, secret=secret)


@login_required
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    row = queries.tokens(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    actions.revoke_token(row, by=user)
    messages.success(request, _("令牌已作废。"))
    return redirect("account")
