"""Between units: asking to co-sign or to help, answering, and the clocks of handing on and sending back."""

from collections.abc import Sequence

from django.db import transaction

from qingxi.issue import ErrandKind, IssueClass, Step, errand_due
from qingxi.origin import Ref
from qingxi_office.issues.actions.refusal import Refused
from qingxi_office.issues.models import IssueErrand, IssueRecord, IssueStep
from qingxi_office.issues.telling import tell_errand
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_ASKED = frozenset({ErrandKind.COSIGN, ErrandKind.TASK})
OPERATOR = "运维单位"


def units_of(row: IssueRecord) -> set[int | None]:
    """Units that have a part in the problem."""
    return {row.rectifier_id, row.lead_id, row.verifier_id, row.closer_id, row.raiser_id} - {None}


@transaction.atomic
def ask_units(
    row: IssueRecord, kind: ErrandKind, units: Sequence[Unit], *, by: User, said: str
) -> list[IssueErrand]:
    """Ask units to co-sign (会签) or to do their part (协办); each gets a term of its own, in working days by class.

    Only a unit that has a part in the problem may ask. The lead stays the lead: several help, one answers for the whole.
    """
    rights.check(by, "step_issue")
    row = IssueRecord.objects.select_for_update(of=("self",)).select_related("place").get(pk=row.pk)
    reasons = []
    if kind not in _ASKED:
        reasons.append(f"{kind.value}请在办理步骤里办")
    if not row.is_open:
        reasons.append("已经办结的问题不再请别的单位办理")
    if by.unit is None or by.unit_id not in units_of(row):
        reasons.append(f"{by.unit or by}不是这件问题的办理单位")
    if not units:
        reasons.append("请选单位")
    if not said.strip():
        reasons.append(f"请写明要{kind.value}什么")
    for unit in units:
        if unit.pk == by.unit_id:
            reasons.append(f"不用请自己{kind.value}")
        if unit.kind == OPERATOR and unit.pk not in units_of(row):
            reasons.append(f"{unit}看不到这件问题，{kind.value}只请政府部门、乡镇或本件办理单位")
        if row.errands.filter(kind=kind.value, asked=unit, answered_on=None).exists():
            reasons.append(f"{unit}的{kind.value}还没有回，不用再请")
    if reasons or by.unit is None:
        raise Refused(reasons)
    today = clock.today()
    due = errand_due(IssueClass(row.klass), today)
    made = []
    for unit in units:
        errand = IssueErrand(
            issue=row, kind=kind.value, asker=by.unit, asked=unit, said=said.strip(), asked_on=today, due_on=due,
            by_name=str(by),
        )  # fmt: skip
        errand.save(force_insert=True)
        tell_errand(row, errand, [unit.pk])
        made.append(errand)
    trail.record(
        "issue.asked_units", Ref("issue", row.key), by=by, because=said.strip(),
        after={"kind": kind.value, "units": [str(u) for u in units], "due_on": due},
    )  # fmt: skip
    return made


@transaction.atomic
def answer_errand(errand: IssueErrand, *, by: User, answer: str, agrees: bool | None = None) -> IssueErrand:
    """The unit's answer: for a 会签 whether it agrees, and a reason when it does not; for a 协办 what was done."""
    rights.check(by, "step_issue")
    errand = (
        IssueErrand.objects.select_for_update(of=("self",))
        .select_related("issue__place", "asked")
        .get(pk=errand.pk)
    )
    reasons = []
    if errand.answered_on is not None:
        reasons.append("已经答复过了")
    if by.unit_id != errand.asked_id:
        reasons.append(f"请的是{errand.asked}，由它答复")
    if errand.kind not in {k.value for k in _ASKED}:
        reasons.append(f"{errand.kind}请在办理步骤里办")
    if errand.kind == ErrandKind.COSIGN.value and agrees is None:
        reasons.append("会签要写明同意还是不同意")
    if not answer.strip() and agrees is not True:
        reasons.append("请写一句意见或做了什么")
    if reasons:
        raise Refused(reasons)
    cosign = errand.kind == ErrandKind.COSIGN.value
    errand.answered_on, errand.answered_by = clock.today(), str(by)
    errand.agrees, errand.answer = (agrees if cosign else None), answer.strip()
    errand.save()
    trail.record(
        "issue.unit_answered", Ref("issue", errand.issue.key), by=by, because=errand.answer,
        after={"kind": errand.kind, "agrees": errand.agrees},
    )  # fmt: skip
    tell_errand(errand.issue, errand, [errand.asker_id])
    return errand


def follow(row: IssueRecord, step: Step, taken: IssueStep, rectifier: Unit | None) -> None:
    """The clocks of handing on and sending back run and stop with the steps themselves; in the step's transaction."""
    unit, on = taken.unit, taken.on
    if unit is None:
        return

    def begin(kind: ErrandKind, asked: Unit) -> None:
        IssueErrand(
            issue=row, kind=kind.value, asker=unit, asked=asked, said=taken.note, asked_on=on, by_name=taken.by_name,
            due_on=errand_due(IssueClass(row.klass), on),
        ).save(force_insert=True)  # fmt: skip

    def end(kind: ErrandKind) -> None:
        row.errands.filter(kind=kind.value, answered_on=None).update(
            answered_on=on, answered_by=taken.by_name, answer=step.value
        )

    if step is Step.RETURN:
        end(ErrandKind.REFER)
        if row.lead is not None:
            begin(ErrandKind.RETURN, row.lead)
    elif step is Step.REASSIGN and rectifier is not None:
        end(ErrandKind.RETURN)
        end(ErrandKind.REFER)
        begin(ErrandKind.REFER, rectifier)
    elif step is Step.RECEIVE:
        end(ErrandKind.REFER)


@transaction.atomic
def name_raiser(row: IssueRecord, unit: Unit, *, by: User) -> IssueRecord:
    """Say who raised a blockage that the county's own ledger brought along without it; once."""
    rights.check(by, "open_issue", path=row.place.path)
    row = IssueRecord.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.klass != IssueClass.BLOCKAGE.value or row.raiser_id is not None or not row.is_open:
        raise Refused(["只有没写提出单位的在办堵点可以补"])
    if unit.pk == row.rectifier_id:
        raise Refused(["提出单位不能是整改责任单位"])
    row.raiser = unit
    row.save(update_fields=["raiser"])
    trail.record("issue.raiser_named", Ref("issue", row.key), by=by, after={"raiser": str(unit)})
    return row
