"""Every change to people, and the permission for deeds on places, units and duties, which stand below people."""

from qingxi_office.people.actions.duties import (
    appoint_duty,
    close_duty,
    hand_over_duties,
    lay_out_duties,
)
from qingxi_office.people.actions.links import accept_link, make_link
from qingxi_office.people.actions.staff import cast_demo, change_person, forget_phones, invite, leave, replace
from qingxi_office.people.actions.tree import (
    close_place,
    end_unit,
    join_units,
    merge_places,
    move_place,
    new_unit,
    rename_place,
    rename_the_unit,
    shift_unit,
    split_place,
    take_in_places,
)

__all__ = [
    "accept_link", "appoint_duty", "cast_demo", "change_person", "close_duty", "close_place", "end_unit", "forget_phones", "hand_over_duties",
    "invite", "join_units", "lay_out_duties", "leave", "make_link", "merge_places", "move_place", "new_unit", "rename_place",
    "rename_the_unit", "replace", "shift_unit", "split_place", "take_in_places",
]  # fmt: skip
