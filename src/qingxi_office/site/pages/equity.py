"""公平: money and served people per head, by township, near and remote, class of village; with the lists behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi.indicator import GroupShare, Share, gini, group_shares, theil, theil_between
from qingxi.standard import load_table
from qingxi_office.funds.queries import of_subjects
from qingxi_office.trail import clock

from . import seen, sheet
from .table import Column, Listed, export, table

_KINDS = ("payment", "budget")  # what was paid out where that is known, else what was put aside


@dataclass
class _Row:
    pk: int
    code: str
    name: str
    town: str
    klass: str
    near: str
    share: Share

    @property
    def head(self) -> float | None:
        people, fen = self.share.people, self.share.fen
        return None if not people or fen is None else fen / 100 / people


def _rows(user: Any) -> tuple[list[_Row], dict[str, int]]:
    """Villages with people, money and served people; and what money of which kind lies where no village is named."""
    villages = list(
        seen.villages(user).order_by("place__code").values_list(
            "pk", "place__code", "place__name", "place__parent__name", "place__village_class", "people_resident", "households",
            "households_connected", "sewer_distance_m",
        )
    )  # fmt: skip
    money, beside = _money(user, {code for _p, code, *_rest in villages})
    near_m = load_table("coordination")["near.most_m"]
    words = {True: _("近"), False: _("远"), None: _("不知道远近")}
    out = []
    for pk, code, name, town, klass, people, houses, connected, metres in villages:
        served = None
        if people is not None and houses and connected is not None:
            served = round(people * min(connected / houses, 1))
        near = words[None if metres is None else metres <= near_m]
        out.append(
            _Row(
                pk,
                code,
                name,
                town or "",
                klass or _("没有分类"),
                near,
                Share(code, name, people, money.get(code, 0), served),
            )
        )
    return out, beside


def _money(user: Any, codes: set[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Fen by village out of the projects in it; and what is left over: projects of no single village."""
    where = {
        f"project:{key}": (code or "")[:12] for key, code in seen.projects(user).values_list("key", "place__code")
    }
    by_kind: dict[str, dict[str, int]] = {kind: defaultdict(int) for kind in _KINDS}
    for row in of_subjects(user, list(where)):
        if row.kind in by_kind:
            by_kind[row.kind][row.subject] += row.amount_fen
    out: dict[str, int] = defaultdict(int)
    beside: dict[str, int] = defaultdict(int)
    for subject, code in where.items():
        fen = by_kind["payment"].get(subject) or by_kind["budget"].get(subject, 0)
        if code in codes:
            out[code] += fen
        else:
            beside[subject] += fen
    return out, beside


def _columns() -> list[Column]:
    return [
        Column("name", _("村"), lambda r: r.name),
        Column("code", _("村码"), lambda r: r.code, shown=False, always=True),
        Column("town", _("乡镇"), lambda r: r.town, quiet=True),
        Column("class", _("分类"), lambda r: r.klass, quiet=True),
        Column("near", _("远近"), lambda r: r.near, quiet=True),
        Column("people", _("常住"), lambda r: r.share.people, num=True),
        Column("money", _("资金 万元"), lambda r: (r.share.fen or 0) / 1e6, num=True, decimals=2),
        Column("head", _("人均 元"), lambda r: r.head, num=True),
        Column("served", _("接通人口"), lambda r: r.share.served, num=True),
    ]  # fmt: skip


@login_required
def equity(request: HttpRequest) -> HttpResponse:
    user = request.user
    rows, beside = _rows(user)
    rows.sort(key=lambda r: (r.head is None, r.head or 0.0, r.code))
    held = {r.pk: r for r in rows}
    source = Listed([r.pk for r in rows], lambda pks: {pk: held[pk] for pk in pks})
    columns = _columns()
    if request.GET.get("as") in sheet.FORMATS:
        return export(request, "公平", columns, source)
    by_code = {r.code: r for r in rows}
    views: list[tuple[str, Callable[[Share], str]]] = [
        (_("乡镇"), lambda s: by_code[s.village].town), (_("村庄分类"), lambda s: by_code[s.village].klass), (_("远近"), lambda s: by_code[s.village].near),
    ]  # fmt: skip
    near_known = any(r.near != _("不知道远近") for r in rows)
    if not near_known:
        views.pop()
    shares = [r.share for r in rows]
    known = [r for r in rows if r.share.people]
    people = [float(r.share.people or 0) for r in known]
    fens = [float(r.share.fen or 0) for r in known]
    served = [float(r.share.served or 0) for r in known if r.share.served is not None]
    served_people = [float(r.share.people or 0) for r in known if r.share.served is not None]
    whole = theil(fens, people)
    between = theil_between(fens, people, [r.town for r in known])
    tables = [(word, group_shares(shares, group)) for word, group in views]
    return render(
        request,
        "site/equity.html",
        {
            "answer": _answer(tables[0][1]), "tables": tables, "gini": gini(fens, people), "theil": whole,
            "between": between / whole if whole and between is not None else None, "gini_served": gini(served, served_people),
            "table": table(request, columns, source, total=len(rows), href=lambda r: reverse("village", args=[r.code]), label=_("各村人均")),
            "beside": sum(beside.values()), "n_beside": sum(1 for fen in beside.values() if fen), "near_m": load_table("coordination")["near.most_m"],
            "unknown": len(rows) - len(known), "near_known": near_known, "today": clock.today(),
        },
    )  # fmt: skip


def _answer(towns: list[GroupShare]) -> str:
    with_money = [t for t in towns if t.yuan_per_head]
    if not with_money:
        return _("还没有一笔钱记到村，说不出谁多谁少。")
    least, most = with_money[0], with_money[-1]
    none = sum(1 for t in towns if t.people and not t.fen)
    first = _("人均资金最多的是%(a)s %(x)s 元，最少的是%(b)s %(y)s 元") % {
        "a": most.group, "x": f"{most.yuan_per_head:,.0f}", "b": least.group, "y": f"{least.yuan_per_head:,.0f}",
    }  # fmt: skip
    return first + (_("；%d 个乡镇一分没有。") % none if none else _("。"))
