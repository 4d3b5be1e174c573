"""Is the model check real? Each law is broken once, and the tests must see it.

    python benchmarks/mutants.py [--only issue sampling appraisal coordination]

For every mutant of ``mutants.toml`` one place of a copy of the sources is changed, and its suites run against the copy, the
quick ones first, until one fails. Prints which test caught it; a mutant that nobody catches is a hole in the tests, and the
exit status says so. Writes ``benchmarks/results/mutants.json``. For a desk, not for CI. The guards in the database are broken
by ``guard_mutants.py``.
"""

import argparse
import importlib
import json
import os
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

READY = ("hypothesis.stateful", "numpy", "qingxi.calendar", "qingxi.finding", "qingxi.patrol")
"""Rooms below the changed ones, and what tests need: read once, before a child is made for each mutant."""
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def broken(source: str, old: str, new: str, name: str) -> str:
    """The source with the one place changed; ValueError when the place is not there exactly once."""
    if (times := source.count(old)) != 1:
        raise ValueError(f"{name}: the text to change stands {times} times; mutants.toml is out of date")
    return source.replace(old, new)


def caught_by(suites: list[str]) -> str:
    """The first test that fails against the changed sources, asked in a child of this process; "" when all pass."""
    for suite in suites:
        with tempfile.NamedTemporaryFile("w+") as said:
            if (child := os.fork()) == 0:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
                quiet = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:django"]
                os._exit(int(pytest.main([*quiet, *suite.split()])))
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            text = Path(said.name).read_text(encoding="utf-8")
        if code == 1:
            found = re.search(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)
            return found.group(1) if found else suite
        if code:
            return f"could not run: {suite}\n{text[-2000:]}"
    return ""


def main() -> int:
    os.chdir(ROOT)
    os.environ["CI"] = "true"  # the same examples each time
    sys.dont_write_bytecode = True
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", nargs="*", default=[], help="parts of mutants.toml, or names of mutants")
    given = asked.parse_args()
    parts = tomllib.loads((HERE / "mutants.toml").read_text(encoding="utf-8"))
    out: dict[str, dict[str, str]] = {}
    survived = []
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "src"
        shutil.copytree(ROOT / "src", sources, ignore=shutil.ignore_patterns("__pycache__"))
        sys.path.insert(0, str(sources))
        for room in READY:
            importlib.import_module(room)
        for part, said in parts.items():
            if "suites" not in said:
                continue  # the guards, which stand in the database: guard_mutants.py
            for one in said["mutants"]:
                if given.only and part not in given.only and one["name"] not in given.only:
                    continue
                path = sources / one.get("file", said.get("file", ""))
                whole = path.read_text(encoding="utf-8")
                path.write_text(broken(whole, one["old"], one["new"], one["name"]), encoding="utf-8")
                caught = caught_by(one.get("suites", said["suites"]))
                path.write_text(whole, encoding="utf-8")
                twice = one.get("twice", "")  # what else forbids the same, where one law alone cannot be seen
                if (not caught and not twice) or caught.startswith("could not run"):
                    survived.append(one["name"])
                said_of = caught or (f"held by another: {twice}" if twice else "SURVIVED")
                out.setdefault(part, {})[one["name"]] = said_of
                print(f"{part:14} {one['name']:58} {said_of}", flush=True)
    many = sum(map(len, out.values()))
    print(f"{many} mutants, {len(survived)} that nobody caught")
    if not given.only:
        text = json.dumps(out, ensure_ascii=False, indent=1)
        (HERE / "results" / "mutants.json").write_text(text + "\n", encoding="utf-8")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
