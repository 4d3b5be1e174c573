"""Every change to long work."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from qingxi.origin import Fault, Ref
from qingxi_office.jobs.models import Job, JobFault, JobLine, WorkerBeat
from qingxi_office.notices.actions import tell
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer

SILENT_S = 15.0
"""A worker beats every half second; one silent for so long is dead, and what it ran is lost."""
_Rows = list[dict[str, Any]]


def start(kind: str, title: str, *, by: Doer) -> Job:
    """A new job, running here and now in the process that asked."""
    job = Job(kind=kind, title=title, by_pk=by.pk, by_name=str(by), started_at=clock.now())
    job.save(force_insert=True)
    return job


@transaction.atomic
def ask(kind: str, title: str, ask: dict[str, Any], *, by: Doer, again_of: Job | None = None) -> Job:
    """A new job for a worker to take; ``ask`` is all that it needs. Who may ask is asked by the caller."""
    job = Job(
        kind=kind, title=title, ask=ask, by_pk=by.pk, by_name=str(by), state=Job.State.WAITING,
        again_of=again_of, started_at=clock.now(),
    )  # fmt: skip
    job.save(force_insert=True)
    trail.record("job.asked", Ref("job", str(job.pk)), by=by, after={"kind": kind, **ask})
    return job


def claim(worker: str) -> Job | None:
    """The oldest waiting job, now this worker's; None when there is none. Two workers never get the same."""
    for pk in Job.objects.filter(state=Job.State.WAITING).order_by("id").values_list("pk", flat=True):
        mine = Job.objects.filter(pk=pk, state=Job.State.WAITING).update(
            state=Job.State.RUNNING, worker=worker, beat_at=clock.real_now(), started_at=clock.now()
        )
        if mine:
            return Job.objects.get(pk=pk)
    return None


def beat(job: Job, share: float, doing: str, left_s: float | None = None) -> bool:
    """The worker is alive and so far; False when it must stop (cancel asked, or the job was given up as lost)."""
    return bool(
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, worker=job.worker, cancel_asked=False).update(
            progress=min(max(share, 0.0), 1.0), doing=doing[:200], left_s=left_s, beat_at=clock.real_now()
        )
    )


def here(worker: str) -> None:
    """A worker says that it is there."""
    WorkerBeat.objects.update_or_create(name=worker, defaults={"beat_at": clock.real_now()})


def gone(worker: str) -> None:
    """A worker takes its leave."""
    WorkerBeat.objects.filter(name=worker).delete()


def progress(job: Job, share: float, doing: str) -> bool:
    """Note how far a job on the spot is; False when somebody asked to cancel."""
    job.progress, job.doing = min(max(share, 0.0), 1.0), doing[:200]
    job.save(update_fields=["progress", "doing"])
    job.refresh_from_db(fields=["cancel_asked"])
    return not job.cancel_asked


def say(job: Job, text: str) -> None:
    """One more line of its log."""
    JobLine(job=job, at=clock.now(), text=text[:400]).save(force_insert=True)


def keep_faults(job: Job, faults: Iterable[Fault]) -> int:
    """Keep every fault met; gives how many."""
    return _keep(job, [f.as_json() for f in faults])


def keep_fault_rows(job: Job, faults: _Rows) -> int:
    """The same for faults that came as the objects of a ``plan.json``."""
    return _keep(job, faults)


def _keep(job: Job, faults: _Rows) -> int:
    rows = [
        JobFault(
            job=job, file=str(f.get("file") or "")[:300], row=f.get("row"), field=str(f.get("field") or "")[:120],
            value=str(f.get("value") or "")[:500], rule=str(f.get("rule") or ""), remedy=str(f.get("remedy") or ""),
            code=str(f.get("code") or "")[:80], severity=str(f.get("severity") or "error")[:10],
        )
        for f in faults
    ]  # fmt: skip
    JobFault.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def finish(job: Job, result: dict[str, Any], *, failed: bool = False) -> None:
    """The job has ended."""
    job.state = Job.State.FAILED if failed else Job.State.DONE
    job.progress, job.doing, job.left_s, job.result, job.ended_at = 1.0, "", None, result, clock.now()
    job.save()
    _tell_ended(job, failed=failed)


def _tell_ended(job: Job, *, failed: bool) -> None:
    """Who asked learns how it ended; a small question answered within the page (试算) is not worth a notice."""
    faults = job.faults.filter(severity="error").count() if job.kind == "sheet" else 0
    faults = job.faults.count() if job.kind.startswith(("load", "import")) else faults
    kind = "job_failed" if failed else "import_faults" if faults else "job_done"
    if job.kind != "try" or failed:
        href = f"/loads/{job.pk}/" if job.kind == "load" else f"/jobs/{job.pk}/"
        if "intake" in job.ask:
            href = f"/loads/sheets/{job.ask['intake']}/"
        tell(
            [job.by_pk],
            kind,
            job.title,
            once=f"job/{job.pk}/ended",
            href=href,
            text=f"{faults} 行要改" if faults else "",
        )


@transaction.atomic
def ask_cancel(job: Job, *, by: Doer) -> bool:
    """Ask a job to stop: one that waits is cancelled at once, one that runs stops itself; False when it had ended."""
    waited = Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(
        state=Job.State.CANCELLED, cancel_asked=True, ended_at=clock.now()
    )
    asked = waited or Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_asked=True)
    if asked:
        trail.record("job.cancel_asked", Ref("job", str(job.pk)), by=by)
    return bool(asked)


def cancelled(job: Job) -> None:
    """The worker has stopped what was cancelled and left nothing behind."""
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
        state=Job.State.CANCELLED, doing="", left_s=None, ended_at=clock.now()
    )


def lose_silent(*, now: datetime | None = None) -> list[int]:
    """Jobs whose worker has been silent too long are lost; gives their numbers. They can be asked for again."""
    now = now or clock.real_now()
    lost = list(
        Job.objects.filter(state=Job.State.RUNNING, beat_at__lt=now - timedelta(seconds=SILENT_S)).values_list(
            "pk", flat=True
        )
    )
    Job.objects.filter(pk__in=lost, state=Job.State.RUNNING).update(
        state=Job.State.LOST, doing="", left_s=None, ended_at=clock.now()
    )
    WorkerBeat.objects.filter(beat_at__lt=now - timedelta(seconds=SILENT_S)).delete()
    return lost


def lose(job: Job) -> None:
    """The worker had to leave its job half way (it is being shut down)."""
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
        state=Job.State.LOST, doing="", left_s=None, ended_at=clock.now()
    )


def leave(job: Job) -> None:
    """What a stopped child leaves: cancelled by somebody, or lost because the office is closing; nothing was kept either way."""
    job.refresh_from_db()
    if job.cancel_asked:
        cancelled(job)
        say(job, "已取消,什么也没有留下")
    else:
        lose(job)


def again(job: Job, *, by: Doer) -> Job:
    """Ask for the same work once more; refused while it still waits or runs."""
    job.refresh_from_db()
    if job.is_open:
        raise ValueError("这件任务还在排队或进行,不能再做一遍")
    return ask(job.kind, job.title, job.ask, by=by, again_of=job)
