#!/usr/bin/env python3
"""The English catalogue: gather what is marked for translation, say what lacks, write django.po and django.mo.

    python tools/messages.py            # gather, merge into django.po, compile django.mo
    python tools/messages.py --check    # change nothing; exit 1 when a marked string has no English

Source strings are Chinese and stand in the templates and page modules of the office. Needs no gettext: strings are
found with Django's own template lexer and Python's ast, and the binary catalogue is written by hand.
"""

from __future__ import annotations

import argparse
import ast
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

OFFICE = Path(__file__).resolve().parents[1] / "src" / "qingxi_office"
LOCALE = OFFICE / "design" / "locale" / "en" / "LC_MESSAGES"
HEAD = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: en\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
TRANSLATE = re.compile(r"""^trans(?:late)?\s+(?P<quote>["'])(?P<text>.*?)(?P=quote)""", re.S)
UNDERSCORE = re.compile(r"""_\(\s*(["'])(.*?)\1\s*\)""")
VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def in_template(text: str) -> Iterator[str]:
    """Marked strings of one template, as Django will look them up."""
    block: list[str] | None = None
    for token in re.split(r"(\{%.*?%\})", text, flags=re.S):
        tag = token[2:-2].strip() if token.startswith("{%") else ""
        if tag.startswith(("blocktranslate", "blocktrans")):
            block = []
        elif tag.startswith("endblocktrans"):
            raw = "".join(block or []).replace("%", "%%")
            yield VARIABLE.sub(r"%(\1)s", raw)
            block = None
        elif block is not None:
            block.append(token)
        elif found := TRANSLATE.match(tag):
            yield found["text"].replace("\\'", "'").replace("%", "%%")  # as Django's tag looks it up
        if block is None:
            for match in UNDERSCORE.finditer(token):
                yield match[2]


def in_module(source: str) -> Iterator[str]:
    """Strings handed to ``_`` in one module."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("_", "lazy")
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def gathered() -> dict[str, str]:
    """Every marked string with the first file it stands in."""
    found: dict[str, str] = {}
    for path in sorted(OFFICE.rglob("*")):
        if path.suffix == ".html":
            strings = in_template(path.read_text(encoding="utf-8"))
        elif path.suffix == ".py" and "migrations" not in path.parts:
            strings = in_module(path.read_text(encoding="utf-8"))
        else:
            continue
        for text in strings:
            found.setdefault(text, str(path.relative_to(OFFICE)))
    return found


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def unquoted(text: str) -> str:
    return text[1:-1].replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


def read_po(path: Path) -> dict[str, str]:
    """msgid -> msgstr; comments and empty translations are left out."""
    known: dict[str, str] = {}
    key = value = None
    at = ""
    lines = [*path.read_text(encoding="utf-8").splitlines(), ""] if path.is_file() else []
    for line in lines:
        if line.startswith("msgid "):
            at, key = "id", unquoted(line[6:])
        elif line.startswith("msgstr "):
            at, value = "str", unquoted(line[7:])
        elif line.startswith('"') and at == "id":
            key = (key or "") + unquoted(line)
        elif line.startswith('"'):
            value = (value or "") + unquoted(line)
        elif not line and key is not None:
            if key and value:
                known[key] = value
            key = value = None
    return known


def write_po(path: Path, strings: dict[str, str], known: dict[str, str]) -> None:
    out = ['msgid ""', 'msgstr ""', *[quoted(line + "\n") for line in HEAD.splitlines()], ""]
    for text, where in sorted(strings.items(), key=lambda row: (row[1], row[0])):
        out += [f"#: {where}"]
        if "%" in text:
            out.append("#, python-format")
        out += [f"msgid {quoted(text)}", f"msgstr {quoted(known.get(text, ''))}", ""]
    path.write_text("\n".join(out), encoding="utf-8")


def write_mo(path: Path, known: dict[str, str]) -> None:
    """The binary catalogue: magic, two tables of lengths and offsets, then the strings, sorted by msgid."""
    rows = sorted({"": HEAD, **known}.items(), key=lambda row: row[0].encode())
    ids = [key.encode() for key, _text in rows]
    texts = [text.encode() for _key, text in rows]
    at = 28 + 16 * len(rows)
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, at)
    tables, blob = b"", b""
    for part in (ids, texts):
        for data in part:
            tables += struct.pack("<2I", len(data), at + len(blob))
            blob += data + b"\0"
    path.write_bytes(head + tables + blob)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    strings = gathered()
    known = {key: text for key, text in read_po(LOCALE / "django.po").items() if key in strings}
    lacking = [text for text in strings if text not in known]
    if not asked.check:
        LOCALE.mkdir(parents=True, exist_ok=True)
        write_po(LOCALE / "django.po", strings, known)
        write_mo(LOCALE / "django.mo", known)
    print(f"{len(strings)} strings marked, {len(lacking)} without English")
    for text in lacking[:20] if asked.check else []:
        print(" ", strings[text], text)
    if asked.check and lacking:
        sys.exit(1)


if __name__ == "__main__":
    main()
