"""Every change to the ledger: who may is people's rule, when it may be is qingxi.issue's law."""

from qingxi_office.issues.actions.crossing import (
    answer_crossing,
    draft_crossing,
    send_crossing,
    take_in_case,
    take_in_reply,
)
from qingxi_office.issues.actions.errands import answer_errand, ask_units, name_raiser
from qingxi_office.issues.actions.intake import take_in_ledger
from qingxi_office.issues.actions.letters import decide_letter, draft_letter
from qingxi_office.issues.actions.many import MANY, MOST, Outcome, take_many
from qingxi_office.issues.actions.nudging import nudge, nudged_unit
from qingxi_office.issues.actions.opening import (
    classify,
    open_by_hand,
    open_from_finding,
    open_from_report,
    parties_of,
    raise_blockage,
)
from qingxi_office.issues.actions.opening import put_in as _open
from qingxi_office.issues.actions.refusal import Piece, Refused, Shot
from qingxi_office.issues.actions.reporter import Reporter
from qingxi_office.issues.actions.stepping import take

__all__ = [
    "MANY",
    "MOST",
    "Outcome",
    "Piece",
    "Refused",
    "Reporter",
    "Shot",
    "_open",
    "answer_crossing",
    "answer_errand",
    "ask_units",
    "classify",
    "decide_letter",
    "draft_crossing",
    "draft_letter",
    "name_raiser",
    "nudge",
    "nudged_unit",
    "open_by_hand",
    "open_from_finding",
    "open_from_report",
    "parties_of",
    "raise_blockage",
    "send_crossing",
    "take",
    "take_in_case",
    "take_in_ledger",
    "take_in_reply",
    "take_many",
]
