"""Reading second looks, rights first."""

from typing import Any

from django.db.models import Q, QuerySet

from qingxi_office.approvals.models import Approval, WeightyDeed
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.queries import under

# Deeds that a county may put under four eyes, with the sentence of each; whether it does is its own data.
WEIGHTY = {
    "send_bulletin": "通报送审",
    "approve_bulletin": "审定自己起草的通报",
    "adopt_plan": "采用一版规划",
    "recognise_village": "把村改为已治理",
    "close_issue": "问题销号（所有类别）",
    "close_key_issue": "问题销号（重点、督办）",
    "move_equipment": "向设备下动作命令（采样、校准、清洗）",
}
# What moves something far away, or goes out in the county's name, needs two unless the county says otherwise.
BY_ITSELF = frozenset({"move_equipment", "approve_bulletin"})
# The deed of ``people.rights`` that the second officer must be able to do.
RIGHT_OF = {
    "recognise_village": "change_state",
    "close_issue": "second_closing",
    "close_key_issue": "second_closing",
}


def right_of(deed: str) -> str:
    return RIGHT_OF.get(deed, deed)


def needs_second(*deeds: str) -> bool:
    """Whether the county has put any of these deeds under four eyes. One query."""
    said = dict(WeightyDeed.objects.filter(deed__in=deeds).values_list("deed", "needs_second"))
    return any(said.get(deed, deed in BY_ITSELF) for deed in deeds)


def settings() -> dict[str, WeightyDeed]:
    """What the county last set, by deed."""
    known = {row.deed: row for row in WeightyDeed.objects.all()}
    return {deed: WeightyDeed(deed=deed, needs_second=True) for deed in BY_ITSELF} | known


def approvals(user: Any) -> QuerySet[Approval]:
    """What this person asked for themselves, and what they might answer: deeds they may do, in their own places.

    Auditors see all of their places.
    """
    rows = Approval.objects.select_related("asked_by", "answered_by", "asked_by__unit")
    if not isinstance(user, User) or not user.is_active or user.scope is None:
        return rows.none()
    mine = Q(asked_by=user)
    here = under(user.scope.path, "place_path")
    sees = [
        d for d in WEIGHTY if rights.may(user, right_of(d)) or rights.extent(user, "trail") is rights.Extent.SUBTREE
    ]
    return rows.filter(mine | (Q(deed__in=sees) & here))


def to_answer(user: Any) -> QuerySet[Approval]:
    """What waits for this person's second look."""
    able = [d for d in WEIGHTY if rights.may(user, right_of(d))]
    return approvals(user).filter(state=Approval.State.ASKED, deed__in=able).exclude(asked_by_id=user.pk)


def seconds(approval: Approval) -> list[User]:
    """Who could be the second officer: may do the deed there, and did not ask."""
    rows = User.objects.filter(is_active=True, role__in=rights.able(right_of(approval.deed))).exclude(
        pk=approval.asked_by_id
    )
    return [u for u in rows.select_related("scope", "unit") if rights.may(u, right_of(approval.deed), path=approval.place_path)]  # fmt: skip
