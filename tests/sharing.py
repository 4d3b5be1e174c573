"""How the processes of one run (``-n 2``) share the tests out: whole files, the longest first.

A file's tests stay in one process, because they share what they make (a demo county, an upgraded home); only the
pages of the browser's walk, which share nothing, are dealt out one by one, and each of the six people walks apart. The longest files go first, so that no
process is left with one of them when the others have nothing more to do.

xdist's own ``loadgroup`` is not used: it writes the group into ``item._nodeid``, which pytest 9.2 no longer reads, so it
silently deals out single tests and every process makes everything.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Files of more than ten seconds (seconds of one core, rounded; a file that is not here comes after these).
SECONDS = {
    "tests/office/test_upgrade.py": 120,
    "tests/office/test_keeping_house.py": 110,
    "tests/library/test_plan_enumerated.py": 100,
    "tests/library/test_world_county.py": 90,
    "tests/office/test_commands.py": 75,
    "tests/story/test_story.py": 70,
    "tests/office/test_no_leak.py": 60,
    "tests/library/test_files_plan_swmm.py": 60,
    "tests/library/test_plan_arborescence.py": 40,
    "tests/office/test_install.py": 40,
    "tests/library/test_cli_command.py": 40,
    "tests/office/test_sheets.py": 40,
    "tests/office/test_worker.py": 40,
    "tests/office/test_fuzz_apis.py": 35,
    "tests/library/test_files_soffice.py": 30,
    "tests/library/test_sewer_exact.py": 30,
    "tests/library/test_plan_bound.py": 30,
    "tests/office/test_acting.py": 25,
    "tests/library/test_receiver_killed.py": 15,
    "tests/office/test_tree.py": 15,
    "tests/office/test_first_morning.py": 15,
    "tests/office/test_english.py": 10,
    "tests/office/test_rights.py": 10,
    # The browser's.
    "tests/browser/test_journeys.py": 200,
    "tests/browser/test_phone.py": 60,
    "tests/browser/test_villager_phone.py": 50,
    "tests/browser/test_returns.py": 45,
    "tests/browser/test_first_morning_walk.py": 40,
    "tests/browser/test_plans.py": 40,
    "tests/browser/test_sheets.py": 35,
    "tests/browser/test_new_county.py": 35,
}
# Tests that share nothing but the browser: any process may take any of them, last, and so level the load.
ONE_BY_ONE = ("tests/browser/test_pages.py::test_page_is_whole_and_open_to_all[",)
# Each person walks in a class of their own; what one does, only they build on.
BY_PERSON = "tests/browser/test_journeys.py::"


def unit(nodeid: str) -> str:
    """What is given to one process whole: the test's file, one person's walk, or the test itself where it shares nothing."""
    if nodeid.startswith(ONE_BY_ONE):
        return nodeid
    return "::".join(nodeid.split("::", 2)[: 2 if nodeid.startswith(BY_PERSON) else 1])


def longest_first(nodeids: Sequence[str]) -> list[int]:
    """The order of a run, as places in what was collected: files by their length, within a file as it was."""
    return sorted(
        range(len(nodeids)),
        key=lambda at: (nodeids[at].startswith(ONE_BY_ONE), -SECONDS.get(nodeids[at].split("::", 1)[0], 0)),
    )


class Sharing(LoadScopeScheduling):
    """xdist's dealing out of units, each unit as ``unit`` says."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def scheduler(config: pytest.Config, log: Any) -> Sharing:
    """For the hook of ``tests/conftest.py``."""
    config.option.loadscopereorder = False  # not by the number of tests: the order above stands
    return Sharing(config, log)
