"""Who may see and do what: one rule for page, button, API, export and file.

A person sees a record when their role sees its kind and the record lies in their subtree of places, or (roles that
see only their own) when their unit answers for it; and when the record is in a state that their role sees (a draft is
the county's own). Deeds have their own table. Whoever may not see a record is told that it does not exist (404);
whoever sees it but may not do the deed is told who can (403).

Whoever acts for another officer under a mandate (授权; the session carries it as ``user.stands_for``) sees what that
officer sees besides their own, and may do the deeds that the mandate names.
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
    ``own`` are field ways to the ids of units that answer for it; ``state`` is the field way to the record that has
    the kind's state ("" when it is this model itself, "plan__" for a part of a plan, None when it has none).
    """

    kind: str
    place: str = "place__path"
    own: tuple[str, ...] = ()
    state: str | None = ""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Records of a kind in one state, which only some roles see: ``when`` are field look-ups with their value."""

    when: tuple[tuple[str, object], ...]
    only: frozenset[Role]


_M = TypeVar("_M", bound=Model)
_N, _O, _S = Extent.NOTHING, Extent.OWN, Extent.SUBTREE
_ROLES = (
    Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR, Role.SUPERVISOR, Role.AUDITOR,
)  # fmt: skip
# One row a kind, one column a role, in the order of _ROLES.
_SEES: dict[str, tuple[Extent, ...]] = {
    "place":     (_S, _S, _S, _S, _S, _S),
    "unit":      (_S, _S, _S, _S, _S, _S),
    "duty":      (_S, _S, _S, _S, _S, _S),
    "village":   (_S, _S, _S, _S, _S, _S),
    "hamlet":    (_S, _S, _N, _S, _S, _S),
    "household": (_S, _S, _N, _N, _N, _S),
    "facility":  (_S, _S, _O, _S, _S, _S),
    "discharger": (_S, _S, _O, _S, _S, _S),
    "outlet":    (_S, _S, _O, _S, _S, _S),
    "snapshot":  (_S, _S, _N, _N, _S, _S),
    "reading":   (_S, _S, _O, _S, _S, _S),
    "rain":      (_S, _S, _S, _S, _S, _S),  # gauges and what they measured: nobody's secret
    "wire":      (_S, _N, _N, _N, _S, _S),  # quarantine, vendors, forwarding: the county's own lines
    "finding":   (_S, _S, _O, _S, _S, _S),
    "round_sign": (_S, _S, _N, _N, _S, _S),  # clues about rounds: not for those who walk them
    "issue":     (_S, _S, _O, _S, _S, _S),
    "report":    (_S, _S, _N, _N, _S, _S),
    "plan":      (_S, _S, _N, _N, _S, _S),
    "lot":       (_S, _S, _N, _N, _S, _S),
    "project":   (_S, _S, _N, _N, _S, _S),
    "fund":      (_S, _N, _N, _N, _S, _S),
    "figure":    (_S, _S, _N, _N, _S, _S),
    "bulletin":  (_S, _S, _N, _N, _S, _S),
    "callover":  (_S, _N, _N, _N, _S, _S),
    "card":      (_S, _S, _N, _N, _S, _S),
    "receipt":   (_S, _S, _N, _N, _S, _S),
    "peer_letter": (_S, _N, _N, _N, _S, _S),
    "meeting":   (_S, _S, _O, _O, _S, _S),  # and those to which one's unit is asked: meetings.queries
    "sample":    (_S, _S, _N, _O, _S, _S),  # and those in whose teams one is; the list has its own seal: samples.queries
    "job":       (_S, _N, _N, _N, _N, _S),
    "intake":    (_S, _S, _N, _N, _N, _S),  # tables on their way in
    "person":    (_S, _N, _N, _N, _N, _S),
    "trail":     (_S, _N, _N, _N, _N, _S),
    "office":    (_S, _N, _N, _N, _N, _S),  # its keeping: ways out, rounds
    "conflict":  (_S, _S, _N, _N, _S, _S),
    "return":    (_S, _S, _N, _N, _S, _S),  # periodic returns
    "appraisal": (_S, _S, _O, _N, _S, _S),
}  # fmt: skip
_COUNTY = frozenset({Role.COUNTY_OFFICER, Role.AUDITOR})
# What only some roles see while it is in a state; a kind that is not named here is seen in every state.
_RESERVED: dict[str, tuple[Reserved, ...]] = {
    "bulletin": (Reserved((("state__in", ("draft", "sent", "approved", "handed")),), _COUNTY),),
    "card": (Reserved((("noticed_on__isnull", True),), _COUNTY),),
    "plan": (Reserved((("adopted_at__isnull", True),), _COUNTY),),
    "return": (Reserved((("state__in", ("应报", "填报中", "完整")),), _COUNTY | {Role.TOWNSHIP_CLERK}),),
}
# Who may do a deed. What a step of a problem needs besides (the unit's role in it) is qingxi.issue's law.
_DOES: dict[str, frozenset[Role]] = {
    "load": frozenset({Role.COUNTY_OFFICER}),
    "submit_sheet": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "examine": frozenset({Role.COUNTY_OFFICER}),
    "decide_finding": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "open_issue": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "step_issue": frozenset(
        {Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR, Role.SUPERVISOR}
    ),
    "raise_blockage": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN}),
    "enter_upper": frozenset({Role.COUNTY_OFFICER}),
    "cross_county": frozenset({Role.COUNTY_OFFICER}),
    "take_up_report": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "record_visit": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR}),
    "change_state": frozenset({Role.COUNTY_OFFICER}),
    "edit_register": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "change_facility_status": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "scrap_facility": frozenset({Role.COUNTY_OFFICER}),
    "reissue_code": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "freeze_register": frozenset({Role.COUNTY_OFFICER}),
    "propose_joint_works": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "make_plan": frozenset({Role.COUNTY_OFFICER}),
    "adopt_plan": frozenset({Role.COUNTY_OFFICER}),
    "override_plan": frozenset({Role.COUNTY_OFFICER}),
    "try_prices": frozenset({Role.COUNTY_OFFICER}),
    "compute_figures": frozenset({Role.COUNTY_OFFICER}),
    "note_reported": frozenset({Role.COUNTY_OFFICER}),
    "set_figure_target": frozenset({Role.COUNTY_OFFICER}),
    "sign_scope": frozenset({Role.COUNTY_OFFICER}),
    "note_seat": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "draft_bulletin": frozenset({Role.COUNTY_OFFICER}),
    "send_bulletin": frozenset({Role.COUNTY_OFFICER}),
    "record_bulletin_issued": frozenset({Role.COUNTY_OFFICER}),
    "take_callover": frozenset({Role.COUNTY_OFFICER}),
    "edit_bulletin": frozenset({Role.COUNTY_OFFICER}),
    "approve_bulletin": frozenset({Role.COUNTY_OFFICER}),
    "hand_bulletin": frozenset({Role.COUNTY_OFFICER}),
    "decide_card": frozenset({Role.COUNTY_OFFICER}),
    "answer_card": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "sign_receipt": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "publish": frozenset({Role.COUNTY_OFFICER}),
    "invite": frozenset({Role.COUNTY_OFFICER}),
    "call_meeting": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "step_task": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR}),
    "manage_person": frozenset({Role.COUNTY_OFFICER}),
    "reorganise": frozenset({Role.COUNTY_OFFICER}),
    "assign_duty": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "second_closing": frozenset({Role.COUNTY_OFFICER}),
    "set_safety": frozenset({Role.COUNTY_OFFICER}),
    "report_for_villager": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "set_channels": frozenset({Role.COUNTY_OFFICER}),
    "run_round": frozenset({Role.COUNTY_OFFICER}),
    "sign_letter": frozenset({Role.COUNTY_OFFICER}),
    "attach": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR}),
    "set_quota": frozenset({Role.COUNTY_OFFICER}),
    "remove": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN, Role.INSPECTOR}),
    "remove_record": frozenset({Role.COUNTY_OFFICER}),
    "merge": frozenset({Role.COUNTY_OFFICER}),
    "answer_person": frozenset({Role.COUNTY_OFFICER}),
    "check_ledgers": frozenset({Role.COUNTY_OFFICER}),
    "sign_conflict": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "admit_device": frozenset({Role.COUNTY_OFFICER}),
    "edit_device": frozenset({Role.COUNTY_OFFICER}),
    "command_device": frozenset({Role.COUNTY_OFFICER}),
    "move_equipment": frozenset({Role.COUNTY_OFFICER}),
    "set_forwarding": frozenset({Role.COUNTY_OFFICER}),
    "set_vendor": frozenset({Role.COUNTY_OFFICER}),
    "record_six": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "record_step": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "record_water": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "fill_return": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "review_return": frozenset({Role.COUNTY_OFFICER}),
    "lock_return": frozenset({Role.COUNTY_OFFICER}),
    "open_return_period": frozenset({Role.COUNTY_OFFICER}),
    "keep_return_form": frozenset({Role.COUNTY_OFFICER}),
    "open_appraisal": frozenset({Role.COUNTY_OFFICER}),
    "self_appraise": frozenset({Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN}),
    "check_appraisal": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK}),
    "object_appraisal": frozenset({Role.TOWNSHIP_CLERK, Role.OPERATOR_FOREMAN}),
    "finish_appraisal": frozenset({Role.COUNTY_OFFICER}),
    "set_care_terms": frozenset({Role.COUNTY_OFFICER}),
    "run_sample": frozenset({Role.COUNTY_OFFICER, Role.SUPERVISOR}),
    "check_station": frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.INSPECTOR, Role.SUPERVISOR}),
    "publish_sample": frozenset({Role.COUNTY_OFFICER, Role.SUPERVISOR}),
}


# Which kinds a deed touches: what a mandate for it lets one see besides one's own, and no more.
_TOUCHES: dict[str, tuple[str, ...]] = {
    "load": ("job",),
    "examine": ("finding", "facility"),
    "decide_finding": ("finding", "facility", "reading", "round_sign"),
    "open_issue": ("finding", "facility", "issue", "village"),
    "step_issue": ("issue", "facility", "village"),
    "raise_blockage": ("issue", "project", "facility"),
    "enter_upper": ("issue",),
    "cross_county": ("issue",),
    "take_up_report": ("report", "issue", "facility", "village"),
    "record_visit": ("facility", "reading"),
    "command_device": ("reading", "facility"),
    "edit_device": ("reading", "facility"),
    "move_equipment": ("reading", "facility"),
    "change_state": ("village", "hamlet"),
    "edit_register": ("village", "hamlet", "household", "facility"),
    "change_facility_status": ("facility",),
    "scrap_facility": ("facility",),
    "reissue_code": ("facility",),
    "sign_letter": ("issue",),
    "check_ledgers": ("conflict", "village", "facility"),
    "sign_conflict": ("conflict", "village", "facility"),
    "call_meeting": ("meeting",),
    "step_task": ("meeting",),
    "propose_joint_works": ("lot", "project"),
    "make_plan": ("plan", "job"),
    "adopt_plan": ("plan",),
    "override_plan": ("plan", "village", "hamlet"),
    "try_prices": ("plan", "job"),
    "record_six": ("village",),
    "record_step": ("figure", "village"),
    "record_water": ("outlet",),
    "compute_figures": ("figure",),
    "note_reported": ("figure",),
    "set_figure_target": ("figure",),
    "sign_scope": ("figure", "village"),
    "note_seat": ("figure",),
    "draft_bulletin": ("bulletin", "figure"),
    "send_bulletin": ("bulletin",),
    "record_bulletin_issued": ("bulletin",),
    "take_callover": ("callover", "card", "figure"),
    "edit_bulletin": ("bulletin",),
    "approve_bulletin": ("bulletin", "receipt"),
    "hand_bulletin": ("bulletin",),
    "decide_card": ("card", "callover"),
    "answer_card": ("card",),
    "sign_receipt": ("receipt", "bulletin"),
    "publish": ("bulletin", "figure", "issue"),
    "fill_return": ("return",),
    "review_return": ("return",),
    "lock_return": ("return",),
    "self_appraise": ("appraisal",),
    "check_appraisal": ("appraisal", "facility"),
    "object_appraisal": ("appraisal",),
    "finish_appraisal": ("appraisal",),
}


class Denied(PermissionDenied):
    """The person sees the record but may not do this; the sentence says who can."""


def _person(user: Any) -> User | None:
    """The person, when they are one who may see anything at all."""
    return user if isinstance(user, User) and user.is_active and user.scope_id is not None else None


def _eyes(user: Any, *kinds: str) -> tuple[User, ...]:
    """With whose eyes this person looks at these kinds: their own, and, while they stand for another officer, that
    officer's for the kinds that the mandate's deeds touch.
    """
    own, other = _person(user), _person(getattr(user, "stands_for", None))
    if other is not None:
        touched = {
            kind for deed in getattr(user, "stands_in", ()) for kind in (*_TOUCHES.get(deed, ()), "place", "duty")
        }
        if not set(kinds) <= touched:
            other = None
    return tuple(p for p in (own, other) if p is not None)


def _reach(eye: User, kind: str) -> Extent:
    return _SEES[kind][_ROLES.index(Role(eye.role))]


def extent(user: Any, kind: str) -> Extent:
    """How far this person sees records of a kind; nobody signed in sees nothing."""
    return max((_reach(eye, kind) for eye in _eyes(user, kind)), key=lambda e: e.value, default=Extent.NOTHING)


def scopes(user: Any, *kinds: str) -> tuple[str, ...]:
    """Paths of the places in which this person sees records of these kinds: their own, and those of the officer whom they
    stand for."""
    return tuple(eye.scope.path for eye in _eyes(user, *kinds) if eye.scope is not None)


def covers(user: Any, path: str, *kinds: str) -> bool:
    """Whether the place with this path lies in this person's subtree and their role sees all of these kinds there;
    the county's own path asks for the whole county.
    """
    return any(
        eye.scope is not None
        and path.startswith(eye.scope.path)
        and all(_reach(eye, kind) is Extent.SUBTREE for kind in kinds)
        for eye in _eyes(user, *kinds)
    )


def rule(user: Any, way: Way) -> Q | None:
    """The condition under which this person sees records of a way; None when none at all."""
    conditions = [c for eye in _eyes(user, way.kind) if (c := _rule(eye, way)) is not None]
    if not conditions:
        return None
    whole = conditions[0]
    for more in conditions[1:]:
        whole |= more
    return whole


def _rule(user: User, way: Way) -> Q | None:
    reach = _reach(user, way.kind)
    if reach is Extent.NOTHING or (reach is Extent.OWN and not (way.own and user.unit_id)):
        return None
    here = under(user.scope.path, way.place) if way.place else Q(pk__isnull=False)
    if reach is Extent.OWN:
        mine = Q()
        for field in way.own:
            mine |= Q(**{field: user.unit_id})
        here &= mine
    if way.state is not None:
        for state in _RESERVED.get(way.kind, ()):
            if user.role not in state.only:
                here &= ~Q(**{way.state + field: value for field, value in state.when})
    return here


def seen_by(user: Any, rows: QuerySet[_M], way: Way) -> QuerySet[_M]:
    """Only the rows that this person sees."""
    condition = rule(user, way)
    return rows.none() if condition is None else rows.filter(condition)


def may(by: Doer | Any, deed: str, *, path: str = "") -> bool:
    """Whether this person may do a deed (at the place with this path, when it has one)."""
    if isinstance(by, Office):
        return True
    if _may(by, deed, path):
        return True
    return deed in getattr(by, "stands_in", ()) and _may(by.stands_for, deed, path)


def _may(by: Any, deed: str, path: str) -> bool:
    person = _person(by)
    if person is None or person.scope is None:
        return False
    return Role(person.role) in _DOES[deed] and (not path or path.startswith(person.scope.path))


def deeds() -> tuple[str, ...]:
    """Every deed that has a rule."""
    return tuple(_DOES)


def able(deed: str) -> frozenset[str]:
    """The roles that may do a deed."""
    return frozenset(role.value for role in _DOES[deed])


def check(by: Doer | Any, deed: str, *, path: str = "") -> None:
    """Raise Denied, with who can, when :func:`may` says no."""
    if not may(by, deed, path=path):
        who = "、".join(role.label for role in _ROLES if role in _DOES[deed])
        raise Denied(f"{by} 不能做这件事;可以做的是本辖区的{who}")
