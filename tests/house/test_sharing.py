"""The run's own law: a file's tests stay in one process, and the files that are told to be long are there."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import sharing

ROOT = Path(__file__).resolve().parents[2]
FILE = """
import os
import pytest

@pytest.mark.parametrize("n", range(6))
def test_it(n):
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(f"{__name__} {os.environ['PYTEST_XDIST_WORKER']}\\n")
"""


def test_two_processes_are_given_whole_files(tmp_path):
    """xdist's own grouping once did nothing under a newer pytest, and nobody noticed but the clock."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider -p no:django\n")
    (tmp_path / "conftest.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\nimport sharing\npytest_xdist_make_scheduler = sharing.scheduler\n"
    )
    for name in "abcd":
        (tmp_path / f"test_{name}.py").write_text(FILE)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DJANGO"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=env | {"SEEN": str(tmp_path / "seen")},
    )  # fmt: skip
    assert "24 passed" in done.stdout, done.stdout + done.stderr
    by = defaultdict(set)
    for line in (tmp_path / "seen").read_text().splitlines():
        file, process = line.split()
        by[file].add(process)
    assert len(by) == 4
    assert all(len(processes) == 1 for processes in by.values()), by


def test_the_longest_go_first_and_single_pages_last():
    page = sharing.ONE_BY_ONE[0]
    nodeids = [
        f"{page}a]",
        "tests/library/test_calendar.py::test_x",
        f"{page}b]",
        "tests/office/test_upgrade.py::test_y",
    ]
    assert [nodeids[at] for at in sharing.longest_first(nodeids)] == [
        nodeids[3],
        nodeids[1],
        nodeids[0],
        nodeids[2],
    ]
    assert sharing.unit(nodeids[0]) != sharing.unit(nodeids[2])
    journeys = sharing.BY_PERSON
    assert sharing.unit(f"{journeys}TestForeman::test_a") == sharing.unit(f"{journeys}TestForeman::test_b")
    assert sharing.unit(f"{journeys}TestForeman::test_a") != sharing.unit(f"{journeys}TestVillager::test_a")
    assert sharing.unit(nodeids[1]) == "tests/library/test_calendar.py"


def test_files_that_are_said_to_be_long_exist():
    files = [*sharing.SECONDS, *(name.split("::")[0] for name in sharing.ONE_BY_ONE)]
    assert (ROOT / sharing.BY_PERSON.rstrip(":")).is_file()
    assert [name for name in files if not (ROOT / name).is_file()] == []
    for name in sharing.ONE_BY_ONE:
        path, test = name.split("::")
        assert f"def {test.rstrip('[')}(" in (ROOT / path).read_text(encoding="utf-8")
