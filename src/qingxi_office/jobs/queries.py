"""Reading long work. Who may is asked by the pages' rule for the kind ``job``."""

from datetime import timedelta

from django.db.models import Count, QuerySet

from qingxi_office.jobs.actions import SILENT_S
from qingxi_office.jobs.models import Job, JobFault, JobLine, SheetIntake, SheetRow, WorkerBeat
from qingxi_office.trail import clock


def jobs() -> QuerySet[Job]:
    """Jobs, newest first, with the number of their faults."""
    return Job.objects.annotate(fault_count=Count("faults"))


def faults(job_id: int) -> QuerySet[JobFault]:
    return JobFault.objects.filter(job_id=job_id)


def lines(job_id: int) -> QuerySet[JobLine]:
    """What a job said on its way, oldest first."""
    return JobLine.objects.filter(job_id=job_id)


def is_silent(job: Job) -> bool:
    """Whether a running job's worker has been silent so long that it is dead, though nobody has noted it yet."""
    return (
        job.state == Job.State.RUNNING
        and job.beat_at is not None
        and job.beat_at < clock.real_now() - timedelta(seconds=SILENT_S)
    )


def workers_there() -> int:
    """How many workers are alive."""
    return WorkerBeat.objects.filter(beat_at__gte=clock.real_now() - timedelta(seconds=SILENT_S)).count()


def ahead_of(job: Job) -> int:
    """How many jobs run or wait before this one."""
    return Job.objects.filter(state__in=(Job.State.WAITING, Job.State.RUNNING), pk__lt=job.pk, ask__isnull=False).exclude(
        state=Job.State.RUNNING, worker=""
    ).count()  # fmt: skip


def intakes() -> QuerySet[SheetIntake]:
    """Tables on their way in, newest first; whose they are is asked by the pages' rule for the kind ``intake``."""
    return SheetIntake.objects.select_related("job", "take_job")


def intake_rows(intake_id: int, verdict: str = "") -> QuerySet[SheetRow]:
    """What an intake would do, row by row."""
    rows = SheetRow.objects.filter(intake_id=intake_id)
    return rows.filter(verdict=verdict) if verdict else rows


def taken_before(intake: SheetIntake) -> SheetIntake | None:
    """The last intake whose good rows were the same and were taken in; None when there is none."""
    return SheetIntake.objects.filter(
        digest=intake.digest, table=intake.table, state=SheetIntake.State.TAKEN
    ).exclude(pk=intake.pk).first() if intake.digest else None  # fmt: skip


def is_running(job: Job) -> bool:
    """Whether a worker has it in hand now."""
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).exists()
