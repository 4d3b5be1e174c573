"""Taking a county folder, and a plan, into the books."""

from qingxi_office.site.loading.folder import load
from qingxi_office.site.loading.plan import adopt_version, load_plan, pipes_file, plan_folder

__all__ = ["adopt_version", "load", "load_plan", "pipes_file", "plan_folder"]
