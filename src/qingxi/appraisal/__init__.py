"""Appraisal (考核): 100-mark schemes as data, rescaled sheets, who writes when, and pay by performance.

A scheme is TOML, ours or the county's. Items that do not apply are left out and the rest counts as 100. The one who is
judged never checks, never answers its own objection and never signs the final mark.
"""

from qingxi.appraisal.cycle import (
    NEXT,
    Stage,
    Standing,
    against_answering,
    against_marking,
    against_moving,
    against_objecting,
    objection_days,
    objections_end,
)
from qingxi.appraisal.payment import (
    CONTRACTS,
    MAONAN,
    YUNAN,
    Contract,
    Line,
    Missing,
    Payment,
    dry_season_share,
    load_share,
    maonan_factor,
    pay_maonan,
    pay_yunan_network,
    pay_yunan_plant,
    score_share,
    volume_share,
)
from qingxi.appraisal.scheme import Deduction, Grade, Item, Scheme, Veto, parse_scheme, scheme_texts, schemes
from qingxi.appraisal.score import Mark, Score, item_marks, mean_marks, rescale, score, wrong_with

__all__ = [
    "CONTRACTS",
    "MAONAN",
    "NEXT",
    "YUNAN",
    "Contract",
    "Deduction",
    "Grade",
    "Item",
    "Line",
    "Mark",
    "Missing",
    "Payment",
    "Scheme",
    "Score",
    "Stage",
    "Standing",
    "Veto",
    "against_answering",
    "against_marking",
    "against_moving",
    "against_objecting",
    "dry_season_share",
    "item_marks",
    "load_share",
    "maonan_factor",
    "mean_marks",
    "objection_days",
    "objections_end",
    "parse_scheme",
    "pay_maonan",
    "pay_yunan_network",
    "pay_yunan_plant",
    "rescale",
    "scheme_texts",
    "schemes",
    "score",
    "score_share",
    "volume_share",
    "wrong_with",
]
