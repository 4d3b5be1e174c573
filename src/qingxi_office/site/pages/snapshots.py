"""The register as it stood on a day: freeze it, read it again, lay two days side by side."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi_office.facilities import actions
from qingxi_office.facilities.frozen_rows import Difference, differences, rows_of, sound
from qingxi_office.facilities.models import Snapshot
from qingxi_office.people import rights

from . import form, seen, sheet

MOST_SHOWN = 200


def kind_words() -> dict[str, str]:
    return {
        "village": _("行政村"), "hamlet": _("自然村"), "household": _("户"), "facility": _("设施"), "discharger": _("排水户"),
        "outlet": _("排污口"), "sampling_point": _("采样点"),
    }  # fmt: skip


def field_words() -> dict[str, str]:
    return {
        "key": _("编号"), "place__code": _("村码"), "place__name": _("村名"), "name": _("名称"), "state": _("治理状态"), "state_on": _("认定日期"),
        "state_doc": _("认定文号"), "mode": _("模式"), "households": _("户数"), "people_registered": _("户籍人口"),
        "people_resident": _("常住人口"), "people_festival": _("春节人口"), "households_connected": _("接户数"),
        "no_sewage_seen": _("看不到污水横流"), "no_odour": _("闻不到臭味"), "no_complaint": _("听不到怨言"), "sewer_distance_m": _("离管 m"),
        "crop_area_mu": _("田 亩"), "ditch_m": _("沟渠 m"), "households_treated": _("已治理户"), "households_controlled": _("已管控户"),
        "hamlet__key": _("自然村编号"), "door": _("门牌"), "toilet": _("厕所"), "separated": _("黑灰分离"), "rain_separated": _("雨污分流"),
        "water_source": _("用水"), "water_m3_month": _("月用水 m³"), "connected": _("接管"), "ditch": _("沟渠"), "income_class": _("收入类别"),
        "lon": _("经度"), "lat": _("纬度"), "process": _("工艺"), "design_m3_d": _("设计规模"), "actual_m3_d": _("实际水量"),
        "discharge_class": _("执行标准"), "owner": _("产权单位"), "operator": _("运维单位"), "status": _("状态"), "fault_class": _("故障类别"),
        "commissioned": _("投运日期"), "scrapped_on": _("报废日期"), "public_code": _("站码"), "kind": _("类别"), "facility__key": _("接到"),
        "flow_m3_d": _("排水量"), "pretreatment": _("预处理"), "permit": _("排水许可"), "permit_number": _("许可证号"), "closed_on": _("停用"),
        "water": _("受纳水体"), "water_class": _("水功能类别"), "registered": _("登记"), "number": _("登记号"), "outlet__key": _("排口"), "every": _("多久一次"),
    }  # fmt: skip


@login_required
def snapshots(request: HttpRequest) -> HttpResponse:
    """All snapshots; a county officer freezes a new one."""
    user = request.user
    if not seen.may_see(user, "snapshot"):
        raise Http404
    if request.method == "POST":
        made = actions.freeze(request.POST.get("title", ""), by=user, why=request.POST.get("why", ""))
        messages.success(request, _("%s 已经冻结。") % made.title)
        return redirect("snapshot", made.key)
    rows = list(seen.snapshots(user))
    for row in rows:
        row.told = [(word, row.counts.get(kind, 0)) for kind, word in kind_words().items() if row.counts.get(kind)]
    return render(request, "site/snapshots.html", {"rows": rows, "may_freeze": rights.may(user, "freeze_register")})


@login_required
def snapshot(request: HttpRequest, key: str) -> HttpResponse:
    """One snapshot: what it counts here, the rows of one village, and the difference to another day."""
    user, asked = request.user, request.GET
    held = seen.snapshots(user).filter(key=key).first()
    if held is None:
        raise Http404
    parts = list(seen.parts(user, held))
    kinds = kind_words()
    other = seen.snapshots(user).filter(key=asked.get("against", "")).first() if asked.get("against") else None
    if asked.get("against") and other is None:
        raise Http404
    context: dict[str, Any] = {
        "s": held, "kinds": kinds, "other": other, "others": [s for s in seen.snapshots(user) if s.pk != held.pk],
        "by_kind": _by_kind(parts), "field_words": field_words(), "may_freeze": rights.may(user, "freeze_register"),
    }  # fmt: skip
    if other is not None:
        found = differences(seen.parts(user, other), parts)
        if asked.get("as") in sheet.FORMATS:
            return _difference_sheet(request, held, other, found)
        context |= {"found": found[:MOST_SHOWN], "lines": _lines(found), "count": sum(d.count for d in found)}
    elif asked.get("village") and asked.get("kind") in kinds:
        part = next((p for p in parts if p.kind == asked["kind"] and p.place.code == asked["village"]), None)
        if part is None:
            raise Http404
        rows = rows_of(part)
        words = field_words()
        names = list(rows[0]) if rows else []
        if asked.get("as") in sheet.FORMATS:
            return sheet.answer(
                request,
                f"{kinds[part.kind]}_{held.on}",
                [words.get(n, n) for n in names],
                [[_flat(r[n]) for n in names] for r in rows],
            )
        context |= {
            "part": part, "sound": sound(part), "heads": [words.get(n, n) for n in names],
            "rows": [[form.text_of(r[n]) for n in names] for r in rows[:MOST_SHOWN]], "more": max(len(rows) - MOST_SHOWN, 0),
        }  # fmt: skip
    return render(request, "site/snapshot.html", context)


def _flat(value: Any) -> Any:
    return form.text_of(value) if isinstance(value, bool) else value


def _by_kind(parts: list[Any]) -> list[tuple[str, int, dict[str, float], list[Any]]]:
    """(kind, rows, sums, parts) in the order of the kinds, of what this person sees."""
    held: dict[str, list[Any]] = defaultdict(list)
    for part in parts:
        held[part.kind].append(part)
    out = []
    for kind, word in kind_words().items():
        if held[kind]:
            sums: dict[str, float] = defaultdict(float)
            for part in held[kind]:
                for name, value in part.sums.items():
                    sums[name] += value
            words = field_words()
            out.append(
                (word, sum(p.count for p in held[kind]), {words.get(k, k): v for k, v in sums.items()}, held[kind])
            )
    return out


def _lines(found: list[Difference]) -> list[dict[str, Any]]:
    """The differences as lines of a page, the first :data:`MOST_SHOWN`."""
    words, kinds = field_words(), kind_words()
    out = []
    for d in found:
        for row in d.gone:
            out.append(
                {
                    "kind": kinds[d.kind],
                    "place": d.place.name,
                    "key": row.get("key") or row.get("place__code"),
                    "said": _("没有了"),
                    "sign": "bad",
                    "parts": [],
                }
            )
        for row in d.new:
            out.append(
                {
                    "kind": kinds[d.kind],
                    "place": d.place.name,
                    "key": row.get("key") or row.get("place__code"),
                    "said": _("新增"),
                    "sign": "info",
                    "parts": [],
                }
            )
        for before, after, names in d.changed:
            parts = [(words.get(n, n), form.text_of(before[n]), form.text_of(after[n])) for n in names]
            out.append(
                {
                    "kind": kinds[d.kind],
                    "place": d.place.name,
                    "key": after.get("key") or after.get("place__code"),
                    "said": _("改了"),
                    "sign": "plain",
                    "parts": parts,
                }
            )
        if len(out) >= MOST_SHOWN:
            break
    return out[:MOST_SHOWN]


def _difference_sheet(
    request: HttpRequest, held: Snapshot, other: Snapshot, found: list[Difference]
) -> HttpResponse:
    words, kinds = field_words(), kind_words()
    rows = []
    for d in found:
        for row in d.gone:
            rows.append(
                [
                    kinds[d.kind],
                    d.place.code,
                    d.place.name,
                    row.get("key") or row.get("place__code"),
                    "没有了",
                    "",
                    "",
                    "",
                ]
            )
        for row in d.new:
            rows.append(
                [
                    kinds[d.kind],
                    d.place.code,
                    d.place.name,
                    row.get("key") or row.get("place__code"),
                    "新增",
                    "",
                    "",
                    "",
                ]
            )
        for before, after, names in d.changed:
            for n in names:
                rows.append([
                    kinds[d.kind], d.place.code, d.place.name, after.get("key") or after.get("place__code"), "改了", words.get(n, n),
                    form.text_of(before[n]), form.text_of(after[n]),
                ])  # fmt: skip
    return sheet.answer(
        request,
        f"登记差异_{other.on}_{held.on}",
        ["类别", "村码", "村", "编号", "变化", "项目", "原来", "后来"],
        rows,
    )
