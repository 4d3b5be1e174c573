"""Every change to places, units and duties. Who may make it is asked above, in ``people.actions``, which knows people."""

from qingxi_office.places.actions.changes import close, merge, move, rename, split
from qingxi_office.places.actions.duties import appoint, end_duty, hand_over, lay_out, pass_posts
from qingxi_office.places.actions.intake import level_of, set_county, take_in_duties, take_in_tree, take_in_units
from qingxi_office.places.actions.units import close_unit, merge_units, move_unit, open_unit, rename_unit

__all__ = [
    "appoint", "close", "close_unit", "end_duty", "hand_over", "lay_out", "level_of", "merge", "merge_units", "move", "move_unit",
    "open_unit", "pass_posts", "rename", "rename_unit", "set_county", "split", "take_in_duties", "take_in_tree", "take_in_units",
]  # fmt: skip
