"""Every change to the register of villages: import from here."""

from qingxi_office.villages.actions.edit import Refused, edit_household, edit_village, undo_edit
from qingxi_office.villages.actions.joined import join_villages
from qingxi_office.villages.actions.register import (
    change_state,
    put_households,
    set_modes,
    take_in_hamlets,
    take_in_households,
    take_in_scope,
    take_in_villages,
    tally,
)
from qingxi_office.villages.actions.scope import sign_scope

__all__ = [
    "Refused", "change_state", "edit_household", "edit_village", "join_villages", "put_households", "set_modes", "sign_scope", "take_in_hamlets", "take_in_households",
    "take_in_scope", "take_in_villages", "tally", "undo_edit",
]  # fmt: skip
