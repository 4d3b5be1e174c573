"""Each guard of the ledger in the database broken once: a plugin under which the guards' own tests are asked for every mutant.

    PYTHONPATH=benchmarks pytest -p guard_mutants tests/office/test_ledger_guards.py tests/office/test_ledger_guards_closing.py

Every test runs once for each mutant of ``[guards]`` in ``mutants.toml`` that no earlier test has caught, on triggers made of the
broken law (they go with the test's transaction). At the end it prints which test caught which, and fails when one survived.
"""

import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src/qingxi_office/issues/guards.py"
MUTANTS = tomllib.loads((HERE / "mutants.toml").read_text(encoding="utf-8"))["guards"]["mutants"]
caught: dict[str, str] = {}


def pytest_generate_tests(metafunc):
    metafunc.parametrize("broken_guard", MUTANTS, ids=[m["name"] for m in MUTANTS], indirect=True)


@pytest.fixture(autouse=True)
def broken_guard(request, db):
    """Triggers of the broken law in place of the lawful ones."""
    from django.db import connection

    from qingxi_office.issues import guards

    one = request.param
    if one["name"] in caught:
        pytest.skip("caught already")
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count(one["old"]) == 1, "mutants.toml is out of date"
    spec = importlib.util.spec_from_file_location("broken_guards", SOURCE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["broken_guards"] = module
    exec(compile(text.replace(one["old"], one["new"]), str(SOURCE), "exec"), vars(module))
    guards.remove(connection)
    module.install(connection)
    request.node.user_properties.append(("mutant", one["name"]))


def pytest_runtest_logreport(report):
    if report.when == "call" and report.failed:
        caught.setdefault(
            dict(report.user_properties)["mutant"], report.nodeid.partition("[")[0].rpartition("::")[2]
        )


def pytest_terminal_summary(terminalreporter):
    for one in MUTANTS:
        held = f"held by another: {one['twice']}" if one.get("twice") else "SURVIVED"
        terminalreporter.write_line(f"{one['name']:58} {caught.get(one['name'], held)}")


def pytest_sessionfinish(session):
    session.exitstatus = int(any(m["name"] not in caught and not m.get("twice") for m in MUTANTS))
