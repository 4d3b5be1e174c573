"""Every change to spot checks."""

from qingxi_office.samples.actions.closing import close, publish
from qingxi_office.samples.actions.field import adjudicate, became, could_not, enter, open_list
from qingxi_office.samples.actions.frame import freeze_enterprises, freeze_file, freeze_register, size_it
from qingxi_office.samples.actions.officers import keep_officer, keep_plan, recuse
from qingxi_office.samples.actions.planning import cancel, choose, commit, create, draw, set_teams

__all__ = [
    "adjudicate", "became", "cancel", "choose", "close", "commit", "could_not", "create", "draw", "enter", "freeze_enterprises",
    "freeze_file", "freeze_register", "keep_officer", "keep_plan", "open_list", "publish", "recuse", "set_teams", "size_it",
]  # fmt: skip
