"""Where jobs make what they make: a folder of their own, gone when the job has ended, however it ended."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from qingxi_office.jobs.models import Job


def making_folder(job_id: int) -> Path:
    """The folder of one job; within the office's home, so that what is whole can be moved to its place at once."""
    return Path(settings.MEDIA_ROOT) / "making" / str(job_id)


def sweep() -> None:
    """Remove what dead workers left half made."""
    making = Path(settings.MEDIA_ROOT) / "making"
    if not making.is_dir():
        return
    running = set(Job.objects.filter(state=Job.State.RUNNING).values_list("pk", flat=True))
    for folder in making.iterdir():
        if folder.name.isdigit() and int(folder.name) not in running:
            shutil.rmtree(folder, ignore_errors=True)
