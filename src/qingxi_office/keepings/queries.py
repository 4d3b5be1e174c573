"""Reading what was removed and merged. Who may is asked by the caller."""

from collections.abc import Iterable

from django.db.models import QuerySet

from qingxi_office.asking import ask
from qingxi_office.keepings.models import Alias, Merge, NotTwins, Removal


def in_the_bin() -> QuerySet[Removal]:
    """What lies in the recycle bin and can be taken back; its rows are not read."""
    return Removal.objects.filter(restored_at=None, purged_at=None).defer("rows")


def merges() -> QuerySet[Merge]:
    """Merges, newest first, without their rows."""
    return Merge.objects.defer("gone_rows", "moved", "dropped_rows")


def now_called(kind: str, keys: Iterable[str]) -> dict[str, str]:
    """Old key -> the key of today, for those that were merged away; one query."""
    return dict(
        ask(
            None,
            lambda _u, at: Alias.objects.filter(kind=at.kind, old_key__in=at.keys).values_list("old_key", "new_key"),
            kind=kind, keys=list(keys),
        )
    )  # fmt: skip


def looked_at(kind: str) -> set[tuple[str, str]]:
    """Pairs that somebody found to be two things."""
    return set(NotTwins.objects.filter(kind=kind).values_list("first", "second"))


def blobs_in_the_bin() -> set[int]:
    """Contents that removed attachments still name."""
    return {
        part["fields"]["blob"]
        for rows in Removal.objects.filter(kind="attachment", restored_at=None, purged_at=None).values_list(
            "rows", flat=True
        )
        for part in rows
        if part["model"] == "attachments.attachment"
    }
