"""Taking the three files in, reading them in the worker, and being told which column is which."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.files import read_ledger
from qingxi.morning import Book, Ledgers, Quarter, ledgers_as_json
from qingxi.origin import Ref
from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.morning.actions.standing import refresh
from qingxi_office.morning.models import HeadingSaid, LedgerCheck, LedgerFile
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer

MOST_BYTES = 30_000_000
ENDINGS = (".xlsx", ".xls", ".csv", ".xlsm", ".txt")


@transaction.atomic
def open_check(
    quarter: Quarter, files: Mapping[str, tuple[str, bytes]], *, on: date, by: Doer, ask: bool = True
) -> LedgerCheck:
    """A new check of a quarter; ``files`` are name and content by book. The worker reads them (``ask``).

    Raises
    ------
    ValueError
        When a book is missing, is no table by its name, or is too large; the sentence is for the officer.
    """
    rights.check(by, "check_ledgers")
    own = places.county()
    if own is None:
        raise ValueError("还没有建县：先完成首次运行")
    wrong = []
    for book in Book:
        name, raw = files.get(book.value, ("", b""))
        if not raw:
            wrong.append(f"没有收到{book.words}")
        elif not name.lower().endswith(ENDINGS):
            wrong.append(f"{book.words}“{name}”不是表格，请用 .xlsx、.xls 或 .csv")
        elif len(raw) > MOST_BYTES:
            wrong.append(f"{book.words}有 {len(raw) // 1_000_000} MB，最多 {MOST_BYTES // 1_000_000} MB")
    if wrong:
        raise ValueError("；".join(wrong))
    same = LedgerCheck.objects.filter(year=quarter.year, quarter=quarter.number)
    printed = LedgerCheck.objects.filter(state=LedgerCheck.State.PRINTED)
    earlier = [
        c for c in printed.defer("ledgers", "results") if (c.year, c.quarter) < (quarter.year, quarter.number)
    ]
    check = LedgerCheck(
        place=own.place, year=quarter.year, quarter=quarter.number,
        number=max(same.values_list("number", flat=True), default=0) + 1, on=on, made_at=clock.now(), by_name=str(by),
        before=max(earlier, key=lambda c: (c.year, c.quarter, c.number), default=None),
    )  # fmt: skip
    check.save(force_insert=True)
    for book in Book:
        name, raw = files[book.value]
        row = LedgerFile(check_row=check, book=book.value, name=name[:200], sha256=hashlib.sha256(raw).hexdigest())
        ending = Path(name).suffix.lower()
        row.file.save(
            f"{check.year}Q{check.quarter}-{check.number}-{book.value}{ending}", ContentFile(raw), save=False
        )
        row.save(force_insert=True)
    trail.record(
        "ledgers.taken_in", Ref("ledger_check", str(check)), by=by,
        after={row.book: {"name": row.name, "sha256": row.sha256} for row in check.files.all()},
    )  # fmt: skip
    if ask:
        _ask(check, by)
    return check


def _ask(check: LedgerCheck, by: Doer) -> Job:
    title = f"三账核对 {check.year} 年第 {check.quarter} 季度"
    job = jobs.ask("morning", title, {"check": check.pk}, by=by)
    check.job, check.state = job.pk, LedgerCheck.State.READING
    check.save(update_fields=["job", "state"])
    return job


@transaction.atomic
def read_again(check: LedgerCheck, *, by: Doer) -> Job:
    """Ask the worker once more, when it was lost or cancelled."""
    rights.check(by, "check_ledgers")
    if check.state == LedgerCheck.State.PRINTED:
        raise ValueError("调度表已经打印，不用再读")
    return _ask(check, by)


@transaction.atomic
def say_columns(check: LedgerCheck, book: str, said: Mapping[str, str], *, by: Doer) -> Job:
    """Note under which heading each column stands ("" forgets it), for this file and the quarters to come, and read again."""
    rights.check(by, "check_ledgers")
    if check.state == LedgerCheck.State.PRINTED:
        raise ValueError("调度表已经打印，不能再改读法；要更正就另开一次核对")
    chosen = [h for h in said.values() if h]
    if len(set(chosen)) < len(chosen):
        raise ValueError("同一个表头指给了两列，请改开")
    for field, heading in said.items():
        if heading:
            HeadingSaid.objects.update_or_create(
                book=book, field=field, defaults={"heading": heading[:120], "by_name": str(by), "at": clock.now()}
            )
        else:
            HeadingSaid.objects.filter(book=book, field=field).delete()
    trail.record("ledgers.columns_said", Ref("ledger_check", str(check)), by=by, because=book, after=dict(said))
    return _ask(check, by)


def read_check(
    check: LedgerCheck, *, by: Doer, go_on: Callable[[float, str], bool] | None = None
) -> dict[str, Any]:
    """Read the files and list the conflicts; gives what was done. Nothing is kept when it is told not to go on.

    ``go_on`` is told how far it is (share, words) and answers whether to go on.
    """
    rights.check(by, "check_ledgers")
    tell = go_on or (lambda share, words: True)
    read: dict[str, Any] = {}
    files = list(check.files.all())
    for n, row in enumerate(files):
        book = Book(row.book)
        if not tell(n / 4, f"读{book.words}"):
            return {"stopped": True}
        named = dict(HeadingSaid.objects.filter(book=row.book).values_list("field", "heading"))
        got = read_ledger(Path(row.file.path), book, named=named, shown=row.name)
        read[row.book] = got
        row.lines = len(getattr(got.ledgers, row.book))
        row.found, row.headings, row.missing = got.found, list(got.headings), list(got.missing)
        row.faults = [f.as_json() for f in got.faults]
    if not tell(0.75, "核对"):
        return {"stopped": True}
    ledgers = Ledgers(
        *(getattr(read[b.value].ledgers, b.value) for b in Book), tuple(t for g in read.values() for t in g.ledgers.totals)
    )  # fmt: skip
    missing = [row.book for row in files if row.missing]
    with transaction.atomic():
        for row in files:
            row.save()
        check.ledgers = ledgers_as_json(ledgers)
        check.state = LedgerCheck.State.COLUMNS if missing else LedgerCheck.State.OPEN
        check.save(update_fields=["ledgers", "state"])
        found = None if missing else refresh(check)
        done = {
            "lines": {row.book: row.lines for row in files}, "missing": missing, "check": check.pk,
            "conflicts": len(found.conflicts) if found else 0, "open": len(found.open) if found else 0,
        }  # fmt: skip
        trail.record("ledgers.examined", Ref("ledger_check", str(check)), by=by, after=done)
    return done
