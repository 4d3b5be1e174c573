"""What stands around every page of the office: the menu, the person, the day."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from qingxi_office.design.parts import NavItem, Shell
from qingxi_office.notices.queries import unread
from qingxi_office.people.rights import Extent, extent
from qingxi_office.places import queries as places
from qingxi_office.site.manual_text import help_href
from qingxi_office.site.rules import RULES
from qingxi_office.trail import clock


def _nav(request: HttpRequest) -> tuple[NavItem, ...]:
    at = request.path
    rows = (
        (_("今日调度"), "home"),
        (_("村庄"), "villages"),
        (_("设施"), "facilities"),
        (_("规划"), "plan"),
        (_("项目与资金"), "projects"),
        (_("问题"), "issues"),
        (_("报表与通报"), "bulletins"),
        (_("公开"), "public_index"),
        (_("办公室"), "hub"),
    )
    # What this person's role sees nothing of is no way to go.
    ways = [
        (word, reverse(name)) for word, name in rows
        if not (kind := RULES[name].sees) or extent(request.user, kind) is not Extent.NOTHING
    ]  # fmt: skip
    return tuple(NavItem(word, href, at == href if href == "/" else at.startswith(href)) for word, href in ways)


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
        help=help_href(user.role if signed_in else "", getattr(request.resolver_match, "url_name", "") or ""),
    )


def shell(request: HttpRequest) -> dict[str, object]:
    """``shell`` for the base template; costs its queries only when a template draws it."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}
