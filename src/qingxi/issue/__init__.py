"""The problem ledger's law (问题整改与销号): states, steps, roles, and the hard laws no step can break.

A problem is closed by somebody who did not rectify it, at the level that issued it or above, on evidence of this
round, after the one who reported it was asked. The law is pure: it takes a problem and a step, and gives the problem
after it or every reason why not.
"""

from qingxi.issue.advance import Refusal, advance, missing, possible, role_of
from qingxi.issue.issue import ASKED, Actor, Event, Issue, Party, Proof
from qingxi.issue.kinds import ClosingRule, IssueClass, closing_rule
from qingxi.issue.opening import deadline, from_finding
from qingxi.issue.steps import LINE, TRANSITIONS, Level, Role, State, Step, Transition

__all__ = [
    "ASKED",
    "LINE",
    "TRANSITIONS",
    "Actor",
    "ClosingRule",
    "Event",
    "Issue",
    "IssueClass",
    "Level",
    "Party",
    "Proof",
    "Refusal",
    "Role",
    "State",
    "Step",
    "Transition",
    "advance",
    "closing_rule",
    "deadline",
    "from_finding",
    "missing",
    "possible",
    "role_of",
]
