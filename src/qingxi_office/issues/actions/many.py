"""The same step for many problems: tried first without leaving a trace, then taken one by one, each with its own trail row.

Only steps that offices take over a list: receiving, handing on, granting more time, filing away. A signature, a visit or a
closing speaks for one problem and is taken at that problem.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from qingxi.issue import TRANSITIONS, Step
from qingxi_office.issues.actions.refusal import Piece, Refused
from qingxi_office.issues.actions.stepping import take
from qingxi_office.issues.models import IssueRecord
from qingxi_office.people.models import User
from qingxi_office.places.models import Unit

MANY = (Step.RECEIVE, Step.REASSIGN, Step.EXTEND, Step.ARCHIVE)
MOST = 200  # problems at once


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one problem: ``why`` is empty when the step was taken (or would be)."""

    row: IssueRecord
    why: str = ""


def take_many(
    rows: Iterable[IssueRecord],
    step: Step,
    *,
    by: User,
    note: str = "",
    paper: str = "",
    due_on: date | None = None,
    rectifier: Unit | None = None,
    dry: bool = False,
) -> list[Outcome]:
    """Take a step for each, in order; one refusal stops no other and is named with its reasons.

    Parameters
    ----------
    paper : str
        The one paper on which all rest (延期审批件, 转办单), written under each.
    dry : bool
        Try everything and leave nothing: the law's own answer beforehand.
    """
    if step not in MANY:
        raise Refused([f"“{step.value}”要一件一件办"])
    chosen = list(rows)
    if len(chosen) > MOST:
        raise Refused([f"一次最多办 {MOST} 件，选了 {len(chosen)} 件"])
    pieces = [Piece(kind, paper.strip()) for kind in TRANSITIONS[step].evidence if paper.strip()]
    outcomes = []
    for row in chosen:
        try:
            with transaction.atomic():
                take(row, step, by=by, evidence=pieces, note=note, due_on=due_on, rectifier=rectifier)
                transaction.set_rollback(dry)
        except Refused as no:
            outcomes.append(Outcome(row, str(no)))
        else:
            outcomes.append(Outcome(row))
    return outcomes
