"""One station, one code: labels for the fences of many stations on sheets of A4, exact in millimetres, and the list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from . import seen, sheet

A4_W, A4_H, EDGE = 210, 297, 10  # mm; printers cannot reach the last few
MOST = 3000


@dataclass(frozen=True)
class Size:
    """A label, mm: what hangs on a fence, what sticks on a control box."""

    key: str
    width: int
    height: int

    @property
    def across(self) -> int:
        return (A4_W - 2 * EDGE) // self.width

    @property
    def down(self) -> int:
        return (A4_H - 2 * EDGE) // self.height

    @property
    def on_sheet(self) -> int:
        return self.across * self.down

    @property
    def word(self) -> str:
        return _("%(w)d×%(h)d mm，一张 %(n)d 个") % {"w": self.width, "h": self.height, "n": self.on_sheet}


SIZES = tuple(Size(f"{w}x{h}", w, h) for w, h in ((50, 80), (90, 55), (90, 130), (190, 270)))


@login_required
def qr_sheets(request: HttpRequest) -> HttpResponse:
    """Choose stations by filter, look at the sheets, print them; ``?as=xlsx`` gives the list with addresses."""
    user, asked = request.user, request.GET
    rows = seen.facilities(user).exclude(status="scrapped")
    if township := asked.get("township", ""):
        rows = rows.filter(place__path__contains=f"/{township}/")
    if operator := asked.get("operator", ""):
        rows = rows.filter(operator="" if operator == "-" else operator)
    if keys := asked.getlist("key"):
        rows = rows.filter(key__in=keys)
    if text := asked.get("q", "").strip():
        rows = rows.filter(name__contains=text)
    rows = rows.order_by("place__parent__code", "key")
    if asked.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, "站码", ["设施编号", "设施名称", "乡镇", "行政村", "站码", "网址"],
            [
                [f.key, f.name, f.place.parent.name if f.place.parent else "", f.place.name, f.public_code, address(request, f.public_code)]
                for f in rows
            ],
        )  # fmt: skip
    size = next((s for s in SIZES if s.key == asked.get("size")), SIZES[0])
    found = list(rows[:MOST])
    shown = found if asked.get("all") or len(found) <= 60 else found[:60]
    labels = [
        {
            "f": f, "code": f.public_code, "qr": qr(address(request, f.public_code)), "town": f.place.parent.name if f.place.parent else "",
            "village": f.place.name,
        }
        for f in shown
    ]  # fmt: skip
    everything = seen.facilities(user)
    return render(
        request,
        "site/qr_sheets.html",
        {
            "sheets": [labels[at : at + size.on_sheet] for at in range(0, len(labels), size.on_sheet)],
            "found": len(found), "shown": len(shown), "size": size, "sizes": [(s.key, s.word) for s in SIZES],
            "pages": -(-len(found) // size.on_sheet), "towns": _towns(everything), "host": request.get_host(),
            "operators": [(w or "-", w or _("没有运维单位")) for w in sorted(set(everything.order_by().values_list("operator", flat=True)))],
            "hotline": _hotline(), "local": request.get_host().split(":")[0] in ("127.0.0.1", "localhost"),
        },
    )  # fmt: skip


def _towns(rows: Any) -> list[tuple[str, str]]:
    towns = {}
    for code, name, up, up_name, level in rows.order_by("place__parent__code").values_list(
        "place__code", "place__name", "place__parent__code", "place__parent__name", "place__level"
    ):
        towns[up if level == "village" else code] = up_name if level == "village" else name
    return sorted((c, n) for c, n in towns.items() if c)


def _hotline() -> str:
    from qingxi_office.site.publishing import HOTLINE

    return HOTLINE


def address(request: HttpRequest, code: str) -> str:
    """The address that stands in the code: short, in capitals only where the code has them."""
    return request.build_absolute_uri(reverse("public_station", args=[code]))


@lru_cache(maxsize=4096)
def qr(text: str) -> SafeString:
    """The code as SVG that fills its frame; level M, readable with a seventh of it torn off."""
    import segno

    code = segno.make(text, error="m", micro=False)
    side = code.symbol_size(border=2)[0]
    return (
        mark_safe(
            code.svg_inline(
                border=2, omitsize=True, svgclass="q-qr", lineclass=None, dark="#000", light="#fff", scale=1
            )
        )
        if side
        else mark_safe("")
    )
