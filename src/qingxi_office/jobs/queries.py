"""Reading long work. Who may is asked by the pages' rule for the kind ``job``."""

from django.db.models import Count, QuerySet

from qingxi_office.jobs.models import Job, JobFault


def jobs() -> QuerySet[Job]:
    """Jobs, newest first, with the number of their faults."""
    return Job.objects.annotate(fault_count=Count("faults"))


def faults(job_id: int) -> QuerySet[JobFault]:
    return JobFault.objects.filter(job_id=job_id)
