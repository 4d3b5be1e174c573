"""Sign-in and sign-out: Django's own views in our dress; lock-out is axes' business."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from qingxi_office.people import queries as people
from qingxi_office.site.first_run import FirstRun, open_county

FIELDS = ("county_name", "county_code", "username", "name", "lead_department")


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


def first_run(request: HttpRequest) -> HttpResponse:
    """The first page of an empty office: the county, its lead department, the first officer. Open once."""
    if people.any_officer():
        raise Http404
    wrong = ""
    if request.method == "POST":
        asked = {key: request.POST.get(key, "").strip() for key in FIELDS}
        try:
            open_county(FirstRun(password=request.POST.get("password", ""), **asked))
        except ValidationError as weak:
            wrong = "；".join(weak.messages)
        except ValueError as refused:
            wrong = str(refused)
        else:
            return redirect("sign_in")
    return render(
        request, "site/first_run.html", {"wrong": wrong, "said": request.POST}, status=400 if wrong else 200
    )
