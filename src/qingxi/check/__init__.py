"""The independent checker of plans (独立复核): reads what was exported and recomputes every rule and cost.

It never imports what it checks (sewer, treatment, terrain, plan); rules and formulas come from ``docs/costs.md`` and the
dated tables of :mod:`qingxi.standard` alone, so that an error of the planner cannot hide in shared code.
"""

from qingxi.check.checker import RULES, check_plan
from qingxi.check.plan_read import PlanRead, Surroundings
from qingxi.check.violation import CheckReport, Violation

__all__ = ["RULES", "CheckReport", "PlanRead", "Surroundings", "Violation", "check_plan"]
