"""The job ``files``: drawings, models and calculation sheets of a version, made beside it."""

from __future__ import annotations

import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.plans.models import PlanRecord
from qingxi_office.site.working.child import run_child
from qingxi_office.site.working.folders import making_folder

KINDS = "sheets,dxf,geojson,swmm"
_USUAL_S = 60.0


def run_files(job: Job, stay: Callable[[], bool]) -> None:
    """Export into the job's own folder; only what is whole is put beside the plan."""
    by = User.objects.filter(pk=job.by_pk, is_active=True).first()
    if by is None:
        raise rights.Denied("交办的人已不在名册")
    rights.check(by, "make_plan")
    plan = PlanRecord.objects.get(key=job.ask["plan"])
    folder = making_folder(job.pk)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "also").mkdir(parents=True)
    began = time.monotonic()

    def go_on() -> bool:
        spent = time.monotonic() - began
        return stay() and jobs.beat(
            job, min(spent / _USUAL_S, 0.95), "写图纸、模型和计算表", max(_USUAL_S - spent, 5.0)
        )

    try:
        jobs.say(job, "写水力计算表、CAD 图、GeoJSON、SWMM 模型")
        ended = run_child(
            ["export", str(plan.at), "--to", KINDS, "--out", str(folder / "also"), "--date", f"{plan.made_on:%Y-%m-%d}",
             "--state", plan.paper_state, "--json"],
            log=folder / "log", on_progress=lambda stage, share: None, go_on=go_on,
        )  # fmt: skip
        if ended.stopped:
            jobs.leave(job)
            return
        told = ended.document()
        if not told:
            jobs.finish(job, {"error": ended.said[-1] if ended.said else "没有写成"}, failed=True)
            return
        for kind in ("swmm", "geojson"):
            _zip(folder / "also" / kind)
        kept = plan.at / "also"
        shutil.rmtree(kept, ignore_errors=True)
        (folder / "also").rename(kept)
        files = sorted(p.name for p in kept.iterdir())
        jobs.say(job, "写好:" + "、".join(files))
        jobs.finish(job, {"files": files, "refused": told.get("refused", {}), "for": plan.key})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _zip(folder: Path) -> None:
    """A folder of many small files as one to take away."""
    if not folder.is_dir():
        return
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                inside = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder)}")  # no time of writing
                out.writestr(inside, path.read_bytes(), zipfile.ZIP_DEFLATED)
    shutil.rmtree(folder)
