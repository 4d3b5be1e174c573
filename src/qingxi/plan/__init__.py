"""The plan: who goes where, by which pipe, why, and how far from the best possible."""

from qingxi.plan.arborescence import Arborescence, steiner_arborescence
from qingxi.plan.changes import ChangedRow, Changes, read_changes
from qingxi.plan.compare import BINDS
from qingxi.plan.input import CountyFacts, PlanInput, PlanMode
from qingxi.plan.make import plan, result_of, warm_up
from qingxi.plan.override import Override, OverrideKind
from qingxi.plan.pack import pack, unpack
from qingxi.plan.result import PlanResult, PlanTables
from qingxi.plan.standing import Answer, Standing

__all__ = [
    "BINDS",
    "Answer",
    "Arborescence",
    "ChangedRow",
    "Changes",
    "CountyFacts",
    "Override",
    "OverrideKind",
    "PlanInput",
    "PlanMode",
    "PlanResult",
    "PlanTables",
    "Standing",
    "pack",
    "plan",
    "read_changes",
    "result_of",
    "steiner_arborescence",
    "unpack",
    "warm_up",
]
