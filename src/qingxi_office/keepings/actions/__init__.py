"""Every change to what is removed and merged. Who may is asked by the caller (people stand above)."""

from qingxi_office.keepings.actions.merging import merge, not_twins, undo
from qingxi_office.keepings.actions.removing import purge, remove, restore

__all__ = ["merge", "not_twins", "purge", "remove", "restore", "undo"]
