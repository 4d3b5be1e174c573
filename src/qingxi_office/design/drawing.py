"""Small pictures drawn on the server as SVG: spark lines, rate bars, stacked bars, cost bars.

Widths are presentation attributes and colours are classes, so that the content policy can forbid inline styles.
All functions are pure: numbers in, mark-up out; every text goes through :func:`django.utils.html.escape`.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .parts import CostBar, RateBar, Share


def spark(
    values: Sequence[float | None],
    *,
    kind: str = "line",
    series: str = "power",
    mark_from: int | None = None,
    alt: str = "",
    width: int = 112,
    height: int = 30,
    floor: float = 0.0,
) -> SafeString:
    """Draw a spark line or spark bars; the judged period from index ``mark_from`` is tinted, gaps stay open.

    ``floor`` is the least value that the full height stands for: values that are all next to nothing look so.
    """
    known = [v for v in values if v is not None]
    if not known:
        return mark_safe(f'<span class="q-st unknown"><span>{escape(alt or "–")}</span></span>')
    top = max(max(known), floor, 1e-9) * 1.05
    n = len(values)
    step = (width - 4) / max(n if kind == "bar" else n - 1, 1)

    def x(i: float) -> float:
        return 2 + i * step

    def y(v: float) -> float:
        return height - 2 - v / top * (height - 6)

    out = [
        f'<svg class="q-spark" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{escape(alt)}">'
    ]
    if mark_from is not None and mark_from < n:
        out.append(
            f'<rect class="judged" x="{x(mark_from):.1f}" y="0" width="{width - x(mark_from):.1f}" height="{height}"/>'
        )
    if kind == "bar":
        for i, v in enumerate(values):
            if v is None:
                out.append(
                    f'<rect class="gap" x="{x(i):.1f}" y="2" width="{max(step - 2, 1):.1f}" height="{height - 4}"/>'
                )
            else:
                out.append(
                    f'<rect class="s-{series}" x="{x(i):.1f}" y="{y(v):.1f}" width="{max(step - 2, 1):.1f}"'
                    f' height="{height - 2 - y(v):.1f}"/>'
                )
    else:
        run: list[str] = []
        for i, v in enumerate([*values, None]):
            if v is None:
                if run:
                    out.append(f'<polyline class="l-{series}" points="{" ".join(run)}"/>')
                run = []
            else:
                run.append(f"{x(i):.1f},{y(v):.1f}")
    out.append(f'<line class="axis" x1="0" x2="{width}" y1="{height - 1.5}" y2="{height - 1.5}"/></svg>')
    return mark_safe("".join(out))


def rate_bar(bar: RateBar) -> SafeString:
    """Draw a rate on a scale from 0 to 100 %."""
    out = ['<svg class="q-bar" width="100%" height="16" aria-hidden="true" preserveAspectRatio="none">']
    out.append('<rect class="track" x="0" y="5" width="100%" height="6" rx="3"/>')
    if bar.low_pct is not None and bar.high_pct is not None:
        out.append(
            f'<rect class="band" x="{bar.low_pct:.2f}%" y="5" width="{max(bar.high_pct - bar.low_pct, 0):.2f}%" height="6"/>'
        )
        if bar.value_pct is not None:
            out.append(f'<rect class="fill" x="{max(bar.value_pct - 0.5, 0):.2f}%" y="5" width="1%" height="6"/>')
    elif bar.value_pct is not None:
        out.append(
            f'<rect class="fill" x="0" y="5" width="{min(max(bar.value_pct, 0), 100):.2f}%" height="6" rx="3"/>'
        )
    if bar.target_pct is not None:
        out.append(f'<rect class="tick" x="{bar.target_pct:.2f}%" y="0" width="2" height="16"/>')
    out.append("</svg>")
    return mark_safe("".join(out))


def share_bar(shares: Sequence[Share], alt: str = "") -> SafeString:
    """Draw parts of a whole side by side, 18 px high."""
    total = sum(s.value for s in shares) or 1.0
    out = [f'<svg class="q-shares" width="100%" height="18" role="img" aria-label="{escape(alt)}">']
    at = 0.0
    for s in shares:
        width = s.value / total * 100
        out.append(f'<rect class="f-{escape(s.colour)}" x="{at:.3f}%" y="0" width="{width:.3f}%" height="18"/>')
        if at:
            out.append(f'<rect class="cut" x="{at:.3f}%" y="0" width="2" height="18"/>')
        at += width
    out.append("</svg>")
    return mark_safe("".join(out))


def cost_track(bar: CostBar, scale: float) -> SafeString:
    """Draw one cost bar on the common ``scale`` (the same unit as the bar's costs)."""
    out = ['<svg class="track" width="100%" height="14" aria-hidden="true">']
    if bar.build is not None and scale > 0:
        build = bar.build / scale * 100
        out.append(f'<rect class="f-{escape(bar.colour)}" x="0" y="0" width="{build:.2f}%" height="14"/>')
        run = (bar.run or 0.0) / scale * 100
        out.append(
            f'<rect class="f-{escape(bar.colour)} pale" x="{build:.2f}%" y="0" width="{run:.2f}%" height="14"/>'
        )
    out.append("</svg>")
    return mark_safe("".join(out))
