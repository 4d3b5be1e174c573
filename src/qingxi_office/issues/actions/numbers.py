"""The number of a problem: one a year and row, under a lock, whatever opens at the same time."""

import re
from datetime import date

from qingxi_office.issues.models import IssueNumber, IssueRecord

_TAIL = re.compile(r"-(\d+)$")


def next_key(today: date) -> str:
    """The next number of the year, WT-2026-0042; call inside the transaction that opens the problem.

    The year's row is locked until that transaction ends, so two openings never get one number. Numbers that the
    county's own ledger brought along are passed over.
    """
    head = f"WT-{today.year}-"
    if not IssueNumber.objects.filter(pk=today.year).exists():
        known = IssueRecord.objects.filter(key__startswith=head).values_list("key", flat=True)
        last = max((int(found[1]) for key in known if (found := _TAIL.search(key))), default=0)
        IssueNumber.objects.bulk_create([IssueNumber(year=today.year, last=last)], ignore_conflicts=True)
    number = IssueNumber.objects.select_for_update().get(pk=today.year)
    while True:
        number.last += 1
        key = f"{head}{number.last:04d}"
        if not IssueRecord.objects.filter(key=key).exists():
            break
    number.save(update_fields=["last"])
    return key
