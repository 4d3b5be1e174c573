"""The plan: who goes where, by which pipe, why, and how far from the best possible."""

from qingxi.plan.arborescence import Arborescence, steiner_arborescence
from qingxi.plan.input import CountyFacts, PlanInput, PlanMode
from qingxi.plan.make import plan, warm_up
from qingxi.plan.result import PlanResult, PlanTables

__all__ = [
    "Arborescence",
    "CountyFacts",
    "PlanInput",
    "PlanMode",
    "PlanResult",
    "PlanTables",
    "plan",
    "steiner_arborescence",
    "warm_up",
]
