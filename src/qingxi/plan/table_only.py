"""Level L0: modes compared from a village table alone (指标法)."""

from qingxi.plan.input import PlanInput
from qingxi.plan.result import PlanResult


def plan_from_table(given: PlanInput) -> PlanResult:
    """Compare modes per village from households, distance and height to the nearest main."""
    raise NotImplementedError
