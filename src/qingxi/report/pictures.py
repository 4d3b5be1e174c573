"""Charts and maps of documents, drawn as SVG for grey print: greys and hatching, every value written beside its mark.

An unknown value is hatched and says so; nothing is told by colour alone.
"""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from qingxi.bulletin import Bars, MapPicture

FACE = "Noto Sans CJK SC"
WIDTH = 442.0
"""Of the type area: 156 mm in points."""

_GREYS = ("#ffffff", "#dcdcdc", "#b4b4b4", "#868686", "#555555")
_EDGES = (0.6, 0.7, 0.8, 0.9)  # classes of a share: below 60 %, 60–70, 70–80, 80–90, 90 and more
_CLASSES = ("低于 60%", "60%—70%", "70%—80%", "80%—90%", "90% 及以上")
_HATCH = (
    '<pattern id="h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#fff"/><path d="M0 0V5" stroke="#555" stroke-width="1.2"/></pattern>'
)


def _sheet(height: float, inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}pt" height="{height:.0f}pt" viewBox="0 0 {WIDTH:g} {height:.0f}" '
        f'font-family="{FACE}"><defs>{_HATCH}</defs><rect width="{WIDTH:g}" height="{height:.0f}" fill="#fff"/>{inside}</svg>'
    )


def _text(x: float, y: float, said: str, size: float = 9, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="#000"{more}>{escape(said)}</text>'


def bars_svg(chart: Bars) -> str:
    """One bar a place, in the order given; the target as a dashed line with its word."""
    row, left, right, top = 17.0, 92.0, 52.0, 20.0
    wide = WIDTH - left - right
    height = top + row * max(1, len(chart.rows)) + 22
    out = []
    for tick in range(0, 101, 20):
        x = left + wide * tick / 100
        out.append(
            f'<path d="M{x:.1f} {top - 3}V{height - 20:.1f}" stroke="#d0d0d0" stroke-width=".5"/>'
            + _text(x, height - 8, f"{tick}%", 8, "middle")
        )
    for n, (name, share, label) in enumerate(chart.rows):
        y = top + n * row
        out.append(_text(left - 6, y + 11.5, name, 9.5, "end"))
        if share is None:
            out.append(
                f'<rect x="{left:.1f}" y="{y + 2:.1f}" width="{wide:.1f}" height="{row - 6:.1f}" fill="url(#h)" stroke="#555" stroke-width=".5"/>'
            )
        else:
            long = wide * min(1.0, max(0.0, share))
            below = chart.target is not None and share < chart.target
            fill = "#b9b9b9" if below else "#6a6a6a"
            out.append(
                f'<rect x="{left:.1f}" y="{y + 2:.1f}" width="{long:.1f}" height="{row - 6:.1f}" fill="{fill}" stroke="#333" stroke-width=".5"/>'
            )
        out.append(_text(WIDTH - right + 6, y + 11.5, label, 9.5))
    if chart.target is not None:
        x = left + wide * chart.target
        out.append(
            f'<path d="M{x:.1f} {top - 6:.1f}V{height - 20:.1f}" stroke="#000" stroke-width="1" stroke-dasharray="4 3"/>'
            + _text(x, top - 9, f"目标 {chart.target * 100:g}%", 8.5, "middle")
        )
    return _sheet(height, "".join(out))


def _class(share: float) -> int:
    return sum(share >= edge for edge in _EDGES)


def map_svg(picture: MapPicture) -> str:
    """Places by class of grey, each with its name and value; scale, north, legend, unknown hatched."""
    points = [xy for s in picture.shapes for ring in s.rings for xy in ring]
    if not points:
        return _sheet(60, _text(WIDTH / 2, 34, "没有乡镇范围数据，未出图", 11, "middle"))
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    legend = 100.0
    room_w, room_h = WIDTH - legend - 16, 240.0
    scale = min(room_w / max((east - west) * squeeze, 1e-9), room_h / max(north - south, 1e-9))
    height = (north - south) * scale + 24
    height = max(height, 190.0)
    left = 6 + (room_w - (east - west) * squeeze * scale) / 2
    top = (height - (north - south) * scale) / 2

    def at(xy: tuple[float, float]) -> tuple[float, float]:
        return left + (xy[0] - west) * squeeze * scale, top + (north - xy[1]) * scale

    known = {code: (share, label) for code, share, label in picture.shares}
    areas, names = [], []
    for shape in picture.shapes:
        share, label = known.get(shape.code, (None, "无数据"))
        fill = "url(#h)" if share is None else _GREYS[_class(share)]
        d = " ".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in map(at, ring)) + "Z" for ring in shape.rings)
        areas.append(f'<path d="{d}" fill="{fill}" stroke="#222" stroke-width=".7" stroke-linejoin="round"/>')
        x, y = _middle([at(xy) for xy in max(shape.rings, key=lambda r: abs(_area(r)))])
        # A white rim under the letters, so that they can be read on every grey.
        halo = ' stroke="#fff" stroke-width="3" stroke-linejoin="round"'
        for more in (halo, ""):
            names.append(_text(x, y - 1, shape.name, 9, "middle", more) + _text(x, y + 9, label, 8, "middle", more))
    x = WIDTH - legend
    key = [_text(x, height - 118, "治理率", 9)]
    rows = [*zip(_GREYS, _CLASSES, strict=True), ("url(#h)", "没有数据")]
    for n, (fill, word) in enumerate(rows):
        y = height - 110 + n * 15
        key.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="16" height="10" fill="{fill}" stroke="#222" stroke-width=".6"/>'
            + _text(x + 22, y + 8.5, word, 8.5)
        )
    key.append(f'<path d="M{x + 8:.1f} 12l6 20-6-5-6 5Z" fill="#000"/>' + _text(x + 8, 44, "北", 9, "middle"))
    km = _round_km(80 / scale * 111.32)
    bar = km / 111.32 * scale
    key.append(
        f'<path d="M{x:.1f} {height - 12:.1f}v4h{bar:.1f}v-4" fill="none" stroke="#000" stroke-width=".8"/>'
        + _text(x + bar + 4, height - 7, f"{km:g} 千米", 8)
    )
    return _sheet(height, "".join(areas) + "".join(names) + "".join(key))


def _area(ring: Sequence[tuple[float, float]]) -> float:
    return (
        sum(
            a[0] * b[1] - b[0] * a[1]
            for a, b in zip(ring, [*ring[1:], *ring[:1]], strict=True)  # the last joins the first
        )
        / 2
    )


def _middle(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The centre of gravity; the mean where the ring encloses nothing."""
    whole = _area(ring)
    if abs(whole) < 1e-9:
        return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
    pairs = list(zip(ring, [*ring[1:], *ring[:1]], strict=True))
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * whole)
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * whole)
    return x, y


def _round_km(km: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(max(km, 1e-6)))
    return max(p for p in (power, 2 * power, 5 * power) if p <= max(km, power))


def picture_svg(picture: Bars | MapPicture) -> str:
    """The picture as SVG."""
    return bars_svg(picture) if isinstance(picture, Bars) else map_svg(picture)
