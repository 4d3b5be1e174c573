#!/usr/bin/env python3
"""Walk a demo office as its people do, one address of every kind: what it says in English, and every document it writes.

    python tools/office_walk.py --home HOME [--out DIR]

Names every English page with Chinese that is no name and no quotation, every address that fails, and every .xlsx, .docx and .pdf
that LibreOffice does not open, that has no page, or whose first page does not say its title.
``--home`` is the office folder of ``qingxi demo``; it is copied, so that looking leaves no row in its trail. The walk follows links
from the front page: of each route one address, or one for each word (not number) in it, with each way of export.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit
from zipfile import ZipFile

KINDS = {
    "application/pdf": "pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip
PEOPLE = ("chenjing", "zhouwei", "zg103")
"""Who walks, one after another; an address somebody had is not asked again."""
PAPERS = {"plan_file"}
"""Routes that hand out a paper: the drawing of a plan is Chinese like its books."""
OWED: frozenset[str] = frozenset()
"""Routes of which some words are still Chinese (docs/office-state.md): told, but no failure. To be made shorter, never longer."""
MOST = 40  # addresses of one route
LINK = re.compile(r'(?:href|hx-get)="([^"#]+)"')


@dataclass(frozen=True)
class Answer:
    route: str
    address: str
    kind: str
    content: bytes


def start(home: Path) -> None:
    """Make Django ready for a copy of a home, brought up to today's tables."""
    copy = Path(tempfile.mkdtemp(prefix="walk-")) / "office"
    shutil.copytree(home, copy)
    os.environ["QINGXI_HOME"], os.environ["DJANGO_SETTINGS_MODULE"] = str(copy), "qingxi_office.site.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _key(address: str) -> tuple[Any, ...] | None:
    """What kind of address it is; None for one that is no page of the office."""
    from django.urls import Resolver404, resolve

    parts = urlsplit(address)
    try:
        found = resolve(unquote(parts.path))
    except Resolver404:
        return None
    name = found.view_name or parts.path
    if name in ("sign_out", "account_logout") or parts.path.startswith(("/static/", "/sign-out")):
        return None
    words = tuple(sorted(str(v) for v in found.kwargs.values() if not re.search(r"\d", str(v))))
    asked = dict(parse_qsl(parts.query))
    return name, words, tuple(sorted((k, v) for k, v in asked.items() if k in ("as", "form", "kind", "view")))


def walk(language: str, people: tuple[str, ...] = PEOPLE) -> Iterator[Answer]:
    """Every kind of address that these people reach by links, once."""
    from django.test import Client
    from django.urls import NoReverseMatch, reverse

    from qingxi_office.people.models import User
    from qingxi_office.site import rules

    asked: set[tuple[Any, ...]] = set()
    of_route: Counter[str] = Counter()
    for username in people:
        person = User.objects.filter(username=username).first()
        if person is None:
            continue
        client = Client(raise_request_exception=False)
        client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
        client.cookies["django_language"] = language
        todo = ["/"]
        for name, _pattern in rules.addresses():
            try:
                todo.append(reverse(name))
            except NoReverseMatch:
                continue
        while todo:
            address = todo.pop(0)
            key = _key(address)
            if key is None or key in asked or of_route[key[0]] >= MOST:
                continue
            answer = client.get(address)
            if answer.status_code == 404:
                continue  # another may see it
            asked.add(key)
            of_route[key[0]] += 1
            if answer.status_code in (301, 302):
                todo.append(urljoin(address, answer["Location"]))
                continue
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            kind = answer.get("Content-Type", "").partition(";")[0]
            if answer.status_code >= 500:
                kind = "error"
            if kind == "text/html":
                links = (unescape(href) for href in LINK.findall(content.decode()))
                todo += [urljoin(address, href) for href in links if not urlsplit(href).netloc]
            yield Answer(key[0], address, kind, content)


def title_of(path: Path) -> str:
    """The first words of a document: what the first page must show. "" for a PDF, which is looked at as it is."""
    if path.suffix == ".xlsx":
        import openpyxl

        sheet = openpyxl.load_workbook(path, read_only=False).worksheets[0]
        cells = (c.value for row in sheet.iter_rows(max_row=8) for c in row)
        return next((str(v).strip().split("\n")[0] for v in cells if v not in (None, "")), "")
    if path.suffix == ".docx":
        text = ZipFile(io.BytesIO(path.read_bytes())).read("word/document.xml").decode()
        for paragraph in re.findall(r"<w:p[ >].*?</w:p>", text, re.S):
            if said := unescape("".join(re.findall(r"<w:t[^>]*>([^<]*)", paragraph))).strip():
                return said
    return ""


def opened(paths: list[Path], out: Path) -> dict[Path, Path]:
    """The first page of each document as LibreOffice prints it; one run of the office for all of a kind."""
    out.mkdir(parents=True, exist_ok=True)
    first = (
        '{"PageRange":{"type":"string","value":"1"}}'  # all pages of a book of 30,000 households take many minutes
    )
    with tempfile.TemporaryDirectory() as profile:
        for suffix, module in ((".xlsx", "calc"), (".docx", "writer")):
            own = [str(p) for p in paths if p.suffix == suffix]
            if own:
                subprocess.run(
                    ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
                     f"pdf:{module}_pdf_Export:{first}", "--outdir", str(out), *own],
                    check=True, capture_output=True, timeout=540,
                )  # fmt: skip
    return {p: p if p.suffix == ".pdf" else out / f"{p.stem}.pdf" for p in paths}


def faults(paths: list[Path], out: Path) -> dict[str, str]:
    """What is wrong with documents, by their names: not opened, empty, or a first page without the title."""
    wrong = {}
    for path, printed in opened(paths, out).items():
        if not printed.is_file():
            wrong[path.name] = "LibreOffice does not open it"
            continue
        info = subprocess.run(["pdfinfo", str(printed)], capture_output=True, text=True, check=False).stdout
        pages = re.search(r"Pages:\s+(\d+)", info)
        if pages is None or int(pages[1]) < 1:
            wrong[path.name] = "it has no page"
            continue
        said = subprocess.run(
            ["pdftotext", "-l", "1", str(printed), "-"], capture_output=True, text=True, check=False
        ).stdout
        title = re.sub(r"\s+", "", title_of(path))[:12]
        if not said.strip():
            wrong[path.name] = "its first page is empty"
        elif title not in re.sub(r"\s+", "", said):
            wrong[path.name] = f"its first page does not say {title}"
    return wrong


def looked_at(out: Path) -> tuple[dict[str, str], list[Path]]:
    """Walk once, in English: what is wrong, by address, and the documents that were met."""
    from spoken_english import VALUES, VALUES_ON, left_chinese, quotable

    wrong: dict[str, str] = {}
    found: list[Path] = []
    pages: list[Answer] = []
    out.mkdir(parents=True, exist_ok=True)
    for answer in walk("en"):
        if answer.kind == "error":
            wrong[answer.address] = "answered with an error"
        elif ending := KINDS.get(answer.kind):
            path = out / f"{len(found):03d}-{answer.route.replace(':', '_')}.{ending}"
            path.write_bytes(answer.content)
            found.append(path)
            print(path.name, answer.address)
        elif answer.kind == "text/html" and answer.route not in PAPERS:
            pages.append(answer)
    known = quotable()  # after the walk: what the walk itself wrote into the trail is quoted too
    for page in pages:
        quoted = [*VALUES[:-2], *known, *VALUES[-2:]] if page.route in VALUES_ON else known
        if left := left_chinese(page.content.decode(), quoted):
            wrong[f"{page.route} {page.address}"] = "in Chinese: " + " ".join(sorted(left))
    print(f"{len(pages)} pages, {len(found)} documents")
    return wrong, found


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--home", type=Path, required=True)
    words.add_argument("--out", type=Path, default=Path("var/documents"))
    words.add_argument("--unopened", action="store_true", help="do not open the documents: there is no LibreOffice")
    args = words.parse_args()
    start(args.home)
    wrong, found = looked_at(args.out)
    owed = {name: why for name, why in wrong.items() if why.startswith("in Chinese") and name.split()[0] in OWED}
    for name, why in owed.items():
        print(f"still owed: {name}: {why}")
    wrong = {name: why for name, why in wrong.items() if name not in owed}
    if not args.unopened:
        wrong |= faults(found, args.out / "printed")
    for name, why in wrong.items():
        print(f"{name}: {why}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
