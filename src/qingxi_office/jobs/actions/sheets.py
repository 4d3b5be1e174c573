"""Every change to a table on its way in. Who may is asked by the deeds in site/loading/sheets, where people are known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.files.layer_source import refused_secrecy
from qingxi.origin import Ref
from qingxi_office.jobs.actions.work import ask
from qingxi_office.jobs.models import Job, JobFault, SheetIntake, SheetRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer

CHUNK = 2000
"""Rows written at once: a clerk beside it waits no longer than one such piece takes."""


@transaction.atomic
def receive(name: str, data: bytes, *, table: str, path: str, by: Doer) -> SheetIntake:
    """A file came in: keep it and ask a worker to read it. Raises ValueError for one marked 秘密."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1][-120:] or "表"
    if why := refused_secrecy(name=name):
        raise ValueError(why)
    intake = SheetIntake(
        name=name, table=table, sha256=hashlib.sha256(data).hexdigest(), path=path, by_pk=by.pk, by_name=str(by), at=clock.now()
    )  # fmt: skip
    intake.file.save(name, ContentFile(data), save=False)
    intake.save(force_insert=True)
    intake.job = ask("sheet", f"读表 {name}"[:200], {"intake": intake.pk}, by=by)
    intake.save(update_fields=["job"])
    trail.record(
        "sheet.received",
        Ref("sheet", str(intake.pk)),
        by=by,
        after={"name": name, "sha256": intake.sha256, "bytes": len(data)},
    )
    return intake


@transaction.atomic
def read_again(intake: SheetIntake, *, by: Doer) -> Job:
    """Read it once more: after a worker was lost, or to see it against the books as they are now."""
    intake.job = ask("sheet", f"读表 {intake.name}"[:200], {"intake": intake.pk}, by=by)
    intake.state, intake.counts, intake.digest, intake.take_job = SheetIntake.State.READING, {}, "", None
    intake.save()
    return intake.job


def stage(intake: SheetIntake, rows: Iterable[dict[str, Any]]) -> int:
    """Keep rows of an intake, some thousand a transaction."""
    made = [SheetRow(intake=intake, **row) for row in rows]
    SheetRow.objects.bulk_create(made, batch_size=500)
    return len(made)


def drop_rows(intake: SheetIntake) -> None:
    """Forget the rows of an intake, piece by piece."""
    while pks := list(SheetRow.objects.filter(intake=intake).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        SheetRow.objects.filter(intake=intake, pk__lte=pks[-1]).delete()


@transaction.atomic
def keep_read(
    intake: SheetIntake, *, table: str, counts: dict[str, Any], digest: str, red: bytes | None, failed: bool = False
) -> None:
    """What the reading found; the file's red twin beside it."""
    intake.table, intake.counts, intake.digest = table, counts, digest
    if intake.red:
        intake.red.delete(save=False)
        intake.red = ""
    if red is not None:
        stem = intake.name.rsplit(".", 1)[0]
        intake.red.save(f"{stem}_核对.xlsx", ContentFile(red), save=False)
    intake.state = SheetIntake.State.FAILED if failed else SheetIntake.State.SHOWN
    intake.save()


@transaction.atomic
def set_state(
    intake: SheetIntake,
    state: str,
    *,
    by: Doer,
    reason: str = "",
    take_job: Job | None = None,
    counts: dict[str, Any] | None = None,
) -> bool:
    """Move an intake on; False when somebody else has moved it meanwhile."""
    from_state = intake.state
    values: dict[str, Any] = {"state": state, "reason": reason[:200]}
    if state in (SheetIntake.State.TAKEN, SheetIntake.State.DROPPED, SheetIntake.State.RETURNED):
        values |= {"decided_by": str(by), "decided_at": clock.now()}
    if take_job is not None:
        values["take_job"] = take_job
    if counts is not None:
        values["counts"] = counts
    if not SheetIntake.objects.filter(pk=intake.pk, state=from_state).update(**values):
        return False
    trail.record(
        f"sheet.{state}", Ref("sheet", str(intake.pk)), by=by, because=reason, before=from_state,
        after={"state": state, "name": intake.name, "table": intake.table, "digest": intake.digest},
    )  # fmt: skip
    intake.refresh_from_db()
    return True


def forget_file(intake: SheetIntake) -> None:
    """Personal data does not lie about once it is decided: the file and its red twin go."""
    faults = JobFault.objects.filter(job_id=intake.job_id)
    faults.update(value="")
    for file in (intake.file, intake.red):
        if file:
            file.delete(save=False)
    intake.save(update_fields=["file", "red"])
