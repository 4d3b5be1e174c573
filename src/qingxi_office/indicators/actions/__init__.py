"""Every change to figures: import from here."""

from qingxi_office.indicators.actions.compute import compute
from qingxi_office.indicators.actions.reporting import note_reported, note_seat, set_target

__all__ = ["compute", "note_reported", "note_seat", "set_target"]
