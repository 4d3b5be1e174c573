"""The job ``plan``: make a version of the plan from the county's own folder, have it examined, and keep it."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.plans import actions as plans
from qingxi_office.plans.models import PlanOverride, PlanRecord
from qingxi_office.site.loading import load_plan
from qingxi_office.site.working.child import Ended, run_child
from qingxi_office.site.working.folders import making_folder

# Stage of the planner: its word, and its usual share of the time (a county of 30,000 households).
STAGES: dict[str, tuple[str, float]] = {
    "read": ("读数据", 6.0),
    "graph": ("建管沟图", 4.0),
    "layout": ("布局比选", 45.0),
    "design": ("水力设计", 8.0),
    "bound": ("求下界", 20.0),
    "write": ("写成果", 6.0),
    "check": ("独立复核", 8.0),
    "keep": ("入账", 3.0),
}


@dataclass(frozen=True)
class PlanAsked:
    """What a plan is asked with.

    Attributes
    ----------
    folder : str
        The county's own folder.
    prices : str
        Table of prices.
    effort : float
        Of the search; 1 is usual.
    changes : dict
        Prices and rates that differ from the table, by key: ``{"prices.discount": "0.04"}``, ``{"lever.pipe": "+10%"}``.
    base : str
        Folder of the version that the changes are made to: it is solved again where they touch it, and proved anew.
    note : str
        What this version is for.
    """

    folder: str
    prices: str = "prices"
    effort: float = 1.0
    changes: dict[str, str] = field(default_factory=dict)
    base: str = ""
    note: str = ""
    options: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def plan_arguments(asked: PlanAsked, out: Path, overrides: Path | None = None) -> list[str]:
    """The command line of the planner for what was asked."""
    if asked.changes:
        line = ["what-if", asked.base, "--bound", "--out", str(out)]
        for key, value in sorted(asked.changes.items()):
            line += ["--set", f"{key}={value}"]
        return [*line, *(["--overrides", str(overrides)] if overrides else ["--no-overrides"]), "--json"]
    line = ["plan", asked.folder, "--out", str(out), "--prices", asked.prices, "--effort", f"{asked.effort:g}"]
    if overrides is not None:
        line += ["--overrides", str(overrides)]
    return [*line, *asked.options, "--json", "--progress-lines"]


def run_plan(job: Job, stay: Callable[[], bool]) -> None:
    """Plan, examine, keep. Half a plan is never kept: everything lies in the job's own folder until it is whole."""
    by = User.objects.filter(pk=job.by_pk, is_active=True).first()
    if by is None:
        raise rights.Denied("交办的人已不在名册,不能入账")
    rights.check(by, "make_plan")
    asked = PlanAsked(**job.ask)
    if why := secret_layers(Path(asked.folder)):
        jobs.say(job, why)
        jobs.finish(job, {"error": why}, failed=True)
        return
    folder = making_folder(job.pk)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "plan").mkdir(parents=True)
    way = _Way(job, _weights(asked), stay)
    try:
        rules = overrides_file(folder / "overrides.csv")
        jobs.say(job, f"数据夹 {Path(asked.folder).name},单价表 {asked.prices},搜索力度 {asked.effort:g}")
        if asked.changes:
            jobs.say(job, "改动:" + "、".join(f"{k}={v}" for k, v in sorted(asked.changes.items())))
        if rules is not None:
            jobs.say(job, f"规定 {PlanOverride.objects.filter(withdrawn_on=None).count()} 条")
        made = run_child(
            plan_arguments(asked, folder / "plan", rules), log=folder / "plan.log", on_progress=way.hear, go_on=way.go_on
        )  # fmt: skip
        if not _whole(job, made, "规划"):
            return
        way.hear("check", 0.0)
        seen = run_child(
            ["check", str(folder / "plan"), "--json"], log=folder / "check.log", on_progress=way.hear, go_on=way.go_on
        )  # fmt: skip
        if seen.stopped:
            jobs.leave(job)
            return
        way.hear("keep", 0.0)
        newest = PlanRecord.objects.order_by("-number").first()
        row = load_plan(folder / "plan", by=by, adopt="", note=asked.note, asked=_told(asked))
        _keep_check(job, row, seen, by)
        jobs.keep_fault_rows(job, [f for f in made.document().get("faults", []) if isinstance(f, dict)])
        known = newest is not None and row.number <= newest.number
        jobs.say(
            job,
            f"和第 {row.number} 版一模一样,没有另成一版" if known else f"成为第 {row.number} 版({row.key}),草案",
        )
        jobs.finish(job, {"plan": row.key, "number": row.number, "seconds": round(way.elapsed(), 1)})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def secret_layers(folder: Path) -> str:
    """Why a networked office does not plan with this folder: its layers marked 秘密; "" when it may. Reads no layer."""
    from qingxi.files import Faults, read_county_folder, refused_secrecy

    said = read_county_folder(folder, Faults())
    layers = said.layers.values() if said is not None else ()
    if secret := [one.label for one in layers if refused_secrecy(one.secrecy, name=one.path.name)]:
        return f"{'、'.join(secret)}:{refused_secrecy('秘密')}"
    return ""


def _told(asked: PlanAsked) -> dict[str, Any]:
    keys = PlanOverride.objects.filter(withdrawn_on=None).order_by("id").values_list("key", flat=True)
    return {
        **asked.as_json(),
        "folder": Path(asked.folder).name,
        "base": Path(asked.base).name,
        "overrides": list(keys),
    }


def overrides_file(path: Path) -> Path | None:
    """The overrides in force as the planner reads them; None when there are none."""
    rows = list(PlanOverride.objects.filter(withdrawn_on=None).order_by("id"))
    if not rows:
        return None
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerow(
            ["id", "kind", "village", "hamlet", "mode", "lon", "lat", "radius_m", "reason", "officer", "date"]
        )
        for row in rows:
            code = row.subject if row.kind == PlanOverride.Kind.MODE else ""
            village, hamlet = (code, "") if len(code) == 12 else ("", code)
            where = (row.lon, row.lat) if row.kind != PlanOverride.Kind.MODE else ("", "")
            sheet.writerow(
                [row.key, row.kind, village, hamlet, row.mode, *where, row.radius_m or "", row.reason, row.by_name, row.made_on]
            )  # fmt: skip
    return path


def _whole(job: Job, ended: Ended, what: str) -> bool:
    """Whether a child did what it should; its end is told otherwise."""
    if ended.stopped:
        jobs.leave(job)
        return False
    if ended.code == 0 or (
        ended.code == 1 and "files" in ended.document()
    ):  # 1: made, and something asked for cannot be
        return True
    told = ended.document()
    jobs.keep_fault_rows(job, [f for f in told.get("faults", []) if isinstance(f, dict)])
    why = str(told.get("error") or (ended.said[-1] if ended.said else f"{what}进程结束,代码 {ended.code}"))
    for line in ended.said[-5:]:
        jobs.say(job, line)
    jobs.finish(job, {"error": why}, failed=True)
    return False


def _keep_check(job: Job, row: PlanRecord, seen: Ended, by: User) -> None:
    told = seen.document()
    passed = {0: True, 1: False}.get(seen.code)
    violations = [v for v in told.get("violations") or [] if isinstance(v, dict)]
    found = len(violations)
    said = "逐条复核通过" if passed else f"独立复核发现 {found} 处违规" if passed is False else "独立复核没有做成"
    if not row.verdict:
        rows = [f"{v.get('what', '')} {v.get('id', '')} {v.get('message', '')}".strip() for v in violations[:12]]
        plans.keep_check(row, passed=passed, said=said, by=by, rows=rows)
    jobs.say(job, said)


def _weights(asked: PlanAsked) -> dict[str, float]:
    """Seconds by stage as the last version took them, the search by its effort; usual shares without one."""
    usual = {stage: weight for stage, (_, weight) in STAGES.items()}
    last = PlanRecord.objects.order_by("-number").values_list("asked__seconds", flat=True).first()
    if isinstance(last, dict) and last.get("layout"):
        usual |= {
            stage: max(float(s), 0.2) for stage, s in last.items() if stage in usual and isinstance(s, (int, float))
        }
        usual["check"] = max(0.25 * sum(v for k, v in usual.items() if k not in ("check", "keep")), 1.0)
    usual["layout"] *= max(asked.effort, 0.1)
    return usual


class _Way:
    """How far the job is: a share of the whole, what is being done, what is left.

    Stages may run beside each other (the bound is proved while the design is made), so each keeps a share of its own.
    """

    def __init__(self, job: Job, weights: dict[str, float], stay: Callable[[], bool]) -> None:
        self.job, self.weights, self.stay = job, weights, stay
        self.stage, self.shares = "read", dict.fromkeys(weights, 0.0)
        self.pace = 1.0  # seconds on this machine for a second of the weights
        self.began = self.heard = time.monotonic()
        self.said: set[str] = set()

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def hear(self, stage: str, share: float) -> None:
        if stage not in self.weights:
            return
        if stage not in self.said:
            self.said.add(stage)
            jobs.say(self.job, f"{STAGES[stage][0]}(已用 {self.elapsed():.0f} 秒)")
        order = list(self.weights)
        if stage != "bound":
            for over in order[: order.index(stage)]:
                if over != "bound" or stage in ("write", "check", "keep"):
                    self.shares[over] = 1.0
        self.stage = stage
        self.shares[stage] = max(self.shares[stage], min(share, 1.0))
        done = self._done()
        if done > 0.05 * sum(self.weights.values()):
            self.pace = min(max(self.elapsed() / done, 0.2), 20.0)
        self.heard = time.monotonic()

    def _done(self) -> float:
        return sum(weight * self.shares[stage] for stage, weight in self.weights.items())

    def go_on(self) -> bool:
        """Write how far it is, and say whether to go on; asked twice a second."""
        if not self.stay():
            return False
        total, done = sum(self.weights.values()), self._done()
        here = self.weights[self.stage] * (1 - self.shares[self.stage])
        # Time runs on while a stage says nothing; when it is over its time, what comes after it is still to be done.
        left = max(
            (total - done) * self.pace - (time.monotonic() - self.heard), (total - done - here) * self.pace + 2.0
        )
        return jobs.beat(self.job, done / total, STAGES[self.stage][0], left)
