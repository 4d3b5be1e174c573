"""The tree: from the province to natural villages, opened step by step, on any day; units beside it; the list in and out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.origin import Fault, Severity
from qingxi.place import Listed, PlaceCode, check_rows
from qingxi_office.people import actions, rights
from qingxi_office.people import queries as people
from qingxi_office.places import queries as places
from qingxi_office.places.models import Place, PlacePast
from qingxi_office.trail import clock

from . import seen, sheet
from .deeds import asked_day
from .sheet_in import rows_of

ICONS = {
    "province": "flag", "prefecture": "building-skyscraper", "county": "building-bank", "township": "building",
    "village": "home", "hamlet": "home-2",
}  # fmt: skip
SALT = "places-list"


def root_of(user: Any, request: HttpRequest | None = None) -> Place:
    """The top of what this person sees."""
    scope = user.scope
    if scope is None:
        raise Http404
    return scope  # type: ignore[no-any-return]


def branch(user: Any, parent: int, on: dt.date) -> list[dict[str, Any]]:
    """What lies directly below a place on a day, as rows of the tree: three queries, however many rows."""
    paths = rights.scopes(user, "place")
    rows = [s for s in places.states(on, parent_id=parent) if s.path.startswith(paths)]
    below = Counter(s.parent_id for s in places.states(on, parent_id__in=[s.place_id for s in rows]))
    return [
        {
            "s": s,
            "icon": ICONS.get(s.level, "map-pin"),
            "below": below[s.place_id],
            "word": Place.Level(s.level).label,
        }
        for s in rows
    ]


@login_required
def tree(request: HttpRequest) -> HttpResponse:
    user, today = request.user, clock.today()
    root = root_of(user)
    if request.method == "POST":
        return _take_in(request)
    if request.GET.get("as") in sheet.FORMATS:
        return _export(request, user)
    on = asked_day(request, today)
    text = request.GET.get("q", "").strip()
    top = places.states(on, pk=root.pk)
    if on == today:
        counts = Counter(dict(people.places(user).order_by().values_list("level").annotate(Count("pk"))))
    else:
        counts = Counter(s.level for s in places.states(on, within=root.path))
    year = dt.date(today.year, 1, 1)
    units = list(
        people.units(user)
        .filter(valid_to=None)
        .exclude(kind__in=("村委会", "居委会"))
        .order_by("kind", "name")[:400]
    )
    return render(
        request,
        "site/tree.html",
        {
            "root": top[0] if top else None, "rows": branch(user, root.pk, on), "on": on, "today": today, "past": on != today,
            "counts": counts, "changed": _changed(user, year, today), "asked": text,
            "hits": people.find_places(user, text, 30) if text else [], "icons": ICONS,
            "units": units, "may": rights.may(user, "reorganise"), "above": _above(root, on, today),
            "committees": people.units(user).filter(valid_to=None, kind__in=("村委会", "居委会")).count(),
            "kinds": ("部门", "领导小组", "管委会", "平台公司", "运维单位", "施工单位", "投资人", "监理单位", "检测单位", "设计单位"),
        },
    )  # fmt: skip


def _above(root: Place, on: dt.date, today: dt.date) -> list[Place]:
    return list(reversed(places.chain_on(root, on, today)[1:]))


def _changed(user: Any, start: dt.date, today: dt.date) -> int:
    """How many places were renamed, moved, split or ended since a day; what only followed the place above does not count."""
    year = Q(valid_to__gte=start, valid_to__lte=today)
    rows = PlacePast.objects.filter(year, place__in=people.every_place(user).order_by().values("pk")).exclude(
        change="改代码"
    )
    followed = Q(change="调整隶属", parent__valid_to=F("valid_to"))
    return rows.exclude(followed).count() + people.every_place(user).filter(year).count()


@login_required
def tree_branch(request: HttpRequest, pk: int) -> HttpResponse:
    """One branch, when it is opened."""
    if not people.every_place(request.user).filter(pk=pk).exists():
        raise Http404
    today = clock.today()
    on = asked_day(request, today)
    rows = branch(request.user, pk, on)
    return render(request, "site/parts/branch.html", {"rows": rows, "on": on, "past": on != today})


def _export(request: HttpRequest, user: Any) -> HttpResponse:
    """The list of living places: the same columns come in again."""
    rows = people.places(user).order_by("path")
    return sheet.answer(
        request, "区划名录", ["代码", "名称", "类别", "上级代码", "村庄分类", "层级", "起", "曾用名"],
        [
            [
                (p.code + "0" * 12)[: max(12, len(p.code))], p.name, p.kind, p.parent.code12 if p.parent else "", p.village_class,
                p.get_level_display(), p.valid_from or "", "、".join(p.former_names),
            ]
            for p in rows
        ],
    )  # fmt: skip


def _take_in(request: HttpRequest) -> HttpResponse:
    """First the file, checked and shown; then the same rows, signed, are taken in."""
    user = request.user
    rights.check(user, "reorganise")
    if signed := request.POST.get("rows"):
        try:
            told = signing.loads(signed, salt=f"{SALT}-{user.pk}", max_age=3600)
        except signing.BadSignature:
            messages.error(request, _("没有收：预览过期了，请重新上传。"))
            return redirect("tree")
        rows = [Listed(PlaceCode(code), name, kind, klass) for code, name, kind, klass in told]
        n = actions.take_in_places(rows, by=user, because=request.POST.get("document", ""))
        messages.success(request, _("收进了 %d 行。") % n)
        return redirect("tree")
    known = {p.code: p for p in people.every_place(user)}
    try:
        cells = rows_of(request.FILES["file"], ("代码", "名称"))
    except (KeyError, ValueError) as wrong:
        messages.error(
            request, _("没有收：%s") % (str(wrong) if isinstance(wrong, ValueError) else _("没有选文件"))
        )
        return redirect("tree")
    living = {code: p.name for code, p in known.items() if p.valid_to is None}
    good, faults = check_rows(cells, living, request.FILES["file"].name)
    outside = [row for row in good if row.code.text not in living and not _inside(user, row, living, good)]
    good = [row for row in good if row not in outside]
    good, more = _once_others(good, known, living, request.FILES["file"].name)
    faults += more
    return render(
        request,
        "site/tree_preview.html",
        {
            "good": good, "new": [r for r in good if r.code.text not in living], "faults": faults, "outside": outside,
            "signed": signing.dumps(
                [(r.code.text, living.get(r.code.text, r.name), r.kind, r.village_class) for r in good],
                salt=f"{SALT}-{user.pk}", compress=True,
            ),
        },
    )  # fmt: skip


def _once_others(
    good: list[Listed], known: dict[str, Place], living: dict[str, str], file: str
) -> tuple[list[Listed], list[Fault]]:
    """Rows whose code was another place's once are told apart: a list raises nothing that a deed has ended."""
    past = dict(PlacePast.objects.filter(code__in=[r.code.text for r in good]).values_list("code", "place__name"))
    was = {code: p.name for code, p in known.items() if p.valid_to is not None} | past
    told = [r for r in good if r.code.text not in living and r.code.text in was]
    faults = [
        Fault(
            file, None, "代码", r.code.text, f"这个代码以前是{was[r.code.text]}的，已经改了或撤并了", "旧名单里的这一行不用再收；新设的地方请用新代码",
            "place-ended", Severity.WARNING,
        )
        for r in told
    ]  # fmt: skip
    return [r for r in good if r not in told], faults


def _inside(user: Any, row: Listed, living: dict[str, str], good: list[Listed]) -> bool:
    """Whether a new row hangs on what this person sees, directly or by way of other new rows."""
    codes = {r.code.text for r in good}
    above = row.code.parent
    while above is not None and above.text not in living:
        if above.text not in codes:
            return False
        above = above.parent
    return above is not None


def households_of(user: Any, place: Place) -> tuple[int, list[str]]:
    """How many households a natural village has, and the numbers of the first hundred, for those who may see them."""
    if place.level != "hamlet" or not seen.may_see_households(user):
        return 0, []
    from qingxi_office.villages.queries import households

    rows = households(user).filter(hamlet__place=place).order_by("key")
    return rows.aggregate(n=Count("pk"))["n"], list(rows.values_list("key", flat=True)[:100])
