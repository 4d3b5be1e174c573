"""公开: what stands published and since when, what is owed and overdue, the words of the foot, the static door."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override
from django.views.decorators.http import require_POST

from qingxi.disclosure import Standing
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.design.parts import State
from qingxi_office.people import rights
from qingxi_office.public import pages as public
from qingxi_office.public.plain import contents
from qingxi_office.public.telling import absolute_days
from qingxi_office.published.models import Publication
from qingxi_office.site import owing, publishing, publishing_door
from qingxi_office.site.static_door import folder, manifest
from qingxi_office.trail import clock

from . import seen

_KINDS: dict[str, Any] = {
    "rate": lazy("治理率和名单"), "station": lazy("站点"), "village": lazy("村庄和地图"), "plan": lazy("规划"), "bulletin": lazy("通报"),
    "sample": lazy("抽查"), "issue": lazy("问题的公示和销号"), "owing": lazy("公开目录"), "door": lazy("页脚"),
}  # fmt: skip
_WORDS: dict[str, Any] = {
    "portal": lazy("门户名称"), "portal_url": lazy("门户网址"), "host": lazy("主办单位"), "site_code": lazy("政府网站标识码"),
    "icp": lazy("ICP 备案号"), "police": lazy("公网安备号"), "contact_phone": lazy("监督电话"), "duty_phone": lazy("非工作时间值班电话"),
    "hours": lazy("值班时间"), "address": lazy("办公地址"), "email": lazy("电子邮箱"), "map_number": lazy("审图号"),
    "office_url": lazy("收反映的网址（静态页用）"), "door_url": lazy("静态页的网址（栏目和订阅用）"), "note": lazy("使用帮助里补充的话"),
}  # fmt: skip


def _standing(found: Standing) -> State:
    if found.late:
        return State("bad", _("过期 %d 天") % found.late)
    if found.due is None:
        return State("plain", _("没有变动"))
    return State("good", _("已公开")) if found.met else State("watch", _("没有到期"))


@login_required
def door(request: HttpRequest) -> HttpResponse:
    if not seen.may_see(request.user, "figure"):
        raise Http404
    rows = {
        r["kind"]: r
        for r in Publication.objects.filter(superseded_at=None).order_by().values("kind").annotate(n=Count("pk"), last=Max("published_at"), day=Max("as_of"))
    }  # fmt: skip
    lines = [(x, _standing(x.standing)) for x in owing.lines(clock.today())]
    told = public.door()
    written = manifest()
    waiting = BulletinRecord.objects.filter(state="issued").exclude(
        key__in=Publication.objects.filter(kind="bulletin", superseded_at=None).values("key")
    )
    return render(
        request, "site/door.html",
        {
            "kinds": [(k, word, rows.get(k)) for k, word in _KINDS.items()], "lines": lines, "late": sum(x.standing.late > 0 for x, _s in lines),
            "foot": [(k, word, told.get(k, "")) for k, word in _WORDS.items()], "may": rights.may(request.user, "publish"),
            "written": written, "folder": folder(), "waiting": list(waiting[:12]), "today": clock.today(),
        },
    )  # fmt: skip


def _publish(what: str, user: Any) -> int:
    today = clock.today()
    deeds: dict[str, Callable[[], Any]] = {
        "station": lambda: publishing.publish_stations(by=user, as_of=today),
        "rate": lambda: publishing.publish_rate(by=user, as_of=_figures_day()),
        "village": lambda: publishing_door.publish_villages(by=user, as_of=today),
        "plan": lambda: publishing_door.publish_plans(by=user, as_of=today),
        "owing": lambda: owing.publish_list(by=user, as_of=today),
    }
    if what not in deeds:
        raise Http404
    done = deeds[what]()
    return done if isinstance(done, int) else 1


def _figures_day() -> Any:
    from qingxi_office.indicators.models import FigureRecord

    last = FigureRecord.objects.filter(definition__startswith="treatment_rate").aggregate(day=Max("as_of"))["day"]
    return last or clock.today()


@login_required
@require_POST
def door_do(request: HttpRequest) -> HttpResponse:
    """Publish one sort, put the foot up, note what was published elsewhere."""
    rights.check(request.user, "publish")
    user, asked, deed = request.user, request.POST, request.POST.get("deed", "")
    try:
        if deed == "foot":
            publishing_door.publish_door({k: asked.get(k, "") for k in _WORDS}, by=user, as_of=clock.today())
            messages.success(request, _("页脚换好了。"))
        elif deed == "elsewhere":
            day = parse_date(asked.get("on", ""))
            if day is None:
                raise ValueError(_("哪天公开的要写"))
            publishing_door.note_elsewhere(
                asked.get("key", ""), day, asked.get("where", ""), asked.get("href", ""), by=user
            )
            messages.success(request, _("记下了。"))
        elif deed == "bulletin":
            row = BulletinRecord.objects.filter(key=asked.get("key", "")).first()
            if row is None:
                raise Http404
            publishing_door.publish_bulletin(row, by=user, as_of=clock.today())
            messages.success(request, _("通报公开了。"))
        else:
            n = _publish(asked.get("what", ""), user)
            messages.success(request, _("公开了，新的或改了的 %d 页。") % n)
    except ValueError as refused:
        messages.error(request, _("没有办成：%s") % refused)
    return redirect("door")


@login_required
def door_zip(request: HttpRequest) -> HttpResponse:
    """The static door as one file, for whoever carries it to the portal by hand."""
    if not seen.may_see(request.user, "figure"):
        raise Http404
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w", zipfile.ZIP_DEFLATED) as out, override("zh-hans"), absolute_days():
        for path, body in contents():
            out.writestr(zipfile.ZipInfo(path, (2000, 1, 1, 0, 0, 0)), body, compress_type=zipfile.ZIP_DEFLATED)
    name = quote(f"静态公开页_{clock.today():%Y%m%d}.zip")
    return HttpResponse(
        parcel.getvalue(),
        content_type="application/zip",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )
