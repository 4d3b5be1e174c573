"""Sign-in and sign-out: the password (lock-out is axes' business), the second step, and the first run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme

from qingxi_office.people import queries as people
from qingxi_office.people.models import User
from qingxi_office.site.first_run import FirstRun, open_county
from qingxi_office.site.gate import SECOND
from qingxi_office.trail import clock

FIELDS = ("county_name", "county_code", "username", "name", "lead_department")
BACKEND = "qingxi_office.people.backends.OfficeBackend"
_PENDING = "second_step"  # in the session: {"user", "at", "next"}, between the two steps
_PENDING_FOR = timedelta(minutes=10)


class SignIn(LoginView):
    template_name = "site/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        return go_on(self.request, form.get_user(), self.get_redirect_url())

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        context = super().get_context_data(**kwargs)
        context["is_demo"] = settings.QINGXI_DEMO
        context["first_run"] = not people.any_officer()
        context["outer"] = settings.QINGXI_OIDC.get("name", "")
        return context


def go_on(request: HttpRequest, person: User, to: str) -> HttpResponse:
    """Who they are is known: in, or on to the second step where the person has one."""
    to = to if url_has_allowed_host_and_scheme(to, {request.get_host()}, request.is_secure()) else "/"
    if Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists():
        request.session.cycle_key()
        request.session[_PENDING] = {"user": person.pk, "at": clock.real_now().isoformat(), "next": to}
        return redirect("second_step")
    login(request, person, backend=BACKEND)
    return redirect(to)


def _pending(request: HttpRequest) -> tuple[User, str] | None:
    held = request.session.get(_PENDING)
    at = parse_datetime(held["at"]) if held else None
    if not held or at is None or clock.real_now() - at > _PENDING_FOR:
        return None
    person = User.objects.filter(pk=held["user"], is_active=True).first()
    return (person, held["next"]) if person else None


def second_step(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator app, or a recovery code. Wrong codes count as wrong passwords do."""
    pending = _pending(request)
    if pending is None:
        request.session.pop(_PENDING, None)
        return redirect("sign_in")
    person, to = pending
    if request.method != "POST":
        return render(request, "site/second_step.html", {"who": person.name})
    if takes(person, request.POST.get("code", "")):
        request.session.pop(_PENDING, None)
        login(request, person, backend=BACKEND)
        request.session[SECOND] = True
        return redirect(to)
    user_login_failed.send(sender=__name__, credentials={"username": person.username}, request=request)
    if getattr(request, "axes_locked_out", False):
        request.session.pop(_PENDING, None)
        return locked_out(request)
    return render(request, "site/second_step.html", {"who": person.name, "wrong": True}, status=400)


def takes(person: User, code: str) -> bool:
    """Whether the code is this person's now; a code is good once."""
    code = "".join(code.split())
    if not code:
        return False
    for held in Authenticator.objects.filter(user=person):
        if held.wrap().validate_code(code):
            held.refresh_from_db()
            held.record_usage()
            return True
    return False


def locked_out(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """Too many wrong passwords: say for how long, and who can help."""
    return render(request, "site/locked_out.html", {"minutes": round(settings.AXES_COOLOFF_TIME * 60)}, status=429)


def first_run(request: HttpRequest) -> HttpResponse:
    """The first page of an empty office: the county, its lead department, the first officer. Open once."""
    if people.any_officer():
        raise Http404
    wrong = ""
    if request.method == "POST":
        asked = {key: request.POST.get(key, "").strip() for key in FIELDS}
        try:
            person = open_county(FirstRun(password=request.POST.get("password", ""), **asked))
        except ValidationError as weak:
            wrong = "；".join(weak.messages)
        except ValueError as refused:
            wrong = str(refused)
        else:
            login(request, person, backend=BACKEND)
            return redirect("setting_up")
    return render(
        request, "site/first_run.html", {"wrong": wrong, "said": request.POST}, status=400 if wrong else 200
    )
