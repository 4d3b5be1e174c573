"""The three data levels (数据等级), named in every output."""

from enum import StrEnum


class DataLevel(StrEnum):
    """What the data can carry.

    L0: a village table only: modes compared, estimates. L1: house points and public elevation: layout and lengths.
    L2: surveyed ground: full hydraulic design.
    """

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
