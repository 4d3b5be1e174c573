"""One search over every book: each group finds within what the person sees, at a fixed number of queries.

Chinese is found anywhere in a name; letters also as pinyin, in full or by first letters, begun at any character.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from qingxi_office.asking import Question
from qingxi_office.attachments.models import Attachment
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.issues.queries import letters
from qingxi_office.meetings.models import Meeting
from qingxi_office.meetings.queries import meetings
from qingxi_office.people.models import User
from qingxi_office.people.queries import find_places, people
from qingxi_office.places.actions.spelled import drop_names, keep_names
from qingxi_office.places.keys import clean
from qingxi_office.places.models import Duty
from qingxi_office.places.spelled import Source, known_as, spelled, unknown
from qingxi_office.plans.models import PlanRecord
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.samples.queries import campaigns
from qingxi_office.site.attaching import HOLDERS
from qingxi_office.site.pages import seen
from qingxi_office.trail.queries import last_change

EACH = 6
_MOST = 500  # hits of one group that can be paged through


@dataclass(frozen=True)
class Hit:
    """One thing found: where it leads, what it is called, and what tells it from others of its name."""

    icon: str
    words: str
    href: str
    small: str


@dataclass(frozen=True)
class Found:
    """What one group found: ``more`` says that there are others beyond these."""

    key: str
    word: str
    hits: Sequence[Hit]
    more: bool


def sources() -> list[Source]:
    """The fields of the books that carry names by which somebody searches."""
    return [
        (FacilityRecord.objects.all(), "name"), (IssueRecord.objects.all(), "title"), (ProjectRecord.objects.all(), "name"),
        (PlanRecord.objects.all(), "title"), (BulletinRecord.objects.all(), "title"), (Meeting.objects.all(), "title"),
        (Duty.objects.all(), "person"), (User.objects.all(), "name"), (Attachment.objects.all(), "name"),
    ]  # fmt: skip


_new: tuple[str, list[str]] = ("", [])


def _not_yet_kept() -> list[str]:
    """Names that came into the books since the worker last wrote down their letters. Asked anew after every change."""
    global _new
    version = last_change()
    if _new[0] != version:
        _new = (version, unknown(sources()))
    return _new[1]


_told: tuple[list[str], str, list[str]] = ([], "", [])


def _fresh(letters: str) -> list[str]:
    """Those of the names not yet written down that letters begin; the groups of one search ask for the same."""
    global _told
    names = _not_yet_kept()
    if _told[0] is not names or _told[1] != letters:
        _told = (names, letters, [name for name in names if spelled(name, letters)])
    return _told[2]


def keep_spelled() -> int:
    """The worker's part: the letters of new names are written down; gives how many there were."""
    return keep_names(sources()) if _not_yet_kept() else 0


def drop_spelled() -> int:
    """Names that nothing carries any more are forgotten; gives how many."""
    return drop_names(sources())


def _letters(text: str) -> str:
    """The text as letters of a name's pinyin; "" when it cannot be any."""
    plain = clean(text)
    return plain if plain.isascii() and plain.isalpha() and len(plain) > 1 else ""


class _Rows:
    """The rows of a group whose fields contain a text, or whose first name field is spelled so; one query."""

    def __init__(
        self, rows: Callable[[Any], QuerySet[Any]], names: Sequence[str], others: Sequence[str] = ()
    ) -> None:
        self._rows, self._names, self._fields = rows, names, (*names, *others)
        self._first = Question(lambda user, at: self._found(user, at)[: EACH + 1])

    def _found(self, user: Any, at: Any) -> QuerySet[Any]:
        asked = Q()
        for field in self._fields:
            asked |= Q(**{f"{field}__icontains": at.text})
        if at.letters:
            asked |= Q(**{f"{self._names[0]}__in": known_as(at.letters)})
            asked |= Q(**{f"{self._names[0]}__in": at.fresh})
        return self._rows(user).filter(asked)

    def find(self, user: Any, text: str, start: int, stop: int) -> list[Any]:
        letters = _letters(text) if self._names else ""
        fresh = _fresh(letters) if letters else []
        asked: dict[str, Any] = {"text": text, "letters": letters or None, "fresh": fresh}
        if (start, stop) == (0, EACH + 1):
            return self._first(user, **asked)
        return list(self._found(user, SimpleNamespace(**asked))[start:stop])


def _places(user: Any, text: str, start: int, stop: int) -> list[Hit]:
    out = []
    for p in find_places(user, text, stop)[start:]:
        if p.level in ("village", "hamlet"):
            href = reverse("village", args=[p.code if p.level == "village" or not p.parent else p.parent.code])
        else:
            href = reverse("villages") + f"?township={p.code}"
        out.append(
            Hit(
                "map-pin",
                p.name,
                href,
                "·".join(filter(None, [p.get_level_display(), p.parent.name if p.parent else ""])),
            )
        )
    return out


def _listed(
    rows: Callable[[Any], QuerySet[Any]],
    names: Sequence[str],
    others: Sequence[str],
    hit: Callable[[Any], Hit],
    kind: str = "",
) -> Callable[[Any, str, int, int], list[Hit]]:
    found = _Rows(rows, names, others)

    def find(user: Any, text: str, start: int, stop: int) -> list[Hit]:
        if kind and not seen.may_see(user, kind):
            return []
        return [hit(row) for row in found.find(user, text, start, stop)]

    return find


def _held(user: Any) -> QuerySet[Attachment]:
    """Files on records that the person sees: one subquery a kind of record."""
    here = Q(pk__in=[])
    for kind, holder in HOLDERS.items():
        rows = (
            holder.rows(user).order_by().annotate(held_key=Cast(holder.field, CharField()))
        )  # a key may be a number
        here |= Q(kind=kind, key__in=rows.values("held_key"))
    return Attachment.objects.filter(here)


_attachments = _listed(
    _held, ("name",), ("note",),
    lambda r: Hit("paperclip", r.name, reverse("attachment", args=[r.pk]), f"{HOLDERS[r.kind].word} {r.key}"),
)  # fmt: skip


def _duty(d: Any) -> Hit:
    place = d.place
    href = reverse("village", args=[place.code]) if place and place.level == "village" else reverse("duties")
    return Hit(
        "user-check", d.person, href, "·".join(filter(None, [str(place or ""), d.matter, d.title, d.unit_name]))
    )


def _person(p: Any) -> Hit:
    return Hit(
        "user",
        p.name,
        reverse("person", args=[p.username]),
        "·".join(filter(None, [p.unit.name if p.unit else "", p.title])),
    )


GROUPS: dict[str, tuple[Callable[[], str], Callable[[Any, str, int, int], list[Hit]]]] = {
    "place": (lambda: _("地方"), _places),
    "facility": (lambda: _("设施"), _listed(
        seen.facilities, ("name",), ("key", "power_account", "mn"),
        lambda f: Hit("building-factory-2", f.name, reverse("facility", args=[f.key]), f"{f.key}·{f.place.name}"))),
    "issue": (lambda: _("问题"), _listed(
        seen.issues, ("title",), ("key",),
        lambda i: Hit("list-check", i.title, reverse("issue", args=[i.key]), f"{i.key}·{i.state}"))),
    "project": (lambda: _("项目"), _listed(
        seen.projects, ("name",), ("key",),
        lambda p: Hit("shovel", p.name, reverse("project", args=[p.key]), f"{p.key}·{p.stage}"), "project")),
    "plan": (lambda: _("规划"), _listed(
        seen.plan_versions, ("title",), ("key",), lambda p: Hit("map", p.title, reverse("plan_versions"), p.key), "plan")),
    "bulletin": (lambda: _("通报"), _listed(
        seen.bulletins, ("title",), ("key", "document_number"),
        lambda b: Hit("file-text", b.title, reverse("bulletin", args=[b.key]), b.document_number or b.key), "bulletin")),
    "meeting": (lambda: _("会议"), _listed(
        meetings, ("title",), ("key", "room"),
        lambda m: Hit("calendar", m.title, reverse("meeting", args=[m.key]), f"{m.begins_at:%Y-%m-%d}·{m.room}"), "meeting")),
    "sample": (lambda: _("抽查"), _listed(
        campaigns, ("title",), ("key",),
        lambda c: Hit("dice", c.title, reverse("spot_check", args=[c.key]), f"{c.key}·{c.get_state_display()}"), "sample")),
    "letter": (lambda: _("提示函"), _listed(
        letters, ("issue__title",), ("number", "issue__key"),
        lambda r: Hit("mail", r.issue.title, reverse("letter", args=[r.pk]), r.number or r.issue.key))),
    "duty": (lambda: _("责任人"), _listed(
        lambda user: seen.duties(user).exclude(person="").select_related("place"), ("person",), ("unit_name",), _duty)),
    "person": (lambda: _("人员"), _listed(people, ("name",), ("username",), _person, "person")),
    "household": (lambda: _("农户"), _listed(
        lambda user: HOLDERS["household"].rows(user), (), ("key",),
        lambda h: Hit("home", h.key, reverse("household", args=[h.key]), h.hamlet.name), "household")),
    "file": (lambda: _("附件"), _attachments),
}  # fmt: skip
"""Every group: its word, and what finds in it (person, text, from, to). A room with a new book adds its line."""


def find(user: Any, text: str) -> list[Found]:
    """The first hits of every group that has any."""
    text = text.strip()[:60]
    if not text:
        return []
    out = []
    for key, (word, finder) in GROUPS.items():
        hits = _safe(finder, user, text, 0, EACH + 1)
        if hits:
            out.append(Found(key, word(), hits[:EACH], len(hits) > EACH))
    return out


def find_in(user: Any, key: str, text: str, page: int, size: int = 40) -> Found:
    """One page of one group; raises KeyError for a group that is none."""
    word, finder = GROUPS[key]
    start = max(min(page - 1, _MOST // size), 0) * size
    hits = _safe(finder, user, text.strip()[:60], start, start + size + 1) if text.strip() else []
    return Found(key, word(), hits[:size], len(hits) > size)


def _safe(
    finder: Callable[[Any, str, int, int], list[Hit]], user: Any, text: str, start: int, stop: int
) -> list[Hit]:
    """A group whose page does not exist in this office finds nothing."""
    try:
        return finder(user, text, start, stop)
    except NoReverseMatch:
        return []
