#!/usr/bin/env python3
"""The manuals' pictures, taken of a running demo office, and the manuals as papers under docs/manual.

    python tools/manual.py --url http://127.0.0.1:8000      # pictures and papers
    python tools/manual.py --papers                          # papers only
    python tools/manual.py --check                           # exit 1 when the papers are not those of the texts

The texts stand in src/qingxi_office/site/manual, written by hand. Pictures are WebP of at most 60 kB.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT / "src/qingxi_office/site/manual"
PICTURES = ROOT / "src/qingxi_office/site/static/manual"
PAPERS = ROOT / "docs/manual"
MOST_BYTES = 60_000
PASSWORD = "qingxi-demo"
# picture -> (who, width, address or (listing, pattern of the first link), what to scroll to)
SHOTS: dict[str, tuple[str | None, int, str | tuple[str, str], str]] = {
    "officer-home": ("chenjing", 1366, "/", ""),
    "officer-notices": ("chenjing", 1366, "/notices/?all=1", ""),
    "officer-rounds": ("chenjing", 1366, "/notices/rounds/", ""),
    "officer-issues": ("chenjing", 1366, ("/issues/", r"^/issues/WT[^/]+/"), ""),
    "officer-loads": ("chenjing", 1366, "/loads/", ""),
    "officer-duties": ("chenjing", 1366, "/duties/", ""),
    "officer-files": ("chenjing", 1366, "/files/", ""),
    "officer-search": ("chenjing", 1366, "/search/?q=cun", ""),
    "clerk-home": ("zg100", 1366, "/", ""),
    "clerk-village": ("zg100", 1366, ("/villages/", r"^/villages/\d{12}/$"), ""),
    "clerk-households": ("zg100", 1366, "/households/", ""),
    "clerk-issues": ("zg100", 390, ("/issues/", r"^/issues/WT[^/]+/"), ""),
    "clerk-files": ("zg100", 390, ("/villages/", r"^/villages/\d{12}/$"), "#files"),
    "inspector-home": ("xuncha", 390, "/", ""),
    "inspector-facility": ("xuncha", 390, ("/facilities/", r"^/facilities/[^/?]+/$"), ""),
    "inspector-issues": ("xuncha", 390, "/issues/", ""),
    "foreman-home": ("yunwei1", 390, "/", ""),
    "foreman-facility": ("yunwei1", 390, ("/facilities/", r"^/facilities/[^/?]+/$"), ""),
    "foreman-issues": ("yunwei1", 390, ("/issues/", r"^/issues/WT[^/]+/"), ""),
    "supervisor-home": ("dudao", 1366, "/", ""),
    "supervisor-walk": ("dudao", 1366, ("/facilities/", r"^/facilities/[^/?]+/$"), "walk"),
    "supervisor-issues": ("dudao", 1366, "/issues/?late=1", ""),
    "supervisor-plan": ("dudao", 1366, "/plan/", ""),
    "villager-public": (None, 390, "/public/", ""),
    "villager-report": (None, 390, ("/public/stations/", r"^/s/[^/]+/$"), ""),
}


def small(png: bytes) -> bytes:
    """The picture as WebP under the limit, with as much quality as fits."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in (80, 70, 60, 50, 40, 30, 20, 10):
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise SystemExit("a picture does not fit into its limit")


def take(url: str, only: set[str]) -> None:
    """Every picture of a running office."""
    sys.path.insert(0, str(ROOT / "tools"))
    import shots

    PICTURES.mkdir(parents=True, exist_ok=True)
    with shots.browser() as chromium:
        signed: dict[str, object] = {}
        for name, (who, width, where, to) in SHOTS.items():
            if only and name not in only:
                continue
            if who and who not in signed:
                context = chromium.new_context(locale="zh-CN")
                page = context.new_page()
                shots.sign_in(page, url, who, PASSWORD)
                signed[who] = context.storage_state()
                context.close()
            context = chromium.new_context(
                locale="zh-CN",
                viewport={"width": width, "height": 768 if width > 600 else 760},
                storage_state=signed[who] if who else None,
            )
            page = context.new_page()
            href = where if isinstance(where, str) else shots.first(page, url, *where)
            if href is None:
                print(f"{name}: nothing to picture")
                continue
            page.goto(url + href)
            if to == "walk":
                page.goto(url + "/walk" + href.replace("/facilities/", "/facility/"))
            try:
                shots.settled(page, 20)
            except TimeoutError as late:
                print(f"{name}: {late}")
            if to.startswith("#"):
                page.locator(to).scroll_into_view_if_needed()
            data = small(page.screenshot())
            (PICTURES / f"{name}.webp").write_bytes(data)
            print(f"{name} {len(data)}")
            context.close()


def paper(text: str) -> str:
    """A manual as a paper: anchors as HTML, pictures where they lie in the package."""
    text = re.sub(r"^(#+ .+?) \{#([a-z]+)\}$", r'<a id="\2"></a>\n\n\1', text, flags=re.M)
    return text.replace("](../static/manual/", "](../../src/qingxi_office/site/static/manual/")


def papers(check: bool) -> int:
    """Write the papers, or say which are not those of the texts."""
    PAPERS.mkdir(parents=True, exist_ok=True)
    wrong = []
    for path in sorted(TEXTS.glob("*.md")):
        told, target = paper(path.read_text(encoding="utf-8")), PAPERS / path.name
        if not target.is_file() or target.read_text(encoding="utf-8") != told:
            wrong.append(path.name)
            if not check:
                target.write_text(told, encoding="utf-8")
    if check and wrong:
        print("not as the texts say; run: python tools/manual.py --papers:", ", ".join(wrong))
    return int(check and bool(wrong))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="")
    parser.add_argument("--only", default="", help="names of pictures, with commas")
    parser.add_argument("--papers", action="store_true")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    if asked.url:
        take(asked.url, {name for name in asked.only.split(",") if name})
    return papers(asked.check)


if __name__ == "__main__":
    raise SystemExit(main())
