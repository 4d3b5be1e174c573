"""The county's map as one SVG in the page: villages and stations, nothing finer; each a link, the list below says the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT, PAD = 1000.0, 720.0, 24.0
_FILL = {"已治理": "m-treated", "已管控": "m-controlled"}


def _rings(shape: dict[str, Any]) -> Iterator[Sequence[Sequence[float]]]:
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    for polygon in polygons:
        yield from polygon


def _spots(data: dict[str, Any]) -> Iterator[Sequence[float]]:
    for village in data["villages"]:
        if village["shape"]:
            for ring in _rings(village["shape"]):
                yield from ring
        elif village["lon"] is not None:
            yield (village["lon"], village["lat"])
    for station in data["stations"]:
        yield (station["lon"], station["lat"])


def map_svg(
    data: dict[str, Any], village: Callable[[str], str], station: Callable[[str], str], words: dict[str, str]
) -> SafeString:
    """Draw a published map. ``village`` and ``station`` give the address of a page by its code; "" where nothing has a place."""
    spots = list(_spots(data))
    if not spots:
        return mark_safe("")
    west, east = min(p[0] for p in spots), max(p[0] for p in spots)
    south, north = min(p[1] for p in spots), max(p[1] for p in spots)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * PAD) / max((east - west) * squeeze, 1e-9), (HEIGHT - 2 * PAD) / max(north - south, 1e-9)
    )
    left, top = (WIDTH - (east - west) * squeeze * scale) / 2, (HEIGHT - (north - south) * scale) / 2

    def at(p: Sequence[float]) -> tuple[float, float]:
        return left + (p[0] - west) * squeeze * scale, top + (north - p[1]) * scale

    out = [
        f'<svg class="q-pub-map" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="group" aria-label="{escape(words["map"])}"><defs><pattern id="m-hatch" width="7" height="7" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="m-hatch-ground" width="7" height="7"/><path class="m-hatch-line" d="M0 0V7"/></pattern></defs>'
    ]
    towns: dict[str, list[tuple[float, float]]] = {}
    for v in data["villages"]:
        fill, says = _FILL.get(v["state"], "m-open"), f"{v['township']} {v['name']}：{v['state']}"
        if v["shape"]:
            path = "".join(
                "M" + "L".join("{:.0f} {:.0f}".format(*at(p)) for p in ring) + "Z" for ring in _rings(v["shape"])
            )
            inside = f'<path class="{fill} m-edge" d="{path}"/>'
            ring = next(_rings(v["shape"]))
            middle = (sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
        elif v["lon"] is not None:
            middle = (v["lon"], v["lat"])
            x, y = at(middle)
            inside = f'<circle class="{fill} m-edge" cx="{x:.0f}" cy="{y:.0f}" r="9"/>'
        else:
            continue
        towns.setdefault(v["township"], []).append(at(middle))
        out.append(
            f'<a href="{escape(village(v["code"]))}" aria-label="{escape(says)}">{inside}<title>{escape(says)}</title></a>'
        )
    for s in data["stations"]:
        x, y = at((s["lon"], s["lat"]))
        kind = {"in_use": "on", "trial": "on", "stopped": "stop"}.get(s["status"], "other")
        sign = (
            f'<rect class="m-other" x="{x - 4:.0f}" y="{y - 4:.0f}" width="8" height="8"/>' if kind == "other"
            else f'<circle class="m-{kind}" cx="{x:.0f}" cy="{y:.0f}" r="4.5"/>' + (f'<path class="m-stop" d="M{x - 3:.0f} {y + 3:.0f}l6-6"/>' if kind == "stop" else "")
        )  # fmt: skip
        out.append(
            f'<a href="{escape(station(s["code"]))}" tabindex="-1" aria-label="{escape(s["name"])}">{sign}<title>{escape(s["name"])}</title></a>'
        )
    for name, spots_of in towns.items():
        if name:
            x, y = (sum(p[n] for p in spots_of) / len(spots_of) for n in (0, 1))
            out.append(f'<text class="m-name" x="{x:.0f}" y="{y:.0f}" aria-hidden="true">{escape(name)}</text>')
    km = _round_km(WIDTH * 0.14 / scale * 111.32)
    bar = km / 111.32 * scale
    out.append(
        f'<path d="M24 {HEIGHT - 20:.0f}v8h{bar:.0f}v-8" fill="none" stroke="currentColor" stroke-width="1.5"/><text x="28" y="{HEIGHT - 26:.0f}" font-size="14" fill="currentColor">{km:g} km</text>'
        f'<path d="M{WIDTH - 36:.0f} 44l8-22 8 22-8-6z" fill="currentColor"/><text x="{WIDTH - 28:.0f}" y="16" font-size="14" text-anchor="middle" fill="currentColor">{escape(words["north"])}</text></svg>'
    )
    return mark_safe("".join(out))


def _round_km(km: float) -> float:
    power = 10 ** math.floor(math.log10(max(km, 1e-6)))
    return max(p for p in (power, 2 * power, 5 * power) if p <= max(km, power))
