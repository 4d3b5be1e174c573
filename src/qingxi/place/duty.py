"""Who answers for what, where, and when (责任清单): one law for every village, facility, project and problem.

A duty holds for a place and all below it, or for one thing only (``subject``). Who answers is the most specific duty in
force: the thing's own, then its village's, then its township's, and so on up. A post that stands empty is answered by its
deputy; without one it is a gap (空岗), and then the next post up that is filled is named as well.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.place.code import PlaceCode


class DutyRole(StrEnum):
    """The part a unit has in a matter."""

    LEAD = "主责"
    SUPPORT = "配合"
    SUPERVISE = "监督"
    TERRITORY = "属地"


class Party(StrEnum):
    """What kind of party answers: not only offices stand in the matrix."""

    OFFICE = "政府部门"
    VILLAGE = "村级组织"
    HOUSEHOLD = "农户"
    OPERATOR = "运维单位"
    INVESTOR = "投资人"
    BUILDER = "施工单位"


# A firm answers for what it runs, owns or builds, and not for the whole place that its contract is filed under.
OWN_ONLY = frozenset({Party.OPERATOR, Party.INVESTOR, Party.BUILDER})
_ORDER = {DutyRole.LEAD: 0, DutyRole.TERRITORY: 1, DutyRole.SUPPORT: 2, DutyRole.SUPERVISE: 3}


def party_of(kind: str) -> Party:
    """The kind of party that a kind of unit is (县政府, 部门, 村委会, 平台公司 …)."""
    if kind in ("村委会", "居委会", "村级组织"):
        return Party.VILLAGE
    return {
        "平台公司": Party.INVESTOR, "投资人": Party.INVESTOR, "运维单位": Party.OPERATOR, "施工单位": Party.BUILDER,
        "农户": Party.HOUSEHOLD,
    }.get(kind, Party.OFFICE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duty:
    """One row of the duty list.

    Attributes
    ----------
    place : PlaceCode
        It holds for this place with all below it.
    matter : str
        Chinese name: 设施运维, 管网建设, …
    person, deputy : str
        May be empty: an unfilled post is a gap, and shown as one.
    valid_from, valid_to : date or None
        From the first day until the day before ``valid_to``.
    subject : str
        ``"facility:QX-083"`` when it holds for one thing only.
    unit_to : date or None
        The day on which the unit ceased to be.
    key : str
        The row's own key, so that an answer leads back to it.
    """

    place: PlaceCode
    matter: str
    role: DutyRole
    unit: str
    person: str = ""
    post: str = ""
    phone: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""
    subject: str = ""
    party: Party = Party.OFFICE
    deputy: str = ""
    deputy_phone: str = ""
    unit_to: date | None = None
    key: str = ""

    def valid(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)

    def filled(self, on: date) -> bool:
        """Whether somebody answers: a person or a deputy, of a unit that still is."""
        return bool(self.person or self.deputy) and (self.unit_to is None or on < self.unit_to)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: a thing (``"facility:QX-083"``; empty for a place), the places it lies in from its own
    upward, and the units that run, own, build or mend it."""

    places: tuple[PlaceCode, ...]
    ref: str = ""
    units: frozenset[str] = frozenset()


class Post(StrEnum):
    """How a post stands."""

    FILLED = "在岗"
    DEPUTY = "副手代"
    EMPTY = "空岗"


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers for one matter in one role: the duty, how its post stands, and, of an empty post, who stands above."""

    duty: Duty
    post: Post
    above: Duty | None = None

    @property
    def name(self) -> str:
        """The person to call; empty of an empty post."""
        return {Post.FILLED: self.duty.person, Post.DEPUTY: self.duty.deputy, Post.EMPTY: ""}[self.post]

    @property
    def phone(self) -> str:
        """The number to call; empty of an empty post."""
        return {Post.FILLED: self.duty.phone, Post.DEPUTY: self.duty.deputy_phone, Post.EMPTY: ""}[self.post]


def _post(duty: Duty, on: date) -> Post:
    if not duty.filled(on):
        return Post.EMPTY
    return Post.FILLED if duty.person else Post.DEPUTY


def who_is_in_charge(duties: Iterable[Duty], subject: Subject, on: date) -> tuple[Answer, ...]:
    """Everyone who answers for a subject on a day, one answer a matter and role; the most specific first.

    Returns
    -------
    tuple of Answer
        By role (主责, 属地, 配合, 监督), then by nearness, then by matter. Empty when nobody was ever named.
    """
    near = {code: n for n, code in enumerate(subject.places)}
    fitting: dict[tuple[str, DutyRole], list[tuple[int, Duty]]] = defaultdict(list)
    for duty in duties:
        if not duty.valid(on):
            continue
        if duty.subject:
            steps = -2 if duty.subject == subject.ref else None
        elif duty.party in OWN_ONLY:
            # A firm named among the subject's own units is nearer than any place.
            steps = -1 if duty.unit in subject.units and duty.place in near else None
        else:
            steps = near.get(duty.place)
        if steps is not None:
            fitting[duty.matter, duty.role].append((steps, duty))
    ranked = []
    for (matter, role), rows in fitting.items():
        rows.sort(key=lambda row: (row[0], _newest_first(row[1]), not row[1].filled(on), row[1].key))
        steps, duty = rows[0]
        post = _post(duty, on)
        above = None
        if post is Post.EMPTY:
            # A second holder at the same step answers before the place above is troubled.
            above = next((d for _, d in rows[1:] if d.filled(on)), None)
        ranked.append((_ORDER[role], steps, matter, Answer(duty, post, above)))
    ranked.sort(key=lambda row: row[:3])
    return tuple(row[3] for row in ranked)


def _newest_first(duty: Duty) -> int:
    return -(duty.valid_from or date.min).toordinal()


def responsible(
    duties: Iterable[Duty], place: PlaceCode, matter: str, on: date, role: DutyRole = DutyRole.LEAD
) -> Duty | None:
    """The duty for one matter nearest to a place: its own, else its township's, else its county's; None is a gap."""
    chain: list[PlaceCode] = []
    at: PlaceCode | None = place
    while at is not None:
        chain.append(at)
        at = at.parent
    asked = [d for d in duties if d.matter == matter and d.role is role]
    units = frozenset(d.unit for d in asked)
    answers = who_is_in_charge(asked, Subject(tuple(chain), units=units), on)
    return answers[0].duty if answers else None
