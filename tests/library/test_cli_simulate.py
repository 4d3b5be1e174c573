"""What a simulated device measures follows from its system code (ST)."""

import argparse

import pytest

from qingxi.cli import simulate


@pytest.mark.parametrize(
    ("st", "codes"),
    [("32", {"flow", "cod", "nh3n", "ph"}), ("44", {"energy"}), ("45", {"do", "energy"})],
)
def test_water_electricity_and_process_conditions_each_tell_their_own(st, codes):
    parser = argparse.ArgumentParser()
    simulate._arguments(parser)
    plans = simulate._plans(parser.parse_args(["--to", "127.0.0.1:1", "--st", st, "--edition", "2025"]))
    assert {code for plan in plans for code in plan.sensors} == codes
    assert {plan.st for plan in plans} == {st}
