"""Figures (指标): formula, list behind the numerator, list behind the denominator, date, and what they rest on."""

from qingxi.indicator.denominator import DenominatorList, Entry, Member, denominator, propose
from qingxi.indicator.standing import HamletStanding, State, ThreeBasics, VillageStanding

__all__ = [
    "DenominatorList",
    "Entry",
    "HamletStanding",
    "Member",
    "State",
    "ThreeBasics",
    "VillageStanding",
    "denominator",
    "propose",
]
