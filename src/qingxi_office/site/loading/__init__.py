"""Taking a county folder, and a plan, into the books."""

from qingxi_office.site.loading.folder import load

__all__ = ["load"]
