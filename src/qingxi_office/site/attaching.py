"""Which records take files, and whose right holds: one row a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qingxi.origin import Ref
from qingxi_office.appraisals.queries import appraisals
from qingxi_office.asking import Question
from qingxi_office.attachments import actions
from qingxi_office.attachments.models import Attachment
from qingxi_office.bulletins.queries import bulletins
from qingxi_office.facilities.queries import facilities
from qingxi_office.issues.queries import issues
from qingxi_office.meetings.queries import meetings
from qingxi_office.people import rights
from qingxi_office.programmes.queries import letters
from qingxi_office.projects.queries import projects
from qingxi_office.readings.queries import labs, visits
from qingxi_office.samples.queries import known_visits
from qingxi_office.site.pages.seen import orders, reports
from qingxi_office.villages.queries import households, villages


@dataclass(frozen=True, slots=True)
class Holder:
    """A kind of record with files: its rows as a person sees them, its key field, the address of its page."""

    word: Any  # translated where it is shown
    rows: Callable[[Any], QuerySet[Any]]
    field: str
    page: str  # name of the address, "" when it has none of its own
    place: str = "place"  # way to its place; "" when it belongs to the county

    def path(self, row: Any) -> str:
        """Path of the record's place; "" for the county's own."""
        for step in self.place.split("__") if self.place else ():
            row = getattr(row, step, None)
        return str(getattr(row, "path", "") or "")


HOLDERS: dict[str, Holder] = {
    "issue": Holder(_("问题"), issues, "key", "issue"),
    "facility": Holder(_("设施"), facilities, "key", "facility"),
    "project": Holder(_("项目"), projects, "key", "project"),
    "appraisal": Holder(_("考核"), appraisals, "key", "appraisal"),
    "village": Holder(_("村庄"), villages, "place__code", "village"),
    "household": Holder(_("农户"), households, "key", "", "hamlet__place"),
    "meeting": Holder(_("会议"), meetings, "key", "meeting"),
    "spot_visit": Holder(_("抽查的站"), known_visits, "pk", "", "campaign__place"),
    "lab": Holder(_("化验单"), labs, "sample", "lab", "facility__place"),
    "clash_letter": Holder(_("同步施工的函"), letters, "pk", "clash_letter", "clash__place"),
    "bulletin": Holder(_("通报"), bulletins, "key", "bulletin", ""),
    "report": Holder(_("群众反映"), reports, "code", "report", ""),
    "hotline": Holder(_("12345 工单"), orders, "number", "hotline_order", ""),
    "visit": Holder(_("巡查"), visits, "key", "round_of", "facility__place"),
}
"""Every kind that takes files; a room with a new kind adds its row here."""


def _by_key(holder: Holder) -> Question[Any]:
    return Question(lambda user, at: holder.rows(user).order_by().filter(**{holder.field: at.key})[:1])


_RECORDS = {kind: _by_key(holder) for kind, holder in HOLDERS.items()}


def record_of(user: Any, kind: str, key: str) -> tuple[Holder, Any] | None:
    """The record with its holder, when this person sees it; None for a stranger as for a wrong key."""
    holder = HOLDERS.get(kind)
    found = _RECORDS[kind](user, key=key) if holder else []
    return (holder, found[0]) if holder and found else None


def may_attach(user: Any, kind: str, key: str) -> bool:
    """Whether this person may put files on the record."""
    found = record_of(user, kind, key)
    return found is not None and rights.may(user, "attach", path=found[0].path(found[1]))


def attach(user: Any, kind: str, key: str, upload: Any, note: str = "") -> Attachment:
    """Put a file on a record the person sees; raises Denied, NotTaken, LookupError (no such record for them)."""
    found = record_of(user, kind, key)
    if found is None:
        raise LookupError(f"{kind}:{key}")
    holder, row = found
    rights.check(user, "attach", path=holder.path(row))
    return actions.attach(
        Ref(kind, key), upload, by=user, place_path=holder.path(row), unit_pk=user.unit_id, note=note
    )  # fmt: skip


def seen(user: Any, pk: int) -> Attachment | None:
    """An attachment whose record this person sees."""
    row = Attachment.objects.select_related("blob").filter(pk=pk).first()
    return row if row is not None and record_of(user, row.kind, row.key) else None


def href(kind: str, key: str) -> str:
    """The address of the record's page, "" when it has none."""
    holder = HOLDERS.get(kind)
    return reverse(holder.page, args=[key]) if holder and holder.page else ""


def may_remove(user: Any, row: Attachment) -> bool:
    """Who hung it, their unit, or the county's officers take it off again."""
    own = row.by_pk == user.pk or (row.unit_pk is not None and row.unit_pk == user.unit_id)
    return rights.may(user, "remove", path=row.place_path) and (own or rights.may(user, "remove_record"))
