"""The programme (年度计划): what is built when, dug once, and paid from where.

A plan says what should be built; a programme puts its systems into years within the money, beside the works of other
departments on the same streets. Money is in whole fen; what must come first does; each lot says why it stands where it
stands, and each system left out says why.
"""

from qingxi.programme.clash import Clash, DigRule, SharedStreet, Timing, find_clashes, shared_streets, timing
from qingxi.programme.fund import Fund, Use, pay
from qingxi.programme.letter import JointWorks, LetterText, joint_letter
from qingxi.programme.lot import Candidate, Lot, Payment, Programme, Waiting
from qingxi.programme.schedule import ProgrammeRule, make_programme
from qingxi.programme.work import OtherWork, Trench

__all__ = [
    "Candidate",
    "Clash",
    "DigRule",
    "Fund",
    "JointWorks",
    "LetterText",
    "Lot",
    "OtherWork",
    "Payment",
    "Programme",
    "ProgrammeRule",
    "SharedStreet",
    "Timing",
    "Trench",
    "Use",
    "Waiting",
    "find_clashes",
    "joint_letter",
    "make_programme",
    "pay",
    "shared_streets",
    "timing",
]
