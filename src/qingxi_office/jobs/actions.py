"""Every change to long work."""

from collections.abc import Iterable
from typing import Any

from qingxi.origin import Fault
from qingxi_office.jobs.models import Job, JobFault
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer


def start(kind: str, title: str, *, by: Doer) -> Job:
    """A new job, running."""
    job = Job(kind=kind, title=title, by_name=str(by), started_at=clock.now())
    job.save(force_insert=True)
    return job


def progress(job: Job, share: float, doing: str) -> bool:
    """Note how far it is; False when somebody asked to cancel."""
    job.progress, job.doing = min(max(share, 0.0), 1.0), doing[:200]
    job.save(update_fields=["progress", "doing"])
    job.refresh_from_db(fields=["cancel_asked"])
    return not job.cancel_asked


def keep_faults(job: Job, faults: Iterable[Fault]) -> int:
    """Keep every fault met; gives how many."""
    rows = [
        JobFault(
            job=job, file=f.file, row=f.row, field=f.field, value=f.value[:500], rule=f.rule, remedy=f.remedy, code=f.code,
            severity=f.severity.value,
        )
        for f in faults
    ]  # fmt: skip
    JobFault.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def finish(job: Job, result: dict[str, Any], *, failed: bool = False) -> None:
    """The job has ended."""
    job.state = Job.State.FAILED if failed else Job.State.DONE
    job.progress, job.doing, job.result, job.ended_at = 1.0, "", result, clock.now()
    job.save()
