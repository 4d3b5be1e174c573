"""催一次: a word to the unit whose turn it is, which is a row of the trail and a notice, and no more than one a day."""

from django.db import transaction

from qingxi.issue import turn_of
from qingxi.origin import Ref
from qingxi_office.issues.actions.errands import units_of
from qingxi_office.issues.actions.refusal import Refused
from qingxi_office.issues.law import PARTS, as_issue
from qingxi_office.issues.models import IssueNudge, IssueRecord
from qingxi_office.issues.telling import tell_nudge
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


def nudged_unit(row: IssueRecord) -> Unit | None:
    """The unit whose turn it is; the record's steps and errands are read where they were not read before."""
    turn = turn_of(as_issue(row))
    if turn is None:
        return None
    unit: Unit | None = getattr(row, PARTS[turn[0]])
    return unit


@transaction.atomic
def nudge(row: IssueRecord, *, by: User, said: str = "") -> IssueNudge:
    """Tell the unit whose turn it is that it is waited for.

    Who has a part in the problem may, and who may open problems there. Raises Refused with every reason.
    """
    rights.check(by, "step_issue")
    row = (
        IssueRecord.objects.select_for_update(of=("self",))
        .select_related("place", "facility", "rectifier", "lead", "verifier", "closer", "raiser")
        .get(pk=row.pk)
    )
    today, reasons = clock.today(), []
    if by.unit_id not in units_of(row) and not rights.may(by, "open_issue", path=row.place.path):
        reasons.append(f"{by.unit or by}不是这件问题的办理单位")
    unit = nudged_unit(row)
    if unit is None:
        reasons.append("现在不等哪个单位办，不用催")
    elif unit.pk == by.unit_id:
        reasons.append("轮到的是本单位，不用催自己")
    if IssueNudge.objects.filter(issue=row, by=by, on=today).exists():
        reasons.append("今天已经催过一次，明天还没办再催")
    if reasons or unit is None:
        raise Refused(reasons)
    made = IssueNudge(issue=row, unit=unit, by=by, by_name=str(by), on=today, said=said.strip()[:500])
    made.save(force_insert=True)
    tell_nudge(row, made)
    trail.record(
        "issue.nudged",
        Ref("issue", row.key),
        by=by,
        because=made.said,
        after={"unit": unit.name, "state": row.state},
    )
    return made
