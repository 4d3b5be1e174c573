"""Taking a county folder, and a plan, into the books."""

from qingxi_office.site.loading.folder import load
from qingxi_office.site.loading.plan import load_plan, pipes_file

__all__ = ["load", "load_plan", "pipes_file"]
