"""People: who works here, for whom, over which places; invited, replaced, leaving; and the link that sets a password once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from qingxi_office.design.parts import State
from qingxi_office.people import actions, queries, rights
from qingxi_office.people.models import Role, SignInLink, User
from qingxi_office.places.models import Place, Unit
from qingxi_office.site.templatetags.places import word_of
from qingxi_office.trail import clock

from .deeds import carry_out

STATES = ("in", "waiting", "astray", "left")


def _state(person: User, links: dict[int, SignInLink], now: dt.datetime) -> tuple[str, State]:
    """How a person stands: at work, waiting for their link, with places or a unit that are no more, gone."""
    if not person.is_active:
        return "left", State("plain", _("%s 离岗") % person.left_on if person.left_on else _("离岗"), "logout")
    if person.scope and person.scope.valid_to:
        return "astray", State("watch", _("辖区已撤并"))
    if person.unit and person.unit.valid_to:
        return "astray", State("watch", _("单位已撤销"))
    if not person.has_usable_password():
        link = links.get(person.pk)
        if link and link.expires_at > now:
            return "waiting", State("info", _("等他用链接，%s 前有效") % f"{link.expires_at.astimezone():%m-%d}")
        return "waiting", State("watch", _("链接过期，重发一个"))
    return "in", State("good", _("在岗"))


@login_required
def people(request: HttpRequest) -> HttpResponse:
    user = request.user
    order = {role: n for n, role in enumerate(Role.values)}
    rows = sorted(queries.people(user), key=lambda p: (not p.is_active, order[p.role], p.username))
    links = {
        link.person_id: link
        for link in SignInLink.objects.filter(used_at=None, void=False, person__in=rows).order_by("id")
    }
    now = clock.real_now()
    counts = dict.fromkeys(STATES, 0)
    for row in rows:
        row.key, row.chip = _state(row, links, now)  # type: ignore[attr-defined]
        counts[row.key] += 1  # type: ignore[attr-defined]
    asked, role = request.GET.get("state", ""), request.GET.get("role", "")
    shown = [r for r in rows if (not asked or r.key == asked) and (not role or r.role == role)]  # type: ignore[attr-defined]
    if not asked:
        shown = [r for r in shown if r.key != "left"]  # type: ignore[attr-defined]
    return render(
        request,
        "site/people.html",
        {
            "rows": shown, "counts": counts, "asked": asked, "role": role, "roles": [(k, word_of(w)) for k, w in Role.choices], "active": len(rows) - counts["left"],
            "officers": sum(r.role == Role.COUNTY_OFFICER and r.is_active for r in rows), "may": rights.may(user, "invite"),
            **_choices(user),
        },
    )  # fmt: skip


def _choices(user: Any) -> dict[str, Any]:
    scopes = queries.places(user).filter(level__in=("county", "township", "village")).order_by("path")
    return {
        "scopes": [(p.code, p.name) for p in scopes[:2000]],
        "units": list(
            queries.units(user).filter(valid_to=None).order_by("name").values_list("name", flat=True)[:2000]
        ),
    }


def _scope(user: Any, text: str) -> Place:
    found = queries.places(user).filter(code=text.split(" ")[0]).first()
    if found is None:
        raise ValueError(_("没有这个地方：%s") % (text or _("没有写")))
    return found


def _unit(user: Any, text: str) -> Unit | None:
    text = text.strip()
    if not text:
        return None
    found = queries.units(user).filter(name=text, valid_to=None).first()
    if found is None:
        raise ValueError(_("没有这个单位：%s") % text)
    return found


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise ValueError(_("没有这个角色")) from None


@never_cache
@login_required
def person_new(request: HttpRequest) -> HttpResponse:
    """Invite somebody; the answer shows the link once."""
    user, form = request.user, request.POST
    rights.check(user, "invite")
    if request.method != "POST":
        return redirect("people")
    try:
        new = actions.invite(
            form.get("username", "").strip(), form.get("name", "").strip(), _role(form.get("role", "")),
            _scope(user, form.get("scope", "")), by=user, unit=_unit(user, form.get("unit", "")),
            title=form.get("title", "").strip(), phone=form.get("phone", "").strip(),
        )  # fmt: skip
    except (ValidationError, ValueError) as wrong:
        said = "；".join(wrong.messages) if isinstance(wrong, ValidationError) else str(wrong)
        messages.error(request, _("没有办成：%s") % said)
        return redirect(reverse("people") + "#new")
    return _show_link(request, new, actions.make_link(new, by=user))


def _show_link(request: HttpRequest, person: User, token: str) -> HttpResponse:
    """The page of the link: it is shown this once, and handed over by whatever way the county has."""
    return render(
        request,
        "site/person_link.html",
        {"person": person, "link": request.build_absolute_uri(reverse("join", args=[token])), "days": 1 if person.has_usable_password() else 7},
    )  # fmt: skip


@never_cache
@login_required
def person(request: HttpRequest, username: str) -> HttpResponse:
    """One person: what they are here for, their posts, and what may be done."""
    user = request.user
    found = queries.people(user).filter(username=username).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        return _deed(request, found)
    links = {link.person_id: link for link in found.links.filter(used_at=None, void=False).order_by("id")}
    key, chip = _state(found, links, clock.real_now())
    return render(
        request,
        "site/person.html",
        {
            "p": found, "chip": chip, "key": key, "posts": list(queries.posts_of(found, clock.today())), "today": clock.today(),
            "may": rights.may(user, "manage_person", path=found.scope.path if found.scope else "") and found.is_active,
            "roles": Role.choices, "took_over": list(found.took_over_from.all()), **_choices(user),
        },
    )  # fmt: skip


def _deed(request: HttpRequest, found: User) -> HttpResponse:
    user, form = request.user, request.POST
    rights.check(user, "manage_person", path=found.scope.path if found.scope else "")
    what = form.get("deed", "")
    if what == "link":
        try:
            return _show_link(request, found, actions.make_link(found, by=user))
        except ValueError as refused:
            messages.error(request, _("没有办成：%s") % refused)
    elif what == "replace":

        def hand(on: dt.date, document: str) -> Any:
            return actions.replace(
                found, username=form.get("username", "").strip(), name=form.get("name", "").strip(), on=on, document=document, by=user,
                title=form.get("title", "").strip(), phone=form.get("phone", "").strip(),
            )  # fmt: skip

        new = carry_out(request, hand, _("交接好了：岗位、角色和辖区都到了接手的人名下。"))
        if isinstance(new, User):
            return _show_link(request, new, actions.make_link(new, by=user))
    elif what == "leave":

        def go(on: dt.date, document: str) -> Any:
            posts = actions.leave(found, on=on, document=document, by=user)
            if posts:
                messages.warning(request, _("他名下的 %d 个岗位从这天起空着，列在责任矩阵的空岗里。") % len(posts))
            return True

        carry_out(request, go, _("%s离岗了，登录已停，开着的页面也退出了。") % found.name)
    elif what == "change":
        try:
            actions.change_person(
                found, by=user, role=_role(form.get("role", "")), scope=_scope(user, form.get("scope", "")),
                unit=_unit(user, form.get("unit", "")), name=form.get("name", "").strip(), title=form.get("title", "").strip(),
                phone=form.get("phone", "").strip(),
            )  # fmt: skip
            messages.success(request, _("改好了。"))
        except (ValidationError, ValueError) as wrong:
            said = "；".join(wrong.messages) if isinstance(wrong, ValidationError) else str(wrong)
            messages.error(request, _("没有办成：%s") % said)
    return redirect("person", found.username)


@never_cache
@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself: whoever holds it sets the password, once."""
    link = queries.link_of(token)
    if link is None:
        return render(request, "site/join.html", {"link": None}, status=404)
    wrong = ""
    if request.method == "POST":
        try:
            if request.POST.get("password") != request.POST.get("again"):
                raise ValueError(_("两次写的不一样"))
            actions.accept_link(link, request.POST.get("password", ""))
        except ValidationError as weak:
            wrong = "；".join(weak.messages)
        except ValueError as refused:
            wrong = str(refused)
        else:
            messages.success(request, _("密码设好了，请登录。"))
            return redirect("sign_in")
    return render(request, "site/join.html", {"link": link, "wrong": wrong}, status=400 if wrong else 200)
