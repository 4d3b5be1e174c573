#!/usr/bin/env python3
"""The signs of the public pages, drawn here and written as masks: 6 KB instead of a font of icons for whoever is on 3G.

python tools/signs.py     # writes src/qingxi_office/public/static/public/signs.css
"""

from pathlib import Path
from urllib.parse import quote

OUT = Path(__file__).resolve().parents[1] / "src/qingxi_office/public/static/public/signs.css"
# name -> lines on a ground of 24 by 24, two wide, round ends
SIGNS = {
    "circle-check": '<circle cx="12" cy="12" r="9"/><path d="M8 12l3 3 5-6"/>',
    "check": '<path d="M5 12l5 5 9-10"/>',
    "help-circle": '<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5a2.6 2.6 0 1 1 3.6 2.4c-.8.4-1.1.9-1.1 1.8M12 17v.01"/>',
    "alert-triangle": '<path d="M12 4l9 16H3zM12 10v4M12 17v.01"/>',
    "alert-octagon": '<path d="M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16v.01"/>',
    "player-play": '<path d="M8 5l11 7-11 7z"/>',
    "eye-check": '<path d="M3 12c4-7 14-7 18 0-1 2-2 3-4 4M3 12c2 4 5 6 8 5M15 19l2 2 4-4"/><circle cx="12" cy="12" r="2"/>',
    "message-report": '<path d="M4 5h16v12H10l-5 4v-4H4zM12 8v3M12 14v.01"/>',
    "phone": '<path d="M6 3h4l1 5-2 2a12 12 0 0 0 5 5l2-2 5 1v4a3 3 0 0 1-3 3A16 16 0 0 1 3 6a3 3 0 0 1 3-3z"/>',
    "tool": '<path d="M14 7l3-3a5 5 0 0 1-6 7l-6 6a2 2 0 0 0 3 3l6-6a5 5 0 0 0 7-6l-3 3h-4z"/>',
    "speakerphone": '<path d="M4 10v4h4l9 5V5l-9 5zM20 10v4"/>',
    "send": '<path d="M21 3L3 11l7 3 3 7zM10 14L21 3"/>',
    "volume": '<path d="M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18 6a8 8 0 0 1 0 12"/>',
    "search": '<circle cx="10" cy="10" r="6"/><path d="M15 15l6 6"/>',
    "camera": '<path d="M3 8h4l2-3h6l2 3h4v12H3z"/><circle cx="12" cy="13" r="4"/>',
    "map-pin": '<path d="M12 21c-4-5-7-8-7-11a7 7 0 0 1 14 0c0 3-3 6-7 11z"/><circle cx="12" cy="10" r="2.5"/>',
    "download": '<path d="M12 4v11M7 11l5 5 5-5M4 20h16"/>',
    "printer": '<path d="M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z"/>',
    "external-link": '<path d="M13 4h7v7M20 4L10 14M17 14v6H4V7h6"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l4 2"/>',
    "file-text": '<path d="M6 3h8l4 4v14H6zM9 12h6M9 16h6"/>',
    "list": '<path d="M8 6h12M8 12h12M8 18h12M4 6v.01M4 12v.01M4 18v.01"/>',
    "home": '<path d="M4 11l8-7 8 7v9h-5v-6H9v6H4z"/>',
    "users": '<circle cx="9" cy="8" r="3.5"/><path d="M3 20c0-8 12-8 12 0M16 5a3.5 3.5 0 0 1 0 7M17 14c3 0 4 3 4 6"/>',
    "clipboard-list": '<path d="M8 4h8v3H8zM6 5H5v16h14V5h-1M9 12h6M9 16h6"/>',
    "arrow-back-up": '<path d="M9 14l-5-5 5-5M4 9h10a5 5 0 0 1 0 10h-4"/>',
    "coin": '<circle cx="12" cy="12" r="9"/><path d="M8 7l4 5 4-5M12 12v6M9 13h6M9 16h6"/>',
    "table": '<path d="M4 5h16v14H4zM4 10h16M10 10v9"/>',
    "code": '<path d="M8 7l-5 5 5 5M16 7l5 5-5 5M14 4l-4 16"/>',
    "world": '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c-5 6-5 12 0 18M12 3c5 6 5 12 0 18"/>',
    "database": '<ellipse cx="12" cy="6" rx="7" ry="3"/><path d="M5 6v12c0 4 14 4 14 0V6M5 12c0 4 14 4 14 0"/>',
    "droplet": '<path d="M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z"/>',
}  # fmt: skip
HEAD = """/* Signs of the public pages, written by tools/signs.py. */
.ti { display: none; font-style: normal; width: 1.15em; height: 1.15em; vertical-align: -.18em; flex: none; background: currentColor; -webkit-print-color-adjust: exact; print-color-adjust: exact; forced-color-adjust: none; -webkit-mask: var(--sign) center / contain no-repeat; mask: var(--sign) center / contain no-repeat; }
"""


def css() -> str:
    lines = [HEAD]
    for name, drawn in SIGNS.items():
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{drawn}</svg>'
        )
        data = quote(svg, safe=" =:/'()")
        lines.append(f'.ti-{name} {{ display: inline-block; --sign: url("data:image/svg+xml,{data}"); }}\n')
    return "".join(lines)


if __name__ == "__main__":
    OUT.write_text(css(), encoding="utf-8")
    print(f"{OUT}: {len(css())} bytes, {len(SIGNS)} signs")
