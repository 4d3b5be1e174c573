"""Sign-in and sign-out: Django's own views in our dress; lock-out is axes' business."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from qingxi_office.people import queries as people


class SignIn(LoginView):
    template_name = "site/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        context = super().get_context_data(**kwargs)
        context["is_demo"] = settings.QINGXI_DEMO
        context["first_run"] = not people.any_officer()
        return context


def locked_out(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """Too many wrong passwords: say for how long, and who can help."""
    return render(request, "site/locked_out.html", {"minutes": round(settings.AXES_COOLOFF_TIME * 60)}, status=429)
