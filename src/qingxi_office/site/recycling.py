"""What may be moved to the recycle bin from the pages, by whom; and the merge of records that are one thing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qingxi.keeping import Candidate, Pair, pairs, refusal
from qingxi.origin import Ref
from qingxi_office.attachments.models import Attachment
from qingxi_office.bulletins.queries import bulletins
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import facilities
from qingxi_office.issues.queries import letters
from qingxi_office.keepings import actions, queries
from qingxi_office.keepings.actions.references import TextField, Texts
from qingxi_office.keepings.models import Merge, Removal
from qingxi_office.keepings.rows import Held
from qingxi_office.people import rights
from qingxi_office.places.queries import under
from qingxi_office.site import attaching
from qingxi_office.villages.models import HouseholdRecord
from qingxi_office.villages.queries import households


class NotRemoved(ValueError):
    """The law says no; ``str`` gives every reason."""


@dataclass(frozen=True, slots=True)
class Bin:
    """A kind that can be removed: its rows as a person sees them, key, title, deed."""

    word: Any  # translated where it is shown
    rows: Callable[[Any], QuerySet[Any]]
    field: str
    title: Callable[[Any], str]
    path: Callable[[Any], str]
    deed: str = "remove_record"


BINS: dict[str, Bin] = {
    "bulletin": Bin(_("通报草稿"), bulletins, "key", lambda r: r.title, lambda r: ""),
    "letter": Bin(
        _("提示函草稿"),
        letters,
        "pk",
        lambda r: f"{r.issue.key} 提示函",
        lambda r: r.issue.place.path,
        "sign_letter",
    ),
    "facility": Bin(_("设施"), facilities, "key", lambda r: f"{r.key} {r.name}", lambda r: r.place.path),
    "household": Bin(_("农户"), households, "key", lambda r: r.key, lambda r: r.hamlet.place.path),
}
FACILITY_TEXTS: Texts = (
    TextField("intake.PublicReport", "facility"),
    TextField("places.Duty", "subject", "facility:{}"),
    TextField("projects.ProjectRecord", "facility_key"),
    TextField("attachments.Attachment", "key", where=(("kind", "facility"),)),
)
HOUSEHOLD_TEXTS: Texts = (TextField("attachments.Attachment", "key", where=(("kind", "household"),)),)


def remove_attachment(user: Any, row: Attachment, why: str = "") -> Removal:
    """Take a file off its record; it stays in the bin for its time."""
    rights.check(user, "remove", path=row.place_path)
    if not attaching.may_remove(user, row):
        raise rights.Denied(f"“{row.name}”是{row.by_name}传的；本人、同单位的人和县主管可以移走")
    return actions.remove(
        row, Ref("attachment", str(row.pk)), row.name, by=user, why=why, place_path=row.place_path, on_record=f"{row.kind}:{row.key}"
    )  # fmt: skip


def remove(user: Any, kind: str, key: str, why: str) -> Removal:
    """Move a record to the bin; raises LookupError for a stranger, Denied, NotRemoved with every reason."""
    bin_ = BINS.get(kind)
    row = bin_.rows(user).filter(**{bin_.field: key}).first() if bin_ else None
    if bin_ is None or row is None:
        raise LookupError(f"{kind}:{key}")
    rights.check(user, bin_.deed, path=bin_.path(row))
    reasons = refusal(kind, state=getattr(row, "state", ""), hanging=[])
    if reasons:
        raise NotRemoved("；".join(reasons))
    try:
        return actions.remove(row, Ref(kind, key), bin_.title(row), by=user, why=why, place_path=bin_.path(row))
    except Held as held:
        raise NotRemoved("；".join(refusal(kind, state=getattr(row, "state", ""), hanging=held.names))) from held


def bin_of(user: Any) -> QuerySet[Removal]:
    """What this person may take back: what they removed, and all of their subtree for who may remove records."""
    rows = queries.in_the_bin()
    mine = Q(by_pk=user.pk)
    if rights.may(user, "remove_record") and user.scope_id:
        mine |= under(user.scope.path, "place_path") | Q(place_path="")
    return rows.filter(mine)


def restore(user: Any, row: Removal) -> None:
    """Take it back; the attachment of a record that one may no longer see stays where it is."""
    rights.check(user, "remove", path=row.place_path)
    kind, _, key = row.on_record.partition(":")
    if row.on_record and attaching.record_of(user, kind, key) is None:
        raise ValueError("它原来所在的记录已经不在，拿不回来")
    actions.restore(row, by=user)


@dataclass(frozen=True, slots=True)
class Twins:
    """A kind whose records may stand twice: its rows, the fields a person chooses from, what names it by key."""

    word: Any  # translated where it is shown
    rows: Callable[[Any], QuerySet[Any]]
    model: Any
    fields: tuple[str, ...]
    texts: Texts
    candidate: Callable[[Any], Candidate]
    path: Callable[[Any], str]
    same: str = "用电户号相同"
    narrow: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows


def _houses_twice(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Households of one hamlet at the very same point: the database finds them, however many there are."""
    twice = (
        rows.exclude(lon=None).order_by().values("hamlet_id", "lon", "lat").annotate(n=Count("pk")).filter(n__gt=1)
    )
    asked = Q(pk__in=[])
    for at in twice[:100]:
        asked |= Q(hamlet_id=at["hamlet_id"], lon=at["lon"], lat=at["lat"])
    return rows.filter(asked)


TWINS: dict[str, Twins] = {
    "facility": Twins(_("设施"), facilities, FacilityRecord,
        ("name", "place", "process", "design_m3_d", "lon", "lat", "commissioned", "owner", "owner_unit", "operator", "operator_unit",
         "discharge_class", "power_account", "status", "households_connected", "evidence", "mn", "note"),
        FACILITY_TEXTS,
        lambda f: Candidate(f.key, f.name, str(f.place_id), f.power_account, f.lon, f.lat), lambda f: f.place.path,
    ),
    "household": Twins(_("农户"), households, HouseholdRecord,
        ("hamlet", "people_registered", "people_resident", "people_festival", "toilet", "separated", "door", "connected", "note", "lon", "lat"),
        HOUSEHOLD_TEXTS,
        lambda h: Candidate(h.key, h.key, h.key, f"{h.hamlet_id} {h.lon} {h.lat}"), lambda h: h.hamlet.place.path, "同一个点位", _houses_twice,
    ),
}  # fmt: skip


def proposed(user: Any, kind: str) -> list[Pair]:
    """Pairs worth a look among what this person sees, without those already looked at."""
    twins, looked = TWINS[kind], queries.looked_at(kind)
    found = pairs(map(twins.candidate, twins.narrow(twins.rows(user))), same=twins.same)
    return [pair for pair in found if (pair.first, pair.second) not in looked]


def merge(user: Any, kind: str, kept_key: str, gone_key: str, take_from_gone: set[str], why: str) -> Merge:
    """Merge; ``take_from_gone`` names the fields whose value comes from the record that goes."""
    twins = TWINS[kind]
    rows = {row.key: row for row in twins.rows(user).filter(key__in=[kept_key, gone_key])}
    if len(rows) != 2:
        raise LookupError(f"{kind}:{kept_key},{gone_key}")
    kept, gone = rows[kept_key], rows[gone_key]
    for row in (kept, gone):
        rights.check(user, "merge", path=twins.path(row))
    fields = {name: getattr(gone, name) for name in twins.fields if name in take_from_gone}
    return actions.merge(
        kept, gone, kind, fields=fields, texts=twins.texts, by=user, title=f"{gone} → {kept}", why=why, place_path=twins.path(kept)
    )  # fmt: skip


def undo_merge(user: Any, row: Merge) -> None:
    """Two again."""
    rights.check(user, "merge", path=row.place_path)
    twins = TWINS[row.kind]
    actions.undo(row, twins.model, texts=twins.texts, by=user)
