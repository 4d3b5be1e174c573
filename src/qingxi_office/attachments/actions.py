"""Every change to attachments. Whether the person may put something on the record is asked by the caller."""

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.files.layer_source import refused_secrecy
from qingxi.origin import Ref
from qingxi_office.attachments import content, pictures, queries, scanner
from qingxi_office.attachments.content import MB, NotTaken
from qingxi_office.attachments.models import Attachment, Blob, Quota
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


def attach(
    to: Ref, upload: Any, *, by: trail.Doer, place_path: str = "", unit_pk: int | None = None, note: str = ""
) -> Attachment:
    """Put a file on a record; the same content on the same record is the attachment that is there.

    Raises
    ------
    NotTaken
        When the type, size, quota, virus scanner or a mark of secrecy (秘密★) says no; nothing is kept then.
    """
    if why := refused_secrecy(name=f"{getattr(upload, 'name', '') or ''} {note}"):
        raise NotTaken(why)
    data = upload.read(content.most_bytes() + 1)
    kind = content.recognise(data)
    content.check_size(kind, len(data))
    seen = pictures.read(data) if kind.size == "picture" else None
    digest = hashlib.sha256(data).hexdigest()
    known = Blob.objects.filter(sha256=digest).first()
    if known is not None and (there := queries.of(to.kind, to.id).filter(blob=known).first()):
        return there
    _check_quota(unit_pk, len(data), new=known is None)
    clean = known.scanned if known else False
    clean = clean or scanner.scan(data)
    with transaction.atomic():
        blob = known or _keep_blob(data, digest, kind, seen, clean)
        row = Attachment(
            kind=to.kind, key=to.id, blob=blob, name=content.clean_name(getattr(upload, "name", "") or "", kind), note=note.strip()[:200],
            place_path=place_path, unit_pk=unit_pk, by_pk=by.pk, by_name=str(by), at=clock.now(),
            taken_at=seen and seen.taken_at, lon=seen and seen.lon, lat=seen and seen.lat,
        )  # fmt: skip
        row.save(force_insert=True)
        trail.record(
            "attachment.added", to, by=by, after={"name": row.name, "sha256": digest, "size": len(data)}
        )  # fmt: skip
    return row


def _check_quota(unit_pk: int | None, size: int, *, new: bool) -> None:
    quotas = queries.quotas([] if unit_pk is None else [unit_pk])
    if new and queries.used() + size > quotas[None] * MB:
        raise NotTaken(f"全县附件已到配额 {quotas[None]:,} MB；请县主管清理，或调大配额")
    mine = queries.used_by_unit().get(unit_pk, (0, 0))[0]
    if unit_pk is not None and mine + size > quotas[unit_pk] * MB:
        raise NotTaken(f"您单位的附件已到配额 {quotas[unit_pk]:,} MB；请移走用不着的，或请县主管调大")


def _keep_blob(data: bytes, digest: str, kind: content.FileType, seen: pictures.Seen | None, clean: bool) -> Blob:
    blob = Blob(sha256=digest, size=len(data), mime=kind.mime, scanned=clean, made_at=clock.now())
    if seen is not None:
        blob.width, blob.height = seen.width, seen.height
        blob.thumb.save(f"{digest[:2]}/{digest}.thumb.webp", ContentFile(pictures.thumb(data)), save=False)
    blob.file.save(f"{digest[:2]}/{digest}.{kind.ending}", ContentFile(data), save=False)
    blob.save(force_insert=True)
    return blob


@transaction.atomic
def set_quota(unit_pk: int | None, megabytes: int, *, by: trail.Doer) -> None:
    """How much a unit (none: the county) may keep. Raises ValueError for nothing or less."""
    if megabytes <= 0:
        raise ValueError("配额须大于零")
    Quota.objects.update_or_create(unit_pk=unit_pk, defaults={"megabytes": megabytes})
    trail.record("quota.set", Ref("quota", str(unit_pk or "county")), by=by, after=megabytes)


@transaction.atomic
def sweep_blobs(still_named: set[int], *, by: trail.Doer) -> int:
    """Remove contents that no attachment and nothing in the recycle bin names any more; gives how many."""
    gone = list(Blob.objects.filter(attachments=None).exclude(pk__in=still_named))
    for blob in gone:
        names = [f.name for f in (blob.file, blob.thumb) if f]
        storage = blob.file.storage
        blob.delete()
        transaction.on_commit(lambda names=names, storage=storage: [storage.delete(name) for name in names])
    if gone:
        trail.record("blobs.swept", Ref("attachment", "all"), by=by, after={"n": len(gone)})
    return len(gone)
