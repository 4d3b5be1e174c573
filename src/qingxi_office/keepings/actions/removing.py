"""Into the recycle bin, out of it, and gone."""

from datetime import date

from django.db import IntegrityError, models, transaction

from qingxi.keeping import kept_until
from qingxi.origin import Ref
from qingxi_office.keepings.models import Removal
from qingxi_office.keepings.rows import as_rows, from_rows, whole
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


@transaction.atomic
def remove(
    record: models.Model, ref: Ref, title: str, *, by: trail.Doer, why: str = "", place_path: str = "", on_record: str = ""
) -> Removal:  # fmt: skip
    """Take a record out of the books, whole, so that it can be put back; raises Held when others refer to it."""
    parts = whole(record)
    row = Removal(
        kind=ref.kind, key=ref.id, title=title[:200], on_record=on_record, place_path=place_path, rows=as_rows(parts), why=why.strip()[:200],
        by_pk=by.pk, by_name=str(by), at=clock.now(), until=kept_until(clock.today()),
    )  # fmt: skip
    row.save(force_insert=True)
    record.delete()
    trail.record(f"{ref.kind}.removed", ref, by=by, because=why, before={"title": title, "rows": len(row.rows)})
    return row


@transaction.atomic
def restore(row: Removal, *, by: trail.Doer) -> None:
    """Put it back as it was. Raises ValueError when its time is over or its place in the books is taken."""
    row = Removal.objects.select_for_update().get(pk=row.pk)
    if row.restored_at or row.purged_at:
        raise ValueError("已经拿回来过了" if row.restored_at else "过了期限，已经清掉")
    try:
        with transaction.atomic():
            for part in from_rows(row.rows):
                part.save(force_insert=True)
    except IntegrityError as error:
        raise ValueError("同样的记录又有了，或它所在的记录已不在，拿不回来") from error
    row.restored_at, row.restored_by = clock.now(), str(by)
    row.save(update_fields=["restored_at", "restored_by"])
    trail.record(f"{row.kind}.restored", Ref(row.kind, row.key), by=by)


@transaction.atomic
def purge(today: date, *, by: trail.Doer) -> int:
    """Forget the rows of what lay there to the end of its time; the line that it was there stays. Gives how many."""
    over = list(Removal.objects.filter(purged_at=None, restored_at=None, until__lt=today).order_by("id"))
    for row in over:
        row.rows, row.purged_at = [], clock.now()
        row.save(update_fields=["rows", "purged_at"])
        trail.record(f"{row.kind}.purged", Ref(row.kind, row.key), by=by)
    return len(over)
