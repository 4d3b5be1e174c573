"""溯源: how do we know? The walk back from any record, layer by layer, down to the households."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.models import Place
from qingxi_office.samples.models import Campaign
from qingxi_office.site import walk as books
from qingxi_office.villages.models import HamletRecord

from . import seen, sheet

PAGE = 60
WORDS = {
    "publication": _("公布"), "bulletin": _("通报"), "callover": _("调度快照"), "card": _("红黄牌"), "figure": _("数字"), "reported": _("官方数"), "seat": _("乡镇驻地"), "issue": _("问题"), "finding": _("判断"), "report": _("群众反映"),
    "visit": _("巡查"), "sample": _("抽查"), "spot_visit": _("抽查的站"), "lab": _("化验"), "bill": _("电费单"), "series": _("日数据"), "device": _("设备"), "packets": _("报文"), "facility": _("设施"), "project": _("项目"), "fund": _("资金"),
    "lot": _("年度批次"), "clash": _("路管冲突"), "clash_letter": _("同步施工的函"), "work": _("别的部门工程"), "system": _("规划系统"), "option": _("模式比选"), "plan": _("规划"),
    "village": _("行政村"), "hamlet": _("自然村"), "household": _("农户"), "place": _("地方"),
}  # fmt: skip


def word(kind: str) -> str:
    """What a kind of record is called in the reader's language."""
    return str(WORDS.get(kind, kind))


def names_of(refs: list[Ref]) -> dict[Ref, str]:
    """Readable names, one query a kind; a kind without names is called by its id."""
    ids: dict[str, list[str]] = {}
    for ref in refs:
        ids.setdefault(ref.kind, []).append(ref.id)
    out: dict[Ref, str] = {}
    for kind, model, key, name in (
        ("facility", FacilityRecord, "key", "name"),
        ("village", Place, "code", "name"),
        ("place", Place, "code", "name"),
        ("hamlet", HamletRecord, "key", "name"),
        ("issue", IssueRecord, "key", "title"),
        ("sample", Campaign, "key", "title"),
    ):
        if kind in ids:
            rows = model.objects.filter(**{f"{key}__in": ids[kind][:2000]}).order_by().values_list(key, name)  # type: ignore[attr-defined]
            out.update({Ref(kind, str(k)): n for k, n in rows})
    return out


def href_of(ref: Ref, *, walk: bool = False) -> str:
    """The page of a record; with ``walk`` the walk back from it, wherever there is one."""
    if walk and ref.kind in books.KINDS and ref.kind != "household":
        return reverse("walk", args=[ref.kind, ref.id])
    if ref.kind == "facility":
        return reverse("facility", args=[ref.id])
    if ref.kind == "village":
        return reverse("village", args=[ref.id])
    if ref.kind == "issue":
        return reverse("issue", args=[ref.id])
    if ref.kind == "bulletin":
        return reverse("bulletin", args=[ref.id])
    if ref.kind == "packets":
        mn, _slash, day = ref.id.partition("/")
        return reverse("device_packets", args=[mn, day]) if day else reverse("device", args=[mn])
    if ref.kind == "sample":
        return reverse("spot_check", args=[ref.id])
    if ref.kind == "household":
        return ""
    return reverse("walk", args=[ref.kind, ref.id])


@login_required
def walk(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    if kind not in books.KINDS:
        raise Http404
    start = Ref(kind, key)
    found = books.walk(start, user=request.user)
    if not found.steps:
        raise Http404
    counts = Counter(ref.kind for ref, _made in found.steps)
    order = [k for k in WORDS if counts[k]]
    layer = request.GET.get("kind") or next((k for k in order if k != kind), kind)
    rows = [(ref, made) for ref, made in found.steps if ref.kind == layer]
    if request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, f"溯源_{word(layer)}", ["种类", "编号", "由什么得来"],
            [[word(r.kind), r.id, "；".join(map(str, made[:50]))] for r, made in rows],
        )  # fmt: skip
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    hidden = set(found.missing)  # not there, or not this person's to see: called by its kind only
    names = names_of(
        [ref for ref, _made in page.object_list]
        + [r for _ref, made in page.object_list for r in made[:4]]
        + [start]
    )
    lines = [
        {
            "ref": ref, "name": names.get(ref, ref.id), "href": href_of(ref), "of": Counter(word(r.kind) for r in made).most_common(),
            "first": [(names.get(r, r.id), href_of(r)) if r not in hidden else (word(r.kind), "") for r in made[:3]], "n": len(made),
        }
        for ref, made in page.object_list
    ]  # fmt: skip
    figure = seen.figures(request.user).filter(key=key).first() if kind == "figure" else None
    return render(
        request,
        "site/walk.html",
        {
            "start": start, "start_word": word(kind), "start_name": figure.name if figure else names.get(start, key), "figure": figure,
            "total": len(found.steps), "missing": len(found.missing), "layers": [(k, word(k), counts[k]) for k in order],
            "layer": layer, "layer_word": word(layer), "page": page, "lines": lines,
            "chain": [(k, word(k), counts[k]) for k in ("figure", "village", "hamlet", "household") if counts[k]],
        },
    )  # fmt: skip
