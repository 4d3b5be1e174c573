"""Setting up a new county on one page: eight steps, each with what it is for, what stands there, and its form or door."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi_office.site import setting_up as law


@dataclass(frozen=True)
class Step:
    key: str
    word: str
    why: str
    stands: str
    href: str = ""
    verb: str = ""
    form: str = ""  # table of the office's forms to download


def _steps(at: law.Standing) -> list[Step]:
    loads, forms = reverse("loads"), reverse("sheet_forms")
    return [
        Step("county", _("县和第一位主管"), _("账是哪个县的。"), at.county.place.name if at.county else ""),
        Step(
            "authority", _("谁牵头、谁发文、谁处罚"), _("通报、函和责任都从这里取名字，各县不一样。"),
            at.county.lead_department if at.county else "",
        ),
        Step(
            "places", _("乡镇和村"), _("十二位代码是全部台账对在一起的钥匙。"),
            _("%(a)d 个乡镇，%(b)d 个村") % {"a": at.townships, "b": at.villages}, forms, _("或下载空表填好再导入"), "places",
        ),
        Step(
            "villages", _("行政村治理台账"), _("已治理、已管控、未完成，户数和人口。"), _("%d 个村有账") % at.ledger, loads,
            _("去导入"), "villages",
        ),
        Step(
            "facilities", _("处理设施台账"), _("站在哪里、多大、谁运维。"), _("%d 座") % at.facilities, loads, _("去导入"), "facilities",
        ),
        Step("people", _("同事"), _("请乡镇专干、运维班长、巡查员进来，各管各的地方。"), _("%d 人能登录") % at.people, reverse("people"), _("去请人")),
        Step("duties", _("谁负责"), _("每个村、每座站问得到人。"), _("%d 个岗位有人") % at.duties, reverse("duties"), _("去定人")),
        Step("figures", _("目标和口径"), _("首页第一句话用它。"), _("算过 %d 个数") % at.figures),
    ]  # fmt: skip


@login_required
def setting_up(request: HttpRequest) -> HttpResponse:
    at = law.standing()
    steps = [(n, s, at.done.get(s.key, False)) for n, s in enumerate(_steps(at), 1)]
    now = next((s.key for _n, s, done in steps if not done), "")
    return render(
        request,
        "site/setting_up.html",
        {
            "steps": steps, "at": at, "now": now, "done": sum(done for _n, _s, done in steps), "definitions": list(law.choices()),
            "faults": request.session.pop("setting_up_faults", []), "pasted": request.session.pop("setting_up_pasted", ""),
        },
    )  # fmt: skip


@login_required
def setting_up_do(request: HttpRequest) -> HttpResponse:
    """One step's form."""
    said, do = request.POST, request.POST.get("do", "")
    try:
        if do == "authority":
            law.set_authority(
                said.get("lead", ""), said.get("issuing", ""), said.get("penalty", ""), by=request.user
            )
            messages.success(request, _("记下了，以后换了也在这里改。"))
        elif do == "places":
            n, faults = law.take_list(said.get("list", ""), by=request.user)
            messages.success(request, _("收下 %d 个地方，乡镇政府也建好了。") % n)
            _keep_faults(request, faults, said.get("list", ""))
        elif do == "figures":
            n = law.set_target(said.get("target", ""), said.get("definition", ""), by=request.user)
            messages.success(request, _("算好 %d 个数，首页可以看了。") % n)
    except law.NotTaken as none:
        messages.error(request, _("一行也没有收下，原因列在下面。"))
        _keep_faults(request, none.faults, said.get("list", ""))
    except ValueError as refused:
        messages.error(request, str(refused))
    return redirect(reverse("setting_up") + (f"#{do}" if do in ("authority", "places", "figures") else ""))


def _keep_faults(request: HttpRequest, faults: list[law.Fault], pasted: str) -> None:
    if faults:
        request.session["setting_up_faults"] = [f.as_json() for f in faults[:200]]
        request.session["setting_up_pasted"] = pasted[:200_000]
