"""Bulletins (通报): what is fit to be sent out, as sections and tables; who issues, numbers and signs is the county.

A call-over freezes what the books say of a period; a bulletin is composed of it and of what named officers decided, to
the same letter each time. Cards are proposed by rule and decided by a named officer. Departments of equal rank are named
in letters, not here. Names of persons do not occur.
"""

from qingxi.bulletin.callover import CallOver, County, Worthy, propose_praise, read_call_over, township_rows
from qingxi.bulletin.cards import (
    SHOWN,
    Card,
    CardCase,
    CardState,
    Decision,
    Proposal,
    answer,
    appeal,
    decide,
    hear,
    notice,
    propose_cards,
    settle,
)
from qingxi.bulletin.content import BLANK, Bars, Bulletin, Letter, MapPicture, Section, Table
from qingxi.bulletin.draft import Praise, compose, draft
from qingxi.bulletin.held import Held, Leaf, hold, remade
from qingxi.bulletin.matters import Matters, Period, matters, month, peer, week
from qingxi.bulletin.opened import opened
from qingxi.bulletin.problem import Paper, Problem, paper_for, problem_of
from qingxi.bulletin.recount import faults, leaf_faults, recount
from qingxi.bulletin.sentence import Sentence, Slot, filled, reword
from qingxi.bulletin.shapes import Shape
from qingxi.bulletin.slow import Planned, Slow, slow_list
from qingxi.bulletin.township import Ranked, TownshipRow, rank

__all__ = [
    "BLANK",
    "SHOWN",
    "Bars",
    "Bulletin",
    "CallOver",
    "Card",
    "CardCase",
    "CardState",
    "County",
    "Decision",
    "Held",
    "Leaf",
    "Letter",
    "MapPicture",
    "Matters",
    "Paper",
    "Period",
    "Planned",
    "Praise",
    "Problem",
    "Proposal",
    "Ranked",
    "Section",
    "Sentence",
    "Shape",
    "Slot",
    "Slow",
    "Table",
    "TownshipRow",
    "Worthy",
    "answer",
    "appeal",
    "compose",
    "decide",
    "draft",
    "faults",
    "filled",
    "hear",
    "hold",
    "leaf_faults",
    "matters",
    "month",
    "notice",
    "opened",
    "paper_for",
    "peer",
    "problem_of",
    "propose_cards",
    "propose_praise",
    "rank",
    "read_call_over",
    "recount",
    "remade",
    "reword",
    "settle",
    "slow_list",
    "township_rows",
    "week",
]
