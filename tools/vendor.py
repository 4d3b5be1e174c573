#!/usr/bin/env python3
"""Bring the page libraries into the package: fetch, strip, and write down what was taken.

The office runs without a network, so every style sheet, script and font it serves lies in
``src/qingxi_office/design/static/vendor``. This tool is run by hand when a version is raised, on a machine
that has npm and its registry; nothing at run time or in the tests needs it.

    python tools/vendor.py            # fetch with `npm pack` and rewrite the folder
    python tools/vendor.py --from DIR # take the .tgz files that lie in DIR already

Source maps are left out and their references removed: Django's manifest storage follows
``sourceMappingURL`` and fails on a map that is not there. Only the woff2 form of the icon font is kept.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src" / "qingxi_office" / "design" / "static" / "vendor"

MIT = """MIT License

{holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of
the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS
IN THE SOFTWARE.
"""


@dataclass(frozen=True)
class Library:
    """One npm package and the files of it that the pages use."""

    name: str
    version: str
    folder: str
    licence: str
    files: dict[str, str]  # path inside the package -> path inside the folder
    written: dict[str, str] = field(default_factory=dict)  # texts that the package forgot
    why: str = ""

    @property
    def archive(self) -> str:
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


LIBRARIES = (
    Library(
        "@tabler/core",
        "1.6.1",
        "tabler",
        "MIT",
        {"dist/css/tabler.min.css": "tabler.min.css"},
        {
            "LICENSE.txt": MIT.format(
                holder="Copyright (c) 2018-2026 The Tabler Authors\nCopyright (c) 2018-2026 codecalm.net Paweł Kuna"
            )
        },
        "the design system's ground; its script is not used",
    ),
    Library(
        "@tabler/icons-webfont",
        "3.49.0",
        "tabler-icons",
        "MIT",
        {
            "dist/tabler-icons.min.css": "tabler-icons.min.css",
            "dist/fonts/tabler-icons.woff2": "fonts/tabler-icons.woff2",
            "LICENSE": "LICENSE.txt",
        },
        why="icons; woff2 only",
    ),
    Library(
        "echarts",
        "6.1.0",
        "echarts",
        "Apache-2.0 (parts BSD-3-Clause, see LICENSE-d3.txt)",
        {
            "dist/echarts.min.js": "echarts.min.js",
            "LICENSE": "LICENSE.txt",
            "NOTICE": "NOTICE.txt",
            "licenses/LICENSE-d3": "LICENSE-d3.txt",
        },
        why="charts; the common and simple builds lack the custom series that draws the lanes of a time axis",
    ),
    Library(
        "maplibre-gl",
        "6.17.0",
        "maplibre-gl",
        "BSD-3-Clause",
        {
            "dist/maplibre-gl.mjs": "maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
            "dist/maplibre-gl.css": "maplibre-gl.css",
            "LICENSE.txt": "LICENSE.txt",
        },
        why="maps; the page hands it the worker's address by setWorkerUrl",
    ),
    Library(
        "htmx.org",
        "2.0.11",
        "htmx",
        "0BSD",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE.txt"},
        why="parts of pages without a reload",
    ),
)

SOURCE_MAP = re.compile(r"\n?(?://[#@]\s*sourceMappingURL=[^\n]*|/\*[#@]\s*sourceMappingURL=[^*]*\*/)\s*", re.ASCII)
ICON_FONT = re.compile(r"""src:url\("\./fonts/tabler-icons\.woff2[^"]*"\) format\("woff2"\)[^}]*}""")


def cleaned(name: str, text: str) -> str:
    """The text without references to files that are not brought along."""
    text = SOURCE_MAP.sub("\n", text)
    if name == "tabler-icons.min.css":
        text, changed = ICON_FONT.subn(
            'src:url("./fonts/tabler-icons.woff2") format("woff2");font-display:block}', text
        )
        if changed != 1:
            raise SystemExit(f"the icon style sheet has another form than expected: {changed} font faces changed")
    return text


def fetch(library: Library, into: Path) -> None:
    subprocess.run(["npm", "pack", f"{library.name}@{library.version}", "--silent"], cwd=into, check=True)


def take(library: Library, archive: Path) -> None:
    home = TARGET / library.folder
    with tarfile.open(archive) as tar:
        for inside, outside in library.files.items():
            member = tar.extractfile(f"package/{inside}")
            if member is None:
                raise SystemExit(f"{library.name} {library.version} has no {inside}")
            data = member.read()
            target = home / outside
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.suffix in {".css", ".js", ".mjs"}:
                data = cleaned(target.name, data.decode("utf-8")).encode("utf-8")
            target.write_bytes(data)
    for name, text in library.written.items():
        (home / name).write_text(text, encoding="utf-8")


def written_down() -> str:
    rows = [
        "# Libraries brought along",
        "",
        "Written by `tools/vendor.py`; do not edit the files by hand. Each folder holds its licence.",
        "",
        "| library | version | licence | kB | files | used for |",
        "|---|---|---|---|---|---|",
    ]
    for library in LIBRARIES:
        home = TARGET / library.folder
        size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) // 1024
        names = ", ".join(sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()))
        rows.append(
            f"| {library.name} | {library.version} | {library.licence} | {size} | {names} | {library.why} |"
        )
    return "\n".join(rows) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="folder", type=Path, help="folder that holds the .tgz files already")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        for library in LIBRARIES:
            if asked.folder is None:
                fetch(library, folder)
            shutil.rmtree(TARGET / library.folder, ignore_errors=True)
            take(library, folder / library.archive)
    (TARGET / "VENDORED.md").write_text(written_down(), encoding="utf-8")
    print(written_down())


if __name__ == "__main__":
    main()
