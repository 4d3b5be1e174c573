"""A scatter of shares with a fitted line and its band, as SVG: numbers in, mark-up out; colours are classes."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 320, 52, 44, 12, 14


def scatter(
    points: Sequence[tuple[float, float, str]],
    line: Sequence[tuple[float, float, float, float]],
    *,
    x_word: str,
    y_word: str,
    alt: str,
) -> SafeString:
    """Draw points (x, y, name), both 0 to 1, and a line of (x, y, low, high); the band is cut at the frame."""

    def x(v: float) -> float:
        return LEFT + v * (WIDTH - LEFT - RIGHT)

    def y(v: float) -> float:
        return TOP + (1 - min(max(v, 0.0), 1.0)) * (HEIGHT - TOP - BOTTOM)

    out = [
        f'<svg class="q-scatter" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" aria-label="{escape(alt)}">'
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        out.append(
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
            f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.0%}</text>'
            f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:.0%}</text>'
        )
    if line:
        upper = " ".join(f"{x(a):.1f},{y(h):.1f}" for a, _m, _l, h in line)
        lower = " ".join(f"{x(a):.1f},{y(low):.1f}" for a, _m, low, _h in reversed(line))
        out.append(f'<polygon class="band" points="{upper} {lower}"/>')
        out.append(
            f'<polyline class="fit" points="{" ".join(f"{x(a):.1f},{y(m):.1f}" for a, m, _l, _h in line)}"/>'
        )
    out += [
        f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="4"><title>{escape(name)}</title></circle>'
        for a, b, name in points
    ]
    out.append(
        f'<text class="name" x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_word)}</text>'
        f'<text class="name" x="14" y="{(TOP + HEIGHT - BOTTOM) / 2:.0f}" text-anchor="middle"'
        f' transform="rotate(-90 14 {(TOP + HEIGHT - BOTTOM) / 2:.0f})">{escape(y_word)}</text></svg>'
    )
    return mark_safe("".join(out))
