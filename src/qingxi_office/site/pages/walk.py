"""溯源: how do we know? The walk back from any record, layer by layer, down to the households."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

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
    "publication": "公布", "bulletin": "通报", "callover": "调度快照", "card": "红黄牌", "figure": "数字", "reported": "官方数", "seat": "乡镇驻地", "issue": "问题", "finding": "判断", "report": "群众反映",
    "visit": "巡查", "sample": "抽查", "spot_visit": "抽查的站", "lab": "化验", "bill": "电费单", "series": "日数据", "device": "设备", "packets": "报文", "facility": "设施", "project": "项目", "fund": "资金",
    "lot": "年度批次", "clash": "路管冲突", "clash_letter": "同步施工的函", "work": "别的部门工程", "system": "规划系统", "option": "模式比选", "plan": "规划",
    "village": "行政村", "hamlet": "自然村", "household": "农户", "place": "地方",
}  # fmt: skip


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
        return reverse("device", args=[ref.id.partition("/")[0]])
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
            request, f"溯源_{WORDS.get(layer, layer)}", ["种类", "编号", "由什么得来"],
            [[WORDS.get(r.kind, r.kind), r.id, "；".join(map(str, made[:50]))] for r, made in rows],
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
            "ref": ref, "name": names.get(ref, ref.id), "href": href_of(ref), "of": Counter(WORDS.get(r.kind, r.kind) for r in made).most_common(),
            "first": [(names.get(r, r.id), href_of(r)) if r not in hidden else (WORDS.get(r.kind, r.kind), "") for r in made[:3]], "n": len(made),
        }
        for ref, made in page.object_list
    ]  # fmt: skip
    figure = seen.figures(request.user).filter(key=key).first() if kind == "figure" else None
    return render(
        request,
        "site/walk.html",
        {
            "start": start, "start_word": WORDS.get(kind, kind), "start_name": figure.name if figure else names.get(start, key), "figure": figure,
            "total": len(found.steps), "missing": len(found.missing), "layers": [(k, WORDS[k], counts[k]) for k in order],
            "layer": layer, "layer_word": WORDS.get(layer, layer), "page": page, "lines": lines,
            "chain": [(k, WORDS[k], counts[k]) for k in ("figure", "village", "hamlet", "household") if counts[k]],
        },
    )  # fmt: skip
