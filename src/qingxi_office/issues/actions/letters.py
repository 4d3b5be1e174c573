"""Letters for overdue problems: drafted by a round, signed or dropped by a named person."""

from datetime import date

from django.db import transaction

from qingxi.issue import LetterKind, Level, is_peer, proposed_letter
from qingxi.origin import Ref
from qingxi_office.issues.letters import wording
from qingxi_office.issues.models import IssueLetter, IssueRecord
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import County
from qingxi_office.places.queries import county
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


def kind_for(row: IssueRecord, days_over: int, own: County | None) -> LetterKind | None:
    """The letter that this problem asks for now; None when it is too early, or nobody has to answer for it."""
    if row.rectifier is None:
        return None
    issuer = (own.issuing_unit or own.lead_unit) if own else None
    signed = row.letters.filter(state=IssueLetter.State.SIGNED, drafted_on__gte=row.assigned_on)
    return proposed_letter(
        days_over,
        {LetterKind(kind) for kind in signed.values_list("kind", flat=True)},
        to=Level(row.rectifier.level),
        issuer=Level(issuer.level) if issuer else Level.COUNTY,
    )


@transaction.atomic
def draft_letter(
    row: IssueRecord, *, by: trail.Doer, today: date, days_over: int, kind: LetterKind | None = None
) -> IssueLetter:
    """A letter as a draft, and no more than that: it is a person's to sign or to drop."""
    own = county()
    kind = kind or kind_for(row, days_over, own) or LetterKind.REMIND
    letter = IssueLetter(
        issue=row, unit=row.rectifier, issuer=(own.issuing_body or own.lead_department) if own else "", kind=kind.value,
        text=wording(row, today, days_over, kind), days_over=days_over, drafted_on=today,
    )  # fmt: skip
    letter.save(force_insert=True)
    trail.record("letter.drafted", Ref("issue", row.key), by=by, after={"kind": kind.value, "days_over": days_over})
    return letter


@transaction.atomic
def decide_letter(
    letter: IssueLetter, sign: bool, *, by: User, text: str = "", number: str = "", reason: str = ""
) -> IssueLetter:
    """A named person signs the letter, as drafted or reworded, or says why it does not go out.

    Raises ValueError for criticism (提示函, 督办单, 约谈建议) of a unit that is no longer below the issuing body.
    """
    rights.check(by, "sign_letter", path=letter.issue.place.path)
    letter = IssueLetter.objects.select_for_update(of=("self",)).select_related("issue", "unit").get(pk=letter.pk)
    if letter.state != IssueLetter.State.DRAFT:
        raise ValueError(f"这份{letter.kind}{letter.get_state_display()}，不能再改")
    if not sign and not reason.strip():
        raise ValueError("不发也请写一句为什么")
    own = county()
    issuer = (own.issuing_unit or own.lead_unit) if own else None
    if sign and letter.kind != LetterKind.LETTER.value and letter.unit and issuer and is_peer(
        Level(letter.unit.level), Level(issuer.level)
    ):  # fmt: skip
        raise ValueError(f"{letter.unit}与{issuer}平级，只能发函：这份不发，另拟工作函")
    letter.state = IssueLetter.State.SIGNED if sign else IssueLetter.State.DROPPED
    letter.text, letter.number, letter.reason = text.strip() or letter.text, number.strip(), reason.strip()
    letter.decided_by, letter.decided_at = by, clock.now()
    letter.save()
    trail.record(
        "letter.signed" if sign else "letter.dropped", Ref("issue", letter.issue.key), by=by, because=reason,
        after={"kind": letter.kind, "number": letter.number, "text": letter.text},
    )  # fmt: skip
    return letter
