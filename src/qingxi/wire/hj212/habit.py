"""Which checksum a device computes, learned from its frames.

A receiver bears with four ways to compute the checksum. That is four chances for a damaged frame to fit by accident
(the checksum of Annex A takes only 256 values). A device keeps to one way; once that is known, a frame that fits only
another way is more likely damaged than converted.

Rules
-----
1. After ``settled`` frames in a row of one profile, that profile is the device's habit.
2. A frame of another profile is then *strange*; it should be set aside and not acknowledged, so that it comes again.
3. ``converted`` strange frames in a row, all of one profile, are a new habit: the vendor has changed the program.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from qingxi.wire.hj212.oddity import Oddity

PROFILES: Final[Mapping[Oddity, str]] = {
    Oddity.CRC_SWAPPED: "swapped",
    Oddity.CRC_MODBUS: "modbus",
    Oddity.CRC_MODBUS_SWAPPED: "modbus-swapped",
}


def profile_of(oddities: Iterable[Oddity]) -> str:
    """Checksum profile of a message that was read: ``"hj212"`` where nothing was odd about it."""
    return next((PROFILES[oddity] for oddity in oddities if oddity in PROFILES), "hj212")


@dataclass(slots=True)
class _Habit:
    profile: str
    frames: int = 1
    other: str = ""
    others: int = 0


class CrcHabits:
    """What is known of each device's checksum.

    Parameters
    ----------
    settled, converted : int
        Frames in a row that make a habit (RULE 1), and a new one (RULE 3).
    """

    def __init__(self, settled: int = 20, converted: int = 5) -> None:
        self.settled, self.converted = settled, converted
        self._by_mn: dict[str, _Habit] = {}

    def heard(self, mn: str, oddities: Iterable[Oddity]) -> bool:
        """Learn from a frame; True when it is strange for its device (RULE 2)."""
        profile = profile_of(oddities)
        habit = self._by_mn.get(mn)
        if habit is None:
            self._by_mn[mn] = _Habit(profile)
            return False
        if profile == habit.profile:
            habit.frames += 1
            habit.others = 0
            return False
        if habit.frames < self.settled:
            self._by_mn[mn] = _Habit(profile)
            return False
        habit.others = habit.others + 1 if profile == habit.other else 1
        habit.other = profile
        if habit.others >= self.converted:  # RULE 3
            self._by_mn[mn] = _Habit(profile, self.settled)
            return False
        return True

    def know(self, mn: str, profile: str) -> None:
        """Take a profile as a device's habit, seen elsewhere, unless it has one already."""
        habit = self._by_mn.get(mn)
        if habit is None or habit.frames < self.settled:
            self._by_mn[mn] = _Habit(profile, self.settled)

    def of(self, mn: str) -> str | None:
        """The habit of a device; None while it is not known."""
        habit = self._by_mn.get(mn)
        return habit.profile if habit is not None and habit.frames >= self.settled else None

    def __len__(self) -> int:
        return len(self._by_mn)
