"""Reading attachments. Whether the record may be seen is asked by the caller."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet, Sum

from qingxi.standard import load_table
from qingxi_office.attachments.models import Attachment, Blob, Quota


def of(kind: str, key: str) -> QuerySet[Attachment]:
    """What hangs on one record; one query."""
    return Attachment.objects.filter(kind=kind, key=key).select_related("blob")


def everything() -> QuerySet[Attachment]:
    """All attachments, newest first."""
    return Attachment.objects.select_related("blob")


def quotas(units: Iterable[int | None] = ()) -> dict[int | None, int]:
    """Megabytes allowed for each unit asked and (None) for the county."""
    table = load_table("attachments")
    out: dict[int | None, int] = {unit: int(table["quota.unit"]) for unit in units}
    out[None] = int(table["quota.county"])
    for row in Quota.objects.all():
        if row.unit_pk in out:
            out[row.unit_pk] = row.megabytes
    return out


def used_by_unit() -> dict[int | None, tuple[int, int]]:
    """(bytes, files) of each unit; a file that a unit hung twice counts twice for it."""
    rows = Attachment.objects.order_by().values_list("unit_pk").annotate(Sum("blob__size"), Count("pk"))
    return {unit: (total or 0, n) for unit, total, n in rows}


def used() -> int:
    """Bytes that really lie on the disk, each content once."""
    return Blob.objects.aggregate(total=Sum("size"))["total"] or 0


def bytes_of(sha256: str) -> bytes | None:
    """A file by its content's hash, whatever record it hangs on; None when no record has it. One query."""
    blob = Blob.objects.filter(sha256=sha256).first()
    if blob is None:
        return None
    with blob.file.open("rb") as file:
        data: bytes = file.read()
    return data
