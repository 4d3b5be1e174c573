"""What stands around every page of the office: the menu, the person, the day."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from qingxi_office.design.parts import NavItem, Shell
from qingxi_office.notices.queries import unread
from qingxi_office.places import queries as places
from qingxi_office.trail import clock


def _nav(request: HttpRequest) -> tuple[NavItem, ...]:
    at = request.path
    rows = (
        (_("今日调度"), reverse("home")),
        (_("村庄"), reverse("villages")),
        (_("设施"), reverse("facilities")),
        (_("规划"), reverse("plan")),
        (_("项目与资金"), reverse("projects")),
        (_("问题"), reverse("issues")),
        (_("报表与通报"), reverse("bulletins")),
        (_("公开"), reverse("public_index")),
        (_("办公室"), reverse("hub")),
    )
    return tuple(NavItem(word, href, at == href if href == "/" else at.startswith(href)) for word, href in rows)


def _shell(request: HttpRequest) -> Shell:
    user = request.user
    county = places.county()
    signed_in = user.is_authenticated
    unit = ""
    if signed_in:
        unit = user.unit.name if user.unit_id else user.get_role_display()
        if user.title:
            unit = f"{unit}·{user.title}"
    return Shell(
        county=county.place.name if county else "",
        as_of=clock.today().isoformat(),
        drill=clock.practice_day() is not None,
        nav=_nav(request) if signed_in else (),
        who=user.name if signed_in else "",
        unit=unit,
        empty=county is None,
        unread=unread(user) if signed_in else 0,
    )


def shell(request: HttpRequest) -> dict[str, object]:
    """``shell`` for the base template; costs its queries only when a template draws it."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}
