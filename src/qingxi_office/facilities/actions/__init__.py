"""Every change to facilities and what hangs on them: import from here."""

from qingxi_office.facilities.actions.freeze import freeze
from qingxi_office.facilities.actions.life import (
    add_cost,
    edit_facility,
    note_event,
    reissue_code,
    scrap,
    set_status,
    undo,
)
from qingxi_office.facilities.actions.register import note_made_by, take_in_facilities
from qingxi_office.facilities.actions.waters import keep_discharger, keep_outlet, keep_sampling_point
from qingxi_office.villages.actions import Refused

__all__ = [
    "Refused", "add_cost", "edit_facility", "freeze", "keep_discharger", "keep_outlet", "keep_sampling_point", "note_event",
    "note_made_by", "reissue_code", "scrap", "set_status", "take_in_facilities", "undo",
]  # fmt: skip
