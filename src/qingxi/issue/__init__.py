"""The problem ledger's law (问题整改与销号): states, steps, roles, and the hard laws no step can break.

A problem is closed by somebody who did not rectify it, at the level that issued it or above, on evidence of this
round, after the one who reported it was asked. The law is pure: it takes a problem and a step, and gives the problem
after it or every reason why not.
"""

from qingxi.issue.advance import Refusal, advance, missing, missing_on_site, possible, role_of
from qingxi.issue.blockages import BlockageKind
from qingxi.issue.causes import Cause, CauseGroup, cause, causes
from qingxi.issue.crossing import CaseFile, CaseReply, read_case, read_reply, reply_due
from qingxi.issue.errands import Errand, ErrandKind, errand_due
from qingxi.issue.issue import ASKED, Actor, Answer, Event, Issue, Proof
from qingxi.issue.kinds import ClosingRule, IssueClass, closing_rule
from qingxi.issue.letters import LetterKind, is_peer, proposed_letter
from qingxi.issue.opening import deadline, from_finding, issuing_level, revisit_due
from qingxi.issue.party import Party
from qingxi.issue.photos import PlaceBy, Spot, metres_from, photo_clues
from qingxi.issue.steps import LINE, TRANSITIONS, Level, Role, State, Step, Transition
from qingxi.issue.waiting import turn_of

__all__ = [
    "ASKED",
    "LINE",
    "TRANSITIONS",
    "Actor",
    "Answer",
    "BlockageKind",
    "CaseFile",
    "CaseReply",
    "Cause",
    "CauseGroup",
    "ClosingRule",
    "Errand",
    "ErrandKind",
    "Event",
    "Issue",
    "IssueClass",
    "LetterKind",
    "Level",
    "Party",
    "PlaceBy",
    "Proof",
    "Refusal",
    "Role",
    "Spot",
    "State",
    "Step",
    "Transition",
    "advance",
    "cause",
    "causes",
    "closing_rule",
    "deadline",
    "errand_due",
    "from_finding",
    "is_peer",
    "issuing_level",
    "metres_from",
    "missing",
    "missing_on_site",
    "photo_clues",
    "possible",
    "proposed_letter",
    "read_case",
    "read_reply",
    "reply_due",
    "revisit_due",
    "role_of",
    "turn_of",
]
