"""Long work: asked for on a page, done by a worker in processes of its own, cancelled, lost and done again."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs import queries
from qingxi_office.jobs.models import Job, WorkerBeat
from qingxi_office.people.rights import Denied
from qingxi_office.plans import actions as plans
from qingxi_office.plans.models import PlanRecord, SystemRow
from qingxi_office.site.loading import adopt_version, load_plan, plan_folder
from qingxi_office.site.working import PlanAsked, plan_arguments, work
from qingxi_office.site.working.child import run_child
from qingxi_office.site.working.folders import making_folder, sweep
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry
from qingxi_office.villages.models import HouseholdRecord


@pytest.fixture
def officer(cast, hamlet):
    return cast.chenjing


def asked(officer, folder, **more):
    return jobs.ask("plan", "编制规划", PlanAsked(str(folder), **more).as_json(), by=officer)


def test_a_plan_asked_for_becomes_a_draft_and_nothing_else_changes(officer, hamlet_folder):
    job = asked(officer, hamlet_folder, note="试一版")
    assert (job.state, queries.ahead_of(job)) == ("waiting", 0)
    assert work(until_idle=True) == 1
    job.refresh_from_db()
    assert (job.state, job.progress) == ("done", 1.0), list(queries.lines(job.pk))
    row = PlanRecord.objects.get(key=job.result["plan"])
    assert (row.number, row.standing, row.note, row.by_name) == (1, "草案", "试一版", "陈静")
    assert row.verdict["passed"] is True
    assert row.asked["folder"] == hamlet_folder.name
    assert SystemRow.objects.filter(plan=row).count() > 0
    # A draft gives nobody a mode.
    assert not HouseholdRecord.objects.exclude(mode="").exists()
    kept = {p.name for p in plan_folder(row.key).iterdir()}
    assert kept >= {"map.html", "plan.gpkg", "plan.json", "plan.xlsx", "run.json"}
    assert not making_folder(job.pk).exists()
    words = [line.text for line in queries.lines(job.pk)]
    assert words[-1].startswith("成为第 1 版")
    assert any("布局比选" in w for w in words)
    assert {"job.asked", "plan.taken_in", "plan.checked"} <= set(Entry.objects.values_list("action", flat=True))
    assert not WorkerBeat.objects.exists()
    # The same input gives the same plan: it is recognised, and no second version is made of it.
    again = jobs.again(job, by=officer)
    assert work(until_idle=True) == 1
    again.refresh_from_db()
    assert again.result["number"] == 1
    assert PlanRecord.objects.count() == 1


def test_adopting_gives_the_modes_and_the_reason_stays(officer, cast, hamlet_plan):
    row = load_plan(hamlet_plan, by=officer, adopt="")
    with pytest.raises(ValueError, match="理由"):
        adopt_version(row, by=officer, reason=" ")
    for nobody in (cast.luomei, cast.sunning, cast.zhaoyong):
        with pytest.raises(Denied, match="县主管"):
            adopt_version(row, by=nobody, reason="我说的")
    row.refresh_from_db()
    assert row.standing == "草案"
    adopt_version(row, by=officer, reason="县治污办 11 月例会")
    row.refresh_from_db()
    assert row.standing == "采用"
    assert HouseholdRecord.objects.exclude(mode="").count() == HouseholdRecord.objects.count()
    entry = Entry.objects.get(action="plan.adopted")
    assert (entry.because, entry.by_name) == ("县治污办 11 月例会", "陈静")


def test_a_version_that_failed_its_examination_is_not_adopted(officer, hamlet_plan):
    row = load_plan(hamlet_plan, by=officer, adopt="")
    plans.keep_check(row, passed=False, said="独立复核发现 1 处违规", by=officer)
    with pytest.raises(ValueError, match="没有通过独立复核"):
        adopt_version(row, by=officer, reason="急用")


def test_a_broken_folder_fails_with_its_reason(officer, tmp_path):
    (tmp_path / "county.toml").write_text("坏的", encoding="utf-8")
    job = asked(officer, tmp_path)
    work(until_idle=True)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.result["error"]
    assert not PlanRecord.objects.exists()
    assert not making_folder(job.pk).exists()


def test_cancel_before_it_began(officer, hamlet_folder):
    job = asked(officer, hamlet_folder)
    assert jobs.ask_cancel(job, by=officer)
    assert work(until_idle=True) == 0
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not jobs.ask_cancel(job, by=officer)


def test_a_child_is_ended_within_two_seconds_even_in_the_middle_of_a_computation(tmp_path, monkeypatch):
    """The child ignores polite requests, as a compiled kernel does; it is gone all the same."""
    from qingxi_office.site.working import child

    monkeypatch.setattr(
        child,
        "_MAIN",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(60)",
    )
    began = time.monotonic()
    asked_at: list[float] = []

    def go_on():
        if time.monotonic() - began > 0.8:
            asked_at.append(time.monotonic())
            return False
        return True

    ended = run_child(["plan"], log=tmp_path / "log", on_progress=lambda s, h: None, go_on=go_on)
    assert ended.stopped
    assert ended.code == -signal.SIGKILL
    assert time.monotonic() - asked_at[0] < 2.0


def test_cancel_in_the_middle_leaves_nothing(officer, hamlet_folder, monkeypatch):
    from qingxi_office.site.working import planning

    job = asked(officer, hamlet_folder)
    seen = []

    def hear(self, stage, share):
        seen.append(stage)
        Job.objects.filter(pk=job.pk).update(cancel_asked=True)

    monkeypatch.setattr(planning._Way, "hear", hear)
    work(until_idle=True)
    job.refresh_from_db()
    assert (job.state, job.left_s) == ("cancelled", None)
    assert "read" in seen
    assert not PlanRecord.objects.exists()
    assert not making_folder(job.pk).exists()


def test_a_silent_worker_loses_its_job_and_it_can_be_run_again(officer, hamlet_folder):
    job = asked(officer, hamlet_folder)
    taken = jobs.claim("elsewhere:1")
    assert taken.pk == job.pk
    assert jobs.claim("elsewhere:2") is None
    assert jobs.beat(taken, 0.3, "布局比选", 12.0)
    making_folder(job.pk).mkdir(parents=True)
    assert jobs.lose_silent() == []
    later = clock.real_now() + timedelta(seconds=16)
    assert jobs.lose_silent(now=later) == [job.pk]
    job.refresh_from_db()
    assert job.state == "lost"
    sweep()
    assert not making_folder(job.pk).exists()
    # The dead worker comes back to life: it is told to stop and cannot finish what is no longer its own.
    assert not jobs.beat(taken, 0.4, "布局比选")
    more = jobs.again(job, by=officer)
    assert (more.state, more.again_of_id, more.ask) == ("waiting", job.pk, job.ask)
    with pytest.raises(ValueError, match="不能再做一遍"):
        jobs.again(more, by=officer)


def test_who_asked_and_lost_the_right_gets_nothing_into_the_books(officer, hamlet_folder):
    job = asked(officer, hamlet_folder)
    officer.role = "auditor"
    officer.save()
    work(until_idle=True)
    job.refresh_from_db()
    assert job.state == "failed"
    assert not PlanRecord.objects.exists()


def test_an_orphaned_planner_ends_itself(hamlet_folder, tmp_path):
    """The worker holds the planner's standard input; when it is closed the planner ends, and writes no plan."""
    line = "from qingxi.cli import main; raise SystemExit(main())"
    child = subprocess.Popen(
        [sys.executable, "-c", line, *plan_arguments(PlanAsked(str(hamlet_folder)), tmp_path / "plan")],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    first = child.stderr.readline()
    child.stdin.close()
    assert b"stage" in first
    assert child.wait(30) == 3
    assert not (tmp_path / "plan" / "plan.json").exists()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="POSIX process groups")
def test_progress_grows_and_tells_what_is_left(officer, hamlet_folder, monkeypatch):
    told = []
    real = jobs.beat

    def beat(job, share, doing, left_s=None):
        told.append((share, doing, left_s))
        return real(job, share, doing, left_s)

    monkeypatch.setattr(jobs, "beat", beat)
    asked(officer, hamlet_folder)
    work(until_idle=True)
    shares = [share for share, _, _ in told]
    assert shares == sorted(shares)
    assert len(told) >= 2
    assert all(left is None or left >= 0 for _, _, left in told)


def test_a_try_is_answered_from_the_standing_plan_and_a_version_made_of_it(officer, hamlet_plan):
    """Dearer sewers: told by the job; made a version, it is examined like any other and says what it was made with."""
    base = load_plan(hamlet_plan, by=officer, adopt="")
    job = jobs.ask("try", "试算", {"plan": base.key, "changes": ["lever.pipe=+30%"], "form": {}}, by=officer)
    more = jobs.ask(
        "plan", "编制", PlanAsked("", base=base.folder, changes={"lever.pipe": "+30%"}).as_json(), by=officer
    )
    wrong = jobs.ask("try", "试算", {"plan": base.key, "changes": ["prices.no.such=1"], "form": {}}, by=officer)
    assert work(until_idle=True) == 3
    job.refresh_from_db()
    more.refresh_from_db()
    wrong.refresh_from_db()
    told = job.result["difference"]
    assert job.state == "done", job.result
    assert told["cost"]["present_value"]["before"] == pytest.approx(base.figures["cost"]["present_value"], rel=1e-6)
    assert told["cost"]["present_value"]["after"] >= told["cost"]["present_value"]["before"]
    assert more.state == "done", (more.result, [line.text for line in queries.lines(more.pk)])
    made = PlanRecord.objects.get(key=more.result["plan"])
    assert made.figures["cost"]["present_value"] == pytest.approx(told["cost"]["present_value"]["after"], rel=1e-6)
    assert made.asked["changes"] == {"lever.pipe": "+30%"}
    assert made.verdict["passed"] is True
    assert wrong.state == "failed"
    assert queries.faults(wrong.pk).count() == 1


def test_files_are_made_beside_the_version(officer, hamlet_plan):
    plan = load_plan(hamlet_plan, by=officer, adopt="")
    job = jobs.ask("files", "准备", {"plan": plan.key}, by=officer)
    assert work(until_idle=True) == 1
    job.refresh_from_db()
    assert job.state == "done", job.result
    kept = {p.name for p in (plan_folder(plan.key) / "also").iterdir()}
    assert kept >= {"plan.dxf", "geojson.zip"}
    # Public elevation gives no levels, so no SWMM model; the reason is told.
    assert ("swmm.zip" in kept) != ("swmm" in job.result["refused"])
    assert not making_folder(job.pk).exists()


def test_a_worker_that_was_killed_is_followed_by_another(monkeypatch):
    """The first is killed at once, the second lives until the office ends and is then asked to go."""
    from qingxi_office.site.working import loop

    started, asked_to_go = [], []

    class Child:
        def __init__(self, *args, **options):
            started.append(args)
            self.killed = len(started) == 1

        def poll(self):
            return -9 if self.killed else None

        def terminate(self):
            asked_to_go.append(len(started))

        def wait(self):
            return 0

    parents = iter([7] * 4)
    monkeypatch.setattr(loop.subprocess, "Popen", Child)
    monkeypatch.setattr(loop.os, "getppid", lambda: next(parents, 1))
    monkeypatch.setattr(loop.time, "sleep", lambda s: None)
    loop.keep_working(7)
    assert len(started) == 2
    assert asked_to_go == [2]
