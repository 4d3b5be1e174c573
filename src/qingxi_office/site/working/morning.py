"""The job ``morning``: read the three ledgers of a check and list what does not agree.

Three ledgers of a county are read in a second or two, so it is done in the worker's own process; what is asked at every file
is whether to go on, and nothing is kept before the end.
"""

from __future__ import annotations

from collections.abc import Callable

from qingxi.morning import Book
from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.morning.actions import read_check
from qingxi_office.morning.models import LedgerCheck
from qingxi_office.people.models import User
from qingxi_office.people.rights import Denied


def run_morning(job: Job, stay: Callable[[], bool]) -> None:
    """Read, examine, keep the list; the faults of the files stand with the job."""
    by = User.objects.filter(pk=job.by_pk, is_active=True).first()
    if by is None:
        raise Denied("交办的人已不在名册")
    check = LedgerCheck.objects.get(pk=job.ask["check"])

    def go_on(share: float, words: str) -> bool:
        jobs.say(job, words)
        return stay() and jobs.beat(job, share, words)

    done = read_check(check, by=by, go_on=go_on)
    if done.get("stopped"):
        jobs.leave(job)
        return
    for row in check.files.all():
        jobs.keep_fault_rows(job, row.faults)
        jobs.say(job, f"{Book(row.book).words}“{row.name}”：{row.lines} 行")
    if done["missing"]:
        jobs.say(job, "有列没有认出来，请在页面上指一下")
    else:
        jobs.say(job, f"对出 {done['conflicts']} 处冲突，{done['open']} 处要签认")
    jobs.finish(job, done)
