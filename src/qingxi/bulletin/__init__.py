"""Bulletins (通报): what is fit to be sent out, as sections and tables; who issues, numbers and signs is the county.

Cards are proposed by rule and decided by a named officer. Departments of equal rank are named in letters, not here.
Names of persons do not occur.
"""

from qingxi.bulletin.cards import Card, Decision, Proposal, decide, propose_cards
from qingxi.bulletin.content import BLANK, Bulletin, Letter, Section, Table
from qingxi.bulletin.draft import County, Praise, draft, month, propose_praise, township_rows
from qingxi.bulletin.matters import Matters, Period, matters, peer
from qingxi.bulletin.township import Ranked, TownshipRow, rank

__all__ = [
    "BLANK",
    "Bulletin",
    "Card",
    "County",
    "Decision",
    "Letter",
    "Matters",
    "Period",
    "Praise",
    "Proposal",
    "Ranked",
    "Section",
    "Table",
    "TownshipRow",
    "decide",
    "draft",
    "matters",
    "month",
    "peer",
    "propose_cards",
    "propose_praise",
    "rank",
    "township_rows",
]
