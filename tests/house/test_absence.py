"""The laws of absence that the import contracts cannot see."""

import ast
import re
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"
# These rooms may touch disk, sockets, engines and the clock; world is chance by seed and the simulator's sockets.
OUTER = {"cli", "files", "receiver", "store", "report", "world"}
CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
SOCKETS = {"socket", "sqlite3", "asyncio", "urllib", "http", "subprocess"}


def inner_files():
    for path in sorted((SRC / "qingxi").rglob("*.py")):
        room = path.relative_to(SRC / "qingxi").parts[0]
        if room not in OUTER and not room.endswith(".py"):
            yield path


def names(call: ast.Call) -> tuple[str, str]:
    """(owner, function) of a call: ``date.today()`` is ("date", "today"), ``open()`` is ("", "open")."""
    target = call.func
    if isinstance(target, ast.Name):
        return "", target.id
    if isinstance(target, ast.Attribute):
        owner = target.value
        return (owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")), target.attr
    return "", ""


def breaches(tree: ast.AST, room: str) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            owner, name = names(node)
            if (owner, name) == ("", "open"):
                found.append(f"line {node.lineno} opens a file")
            if (owner, name) in CLOCK:
                found.append(f"line {node.lineno} reads the clock")
            if name == "default_rng" and not node.args and not node.keywords:
                found.append(f"line {node.lineno} draws chance without a seed")
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for module in modules:
                if module.split(".")[0] in SOCKETS:
                    found.append(f"line {node.lineno} imports {module}")
                if module == "random":
                    found.append(f"line {node.lineno} imports random")
    return found


@pytest.mark.parametrize("path", list(inner_files()), ids=lambda p: str(p.relative_to(SRC)))
def test_inner_rooms_are_pure(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not breaches(tree, path.parts[-2])


def test_the_rule_can_fail():
    assert breaches(ast.parse("from datetime import date\nx = date.today()\n"), "plan") == [
        "line 2 reads the clock"
    ]
    assert breaches(ast.parse("with open('x') as f: pass\n"), "plan") == ["line 1 opens a file"]


def office_files():
    for path in sorted((SRC / "qingxi_office").rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


@pytest.mark.parametrize("path", list(office_files()), ids=lambda p: str(p.relative_to(SRC)))
def test_a_day_is_the_offices_and_not_utcs(path):
    """The books keep moments in UTC: ``seen_at.date()`` is yesterday for all that happens before eight in the morning."""
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"\w+_at\.date\(\)", text), "say clock.day_of(moment)"


SAVES = {"save", "bulk_create", "bulk_update", "delete", "update_or_create", "get_or_create"}


@pytest.mark.parametrize("path", list(office_files()), ids=lambda p: str(p.relative_to(SRC)))
def test_nothing_is_saved_outside_actions(path):
    """Models are saved in an app's actions only (a folder ``actions/`` counts); a form's or file's save is not a model's."""
    if path.name == "actions.py" or "actions" in path.parts:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    saved = [
        f"line {node.lineno}: .{node.func.attr}()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SAVES
        and (
            node.func.attr in {"bulk_create", "bulk_update", "update_or_create", "get_or_create"}
            or (
                isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"row", "record", "obj", "instance", "user"}
            )
        )
    ]
    assert not saved
