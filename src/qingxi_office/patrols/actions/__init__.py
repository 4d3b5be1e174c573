"""Every change to rounds made with a phone."""

from qingxi_office.patrols.actions.looking import forget_places, look_at_photos, say_of_sign
from qingxi_office.patrols.actions.parts import AtOffset, keep_part, part_of
from qingxi_office.patrols.actions.rounds import Taken, take_in_rounds

__all__ = [
    "AtOffset",
    "Taken",
    "forget_places",
    "keep_part",
    "look_at_photos",
    "part_of",
    "say_of_sign",
    "take_in_rounds",
]
