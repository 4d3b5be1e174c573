"""The job ``try``: what would a version cost, and who would change, if a price or rate were another (试算)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.plans.models import PlanRecord
from qingxi_office.site.working.child import run_child
from qingxi_office.site.working.folders import making_folder

_USUAL_S = 6.0


def run_try(job: Job, stay: Callable[[], bool]) -> None:
    """Ask the standing plan again; the answer is kept with the job, nothing else changes."""
    plan = PlanRecord.objects.get(key=job.ask["plan"])
    folder = making_folder(job.pk)
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def go_on() -> bool:
        spent = time.monotonic() - began
        return stay() and jobs.beat(job, min(spent / _USUAL_S, 0.95), "试算", max(_USUAL_S - spent, 1.0))

    try:
        words = [part for word in job.ask["changes"] for part in ("--set", word)]
        ended = run_child(
            ["what-if", str(plan.at), *words, "--json"], log=folder / "log", on_progress=lambda stage, share: None, go_on=go_on
        )  # fmt: skip
        if ended.stopped:
            jobs.leave(job)
            return
        told = ended.document()
        if "cost" not in told:
            jobs.keep_fault_rows(job, [f for f in told.get("faults", []) if isinstance(f, dict)])
            why = told.get("error") or (ended.said[-1] if ended.said else "没有算成")
            jobs.finish(job, {"error": str(why)}, failed=True)
            return
        jobs.finish(job, {"difference": told, "seconds": round(time.monotonic() - began, 1), "for": plan.key})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
