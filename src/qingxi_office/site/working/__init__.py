"""The worker: takes long work that was asked for on a page and does it in processes of its own."""

from qingxi_office.site.working.loop import keep_working, work
from qingxi_office.site.working.planning import PlanAsked, plan_arguments

__all__ = ["PlanAsked", "keep_working", "plan_arguments", "work"]
