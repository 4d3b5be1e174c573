"""A still map as SVG from the same layers the live map draws: for browsers without WebGL, and for paper."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from django.utils.html import escape

WIDTH, HEIGHT, PAD = 900.0, 620.0, 16.0

# Pictures cannot read the page's roles: the light values of tokens.css and pages.css stand here once more.
_STATE_FILL = {"已治理": "#cfe6e1", "已管控": "#e6eecf", "名单外": "#ffffff"}
_MODE_FILL = {
    "town_connection": "#2f6fa8", "近纳管": "#2f6fa8", "shared_plant": "#0f766e", "聚集中": "#0f766e",
    "onsite": "#b98a3e", "散分户": "#b98a3e", "reuse": "#74832a", "资源利用": "#74832a",
}  # fmt: skip


def still_map(layers: dict[str, Any]) -> str:
    """Draw the layers; an empty set of layers gives an empty sheet that says so."""
    points = [
        xy
        for name in ("villages", "outline", "outlines", "houses", "hamlets", "stations")
        for xy in _points(layers.get(name))
    ]
    box = layers.get("box")
    if box:
        west, south, east, north = box
    elif points:
        west, east = min(p[0] for p in points), max(p[0] for p in points)
        south, north = min(p[1] for p in points), max(p[1] for p in points)
    else:
        return _sheet(
            '<text x="450" y="310" font-size="20" text-anchor="middle" fill="#50605b">没有带坐标的记录</text>'
        )
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * PAD) / max((east - west) * squeeze, 1e-9), (HEIGHT - 2 * PAD) / max(north - south, 1e-9)
    )
    left = (WIDTH - (east - west) * squeeze * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2

    def at(xy: list[float]) -> str:
        return f"{left + (xy[0] - west) * squeeze * scale:.1f} {top + (north - xy[1]) * scale:.1f}"

    def path(geometry: dict[str, Any]) -> str:
        return " ".join(
            "M" + " L".join(at(xy) for xy in ring) + ("Z" if "Polygon" in geometry["type"] else "")
            for ring in _rings(geometry)
        )

    out = ['<pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
           '<rect width="6" height="6" fill="#f0f1f3"/><path d="M0 0V6" stroke="#6b7280" stroke-opacity=".5"/></pattern>']  # fmt: skip
    for row in _rows(layers, "villages"):
        if row["geometry"]["type"] != "Point":
            fill = row["properties"].get("fill") or _STATE_FILL.get(row["properties"]["state"], "url(#h)")
            out.append(f'<path d="{path(row["geometry"])}" fill="{fill}" stroke="#fff"/>')
        else:
            x, y = at(row["geometry"]["coordinates"]).split()
            fill = row["properties"].get("fill") or _STATE_FILL.get(row["properties"]["state"], "url(#h)")
            out.append(
                f'<rect x="{float(x) - 7:.1f}" y="{float(y) - 7:.1f}" width="14" height="14" fill="{fill}" stroke="#7f918b"/>'
            )
    for name, style in (
        ("farm", 'fill="#e9efd9" stroke="#b5c28c" stroke-dasharray="3 2"'),
        ("outline", 'fill="none" stroke="#8b9a95" stroke-dasharray="4 3"'),
        ("outlines", 'fill="#fbfcfb" stroke="#8b9a95" stroke-dasharray="4 3"'),
        ("roads", 'fill="none" stroke="#c3ccc8" stroke-width="2"'),
        ("waters", 'fill="none" stroke="#8fbcd9" stroke-width="2"'),
        ("towns", 'fill="none" stroke="#7f918b" stroke-dasharray="3 2"'),
        ("county", 'fill="none" stroke="#4d5f59" stroke-width="1.6"'),
        ("works", 'fill="none" stroke="#b7791f" stroke-opacity=".45" stroke-width="7"'),
        ("pipes", 'fill="none" stroke="#0072b2" stroke-width="2"'),
    ):
        for row in _rows(layers, name):
            if row["geometry"]["type"] != "Point":
                out.append(f'<path d="{path(row["geometry"])}" {style}/>')
    for row in [*_rows(layers, "houses"), *_rows(layers, "hamlets")]:
        x, y = at(row["geometry"]["coordinates"]).split()
        fill = _MODE_FILL.get(row["properties"].get("mode", ""), "#8b9692")
        out.append(f'<circle cx="{x}" cy="{y}" r="2.6" fill="{fill}"/>')
    for row in [*_rows(layers, "stations"), *_rows(layers, "plants")]:
        x, y = (float(v) for v in at(row["geometry"]["coordinates"]).split())
        out.append(_sign(row["properties"].get("standing", "ok"), x, y))
        if row["properties"].get("standing") == "idle":
            out.append(
                f'<text x="{x + 10:.1f}" y="{y - 6:.1f}" font-size="12" fill="#a11d13">{escape(row["properties"]["name"])}</text>'
            )
    for row in _rows(layers, "labels"):
        x, y = at(row["geometry"]["coordinates"]).split()
        out.append(
            f'<text x="{x}" y="{y}" font-size="13" text-anchor="middle" fill="#17211e">{escape(row["properties"]["name"])}</text>'
        )
    km = _round_km(WIDTH * 0.12 / scale * 111.32)
    bar = km / 111.32 * scale
    out.append(f'<path d="M20 {HEIGHT - 22}v8h{bar:.1f}v-8" fill="none" stroke="#50605b"/>'
               f'<text x="24" y="{HEIGHT - 20}" font-size="12" fill="#50605b">{km:g} km</text>')  # fmt: skip
    return _sheet("".join(out))


def _sheet(inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" '
        'font-family="PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif">'
        f'<rect width="{WIDTH:.0f}" height="{HEIGHT:.0f}" fill="#f3f6f5"/>{inside}</svg>'
    )


def _sign(standing: str, x: float, y: float) -> str:
    if standing == "idle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="#b42318"/><path d="M{x - 2.4:.1f} {y - 3:.1f}v6M{x + 2.4:.1f} {y - 3:.1f}v6" stroke="#fff" stroke-width="2"/>'
    if standing == "stop":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#fff" stroke="#b42318" stroke-width="2"/><path d="M{x - 3:.1f} {y + 3:.1f}l6-6" stroke="#b42318" stroke-width="2"/>'
    if standing == "watch":
        return f'<path d="M{x:.1f} {y - 6:.1f}l6 10h-12Z" fill="#b7791f" stroke="#fff"/>'
    if standing == "unk":
        return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#f0f1f3" stroke="#6b7280"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#2f7d4f" stroke="#fff"/>'


def _round_km(km: float) -> float:
    power = 10 ** math.floor(math.log10(max(km, 1e-6)))
    return max(p for p in (power, 2 * power, 5 * power) if p <= max(km, power))


def _rows(layers: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return (layers.get(name) or {}).get("features", [])


def _rings(geometry: dict[str, Any]) -> list[list[list[float]]]:
    kind, xy = geometry["type"], geometry["coordinates"]
    if kind == "LineString":
        return [xy]
    if kind in ("Polygon", "MultiLineString"):
        return xy
    if kind == "MultiPolygon":
        return [ring for polygon in xy for ring in polygon]
    return []


def _points(collection: dict[str, Any] | None) -> Iterator[list[float]]:
    for row in (collection or {}).get("features", []):
        if row["geometry"]["type"] == "Point":
            yield row["geometry"]["coordinates"]
        else:
            for ring in _rings(row["geometry"]):
                yield from ring
