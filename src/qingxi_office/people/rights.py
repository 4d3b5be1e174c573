"""Who may see and do what: one rule for page, button, API, export and file.

A person sees a record when their role sees its kind and the record lies in their subtree of places, or (roles that
see only their own) when their unit answers for it. Deeds have their own table. Whoever may not see a record is told
that it does not exist (404); whoever sees it but may not do the deed is told who can (403).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet

from qingxi_office.people.models import Role, User
from qingxi_office.places.queries import under
from qingxi_office.trail.actions import Doer, Office


class Extent(Enum):
    """How far a role sees a kind of record."""

    NOTHING = 0
    OWN = 1  # in the subtree, and the person's unit answers for it
    SUBTREE = 2


@dataclass(frozen=True, slots=True)
class Way:
    """How a model lies to places and units; each app declares the ways of its models beside its queries.

    ``place`` is the field way to the place's path ("" when the record belongs to the county as a whole);
    ``own`` are field ways to the ids of units that answer for it.
    """

    kind: str
    place: str = "place__path"
    own: tuple[str, ...] = ()


_M = TypeVar("_M", bound=Model)
_N, _O, _S = Extent.NOTHING, Extent.OWN, Extent.SUBTREE
_ROLES = (
    Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR, Role.SUPERVISOR, Role.AUDITOR,
)  # fmt: skip
# One row a kind, one column a role, in the order of _ROLES.
_SEES: dict[str, tuple[Extent, ...]] = {
    "place":     (_S, _S, _S, _S, _S, _S),
    "duty":      (_S, _S, _S, _S, _S, _S),
    "village":   (_S, _S, _S, _S, _S, _S),
    "hamlet":    (_S, _S, _N, _S, _S, _S),
    "household": (_S, _S, _N, _N, _N, _S),
    "facility":  (_S, _S, _O, _S, _S, _S),
    "reading":   (_S, _S, _O, _S, _S, _S),
    "finding":   (_S, _S, _O, _S, _S, _S),
    "issue":     (_S, _S, _O, _S, _S, _S),
    "report":    (_S, _S, _N, _N, _S, _S),
    "plan":      (_S, _S, _N, _N, _S, _S),
    "lot":       (_S, _S, _N, _N, _S, _S),
    "project":   (_S, _S, _N, _N, _S, _S),
    "fund":      (_S, _N, _N, _N, _S, _S),
    "figure":    (_S, _S, _N, _N, _S, _S),
    "bulletin":  (_S, _N, _N, _N, _S, _S),
    "job":       (_S, _N, _N, _N, _N, _S),
    "person":    (_S, _N, _N, _N, _N, _S),
    "trail":     (_S, _N, _N, _N, _N, _S),
}  # fmt: skip
# Who may do a deed. What a step of a problem needs besides (the unit's role in it) is qingxi.issue's law.
_DOES: dict[str, frozenset[Role]] = {
    "load": frozenset({Role.COUNTY_OFFICER}),
    "examine": frozenset({Role.COUNTY_OFFICER}),
    "decide_finding": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "open_issue": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "step_issue": frozenset(
        {Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR, Role.SUPERVISOR}
    ),
    "take_up_report": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "record_visit": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR}),
    "change_state": frozenset({Role.COUNTY_OFFICER}),
    "propose_joint_works": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "make_plan": frozenset({Role.COUNTY_OFFICER}),
    "adopt_plan": frozenset({Role.COUNTY_OFFICER}),
    "override_plan": frozenset({Role.COUNTY_OFFICER}),
    "try_prices": frozenset({Role.COUNTY_OFFICER}),
    "compute_figures": frozenset({Role.COUNTY_OFFICER}),
    "draft_bulletin": frozenset({Role.COUNTY_OFFICER}),
    "send_bulletin": frozenset({Role.COUNTY_OFFICER}),
    "record_bulletin_issued": frozenset({Role.COUNTY_OFFICER}),
    "publish": frozenset({Role.COUNTY_OFFICER}),
    "invite": frozenset({Role.COUNTY_OFFICER}),
    "set_channels": frozenset({Role.COUNTY_OFFICER}),
    "run_round": frozenset({Role.COUNTY_OFFICER}),
    "sign_letter": frozenset({Role.COUNTY_OFFICER}),
    "attach": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR}),
    "set_quota": frozenset({Role.COUNTY_OFFICER}),
    "remove": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR}),
    "remove_record": frozenset({Role.COUNTY_OFFICER}),
    "merge": frozenset({Role.COUNTY_OFFICER}),
    "answer_person": frozenset({Role.COUNTY_OFFICER}),
}


class Denied(PermissionDenied):
    """The person sees the record but may not do this; the sentence says who can."""


def extent(user: Any, kind: str) -> Extent:
    """How far this person sees records of a kind; nobody signed in sees nothing."""
    if not isinstance(user, User) or not user.is_active or user.scope_id is None:
        return Extent.NOTHING
    return _SEES[kind][_ROLES.index(Role(user.role))]


def rule(user: Any, way: Way) -> Q | None:
    """The condition under which this person sees records of a way; None when none at all."""
    reach = extent(user, way.kind)
    if reach is Extent.NOTHING or (reach is Extent.OWN and not (way.own and user.unit_id)):
        return None
    here = under(user.scope.path, way.place) if way.place else Q()
    if reach is Extent.OWN:
        mine = Q()
        for field in way.own:
            mine |= Q(**{field: user.unit_id})
        here &= mine
    return here


def seen_by(user: Any, rows: QuerySet[_M], way: Way) -> QuerySet[_M]:
    """Only the rows that this person sees."""
    condition = rule(user, way)
    return rows.none() if condition is None else rows.filter(condition)


def may(by: Doer | Any, deed: str, *, path: str = "") -> bool:
    """Whether this person may do a deed (at the place with this path, when it has one)."""
    if isinstance(by, Office):
        return True
    if not isinstance(by, User) or not by.is_active or by.scope_id is None:
        return False
    return Role(by.role) in _DOES[deed] and (not path or path.startswith(by.scope.path))


def check(by: Doer | Any, deed: str, *, path: str = "") -> None:
    """Raise Denied, with who can, when :func:`may` says no."""
    if not may(by, deed, path=path):
        who = "、".join(role.label for role in _ROLES if role in _DOES[deed])
        raise Denied(f"{by} 不能做这件事;可以做的是本辖区的{who}")
