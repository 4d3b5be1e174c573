"""Keeping the table of names in letters: a memory of what can be reckoned anew, so that it leaves no row in the trail."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef

from qingxi_office.places.models import NameLetters, SpelledName
from qingxi_office.places.spelled import Source, letters_of, unknown

_BATCH = 500


def keep_names(sources: Sequence[Source]) -> int:
    """Write down the letters of every name that the table lacks; gives how many names were new."""
    names = unknown(sources)
    for start in range(0, len(names), _BATCH):
        part = names[start : start + _BATCH]
        with transaction.atomic():  # short: others write beside
            SpelledName.objects.bulk_create((SpelledName(text=name) for name in part), ignore_conflicts=True)
            rows = SpelledName.objects.filter(text__in=part)
            NameLetters.objects.bulk_create(
                (NameLetters(name=row, key=key) for row in rows for key in sorted(letters_of(row.text))),
                ignore_conflicts=True,
            )
    return len(names)


def drop_names(sources: Sequence[Source]) -> int:
    """Remove names that nothing in the books carries any more; gives how many."""
    rows = SpelledName.objects.all()
    for source, field in sources:
        rows = rows.filter(~Exists(source.order_by().filter(**{field: OuterRef("text")})))
    gone = list(rows.values_list("pk", flat=True))
    for start in range(0, len(gone), _BATCH):
        SpelledName.objects.filter(pk__in=gone[start : start + _BATCH]).delete()
    return len(gone)
