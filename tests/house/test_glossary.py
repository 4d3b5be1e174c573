"""The glossary names every public term of the library, and the page is what the tables say."""

import importlib
import pkgutil
import runpy
from pathlib import Path

import pytest

import qingxi

ROOT = Path(__file__).resolve().parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "glossary.py"))
ROOMS = sorted(module.name for module in pkgutil.iter_modules(qingxi.__path__) if module.ispkg)


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_is_explained(room):
    front_door = importlib.import_module(f"qingxi.{room}")
    public = set(getattr(front_door, "__all__", ()))
    explained = {row["term"] for row in TOOL["rows"]().get(room, [])}
    assert public <= explained, f"{room}: not in docs/glossary/{room}.csv: {sorted(public - explained)}"


def test_every_term_has_chinese_and_a_sentence():
    empty = [
        f"{room}: {row['term']}"
        for room, rows in TOOL["rows"]().items()
        for row in rows
        if not row["chinese"].strip() or not row["sentence"].strip()
    ]
    assert not empty


def test_page_is_printed_from_the_tables():
    assert (ROOT / "GLOSSARY.md").read_text(encoding="utf-8") == TOOL["glossary"](), (
        "run: python tools/glossary.py > GLOSSARY.md"
    )
