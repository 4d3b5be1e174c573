"""The jobs ``sheet`` and ``sheet_take``: read a table that was sent, show what it would do; take its good rows in.

Reading is done in a process of its own, which can be ended within two seconds and whose memory is bounded. What it found is
held against the books and staged some thousand rows at a time, so that nobody beside it waits; taking in makes everything
ready first and then writes in one short transaction: all of it, or nothing.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from qingxi.files.office_sheet import SentRow
from qingxi.origin import Fault
from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs import queries
from qingxi_office.jobs.models import Job, SheetIntake
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.site.loading.sheets import BOOKS
from qingxi_office.site.loading.sheets.compare import Compared, compare
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.site.working.child import run_child
from qingxi_office.site.working.folders import making_folder

_READ, _HELD = 0.5, 0.95  # shares of the work: reading the file, holding it against the books
_BEAT_S = 0.5
_MOST_FAULTS = 20_000


class _Stop(Exception):
    """Somebody cancelled, or the office is closing."""


class _Beats:
    """Tells how far the job is, at most twice a second; raises when it must stop."""

    def __init__(self, job: Job, stay: Callable[[], bool]) -> None:
        self.job, self.stay, self.last, self.began = job, stay, 0.0, time.monotonic()

    def __call__(self, share: float, doing: str) -> None:
        now = time.monotonic()
        if now - self.last < _BEAT_S:
            return
        self.last = now
        left = (now - self.began) * (1 - share) / share if share > 0.05 else None
        if not (self.stay() and jobs.beat(self.job, share, doing, left)):
            raise _Stop


def run_sheet(job: Job, stay: Callable[[], bool]) -> None:
    """Read a file and show what it would do; the books are not touched."""
    intake = SheetIntake.objects.get(pk=job.ask["intake"])
    by = User.objects.select_related("scope", "unit").filter(pk=intake.by_pk, is_active=True).first()
    if by is None:
        raise rights.Denied("传表的人已不在名册")
    folder = making_folder(job.pk)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    jobs.drop_rows(intake)
    beats = _Beats(job, stay)
    try:
        said = _read(job, intake, folder, stay)
        table = said.get("table") or ""
        if table not in BOOKS or not said.get("header"):
            faults = [Fault(**f) for f in said["faults"]]
            jobs.keep_faults(job, faults)
            jobs.keep_read(
                intake, table=table, counts={"wrong": 0, "red": len(faults)}, digest="", red=None, failed=True
            )
            jobs.finish(job, {"table": table, "faults": len(faults)}, failed=True)
            return
        found = _hold(intake, BOOKS[table].table.name, by, folder, said, beats)
        shown, errors = found.faults[:_MOST_FAULTS], sum(f.severity == "error" for f in found.faults)
        beats.last = 0.0
        beats(_HELD, "写标红的原表")
        red = _red(job, intake, folder, said, found, stay) if found.faults else None
        counts: dict[str, Any] = {**found.counts, "red": errors, "notes": len(found.faults) - errors}
        jobs.keep_faults(job, shown)
        jobs.keep_read(intake, table=table, counts=counts, digest=found.digest, red=red)
        jobs.finish(job, {"table": table, "counts": {}, "faults": len(found.faults)})
    except _Stop:
        jobs.drop_rows(intake)
        jobs.leave(job)
        job.refresh_from_db()
        if job.state == Job.State.CANCELLED:
            jobs.set_state(intake, SheetIntake.State.DROPPED, by=by)
    except Exception:
        jobs.drop_rows(intake)
        jobs.keep_read(intake, table=intake.table, counts={}, digest="", red=None, failed=True)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read(job: Job, intake: SheetIntake, folder: Path, stay: Callable[[], bool]) -> dict[str, Any]:
    """Let a process of its own read the file; what it found lies in the folder."""
    doing = ["打开文件", 0.0]

    def go_on() -> bool:
        return stay() and jobs.beat(job, _READ * float(doing[1]), str(doing[0]))

    words = [intake.file.path, "--out", str(folder), "--name", intake.name, "--json"]
    if intake.table:
        words += ["--table", intake.table]
    ended = run_child(["sheet", *words], log=folder / "log", on_progress=lambda s, n: doing.__setitem__(slice(None), [s, n]), go_on=go_on)  # fmt: skip
    if ended.stopped:
        raise _Stop
    path = folder / "sheet.json"
    if path.is_file():
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return told
    fault = Fault(
        intake.name,
        None,
        "",
        "",
        "读的时候内存不够，或文件坏得读不下去",
        "请新建一张表，把有数据的部分粘贴过去再传",
        "file-unreadable",
    )
    return {"table": intake.table, "header": 0, "faults": [fault.as_json()], "spots": [None]}


def _sent(folder: Path) -> Iterator[SentRow]:
    with (folder / "rows.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield SentRow(*json.loads(line))


def _hold(intake: SheetIntake, table: str, by: User, folder: Path, said: dict[str, Any], beats: _Beats) -> Compared:
    """Hold the rows against the books and stage what differs, piece by piece."""
    out, total, done = Compared(), max(int(said["last"]) - int(said["header"]), 1), 0
    beats(_READ, "和账本核对")
    rows = compare(BOOKS[table], Scope(by), _counted(folder, beats, total), said, out)
    while piece := list(islice(rows, 2000)):
        jobs.stage(intake, piece)
        done += len(piece)
    return out


def _counted(folder: Path, beats: _Beats, total: int) -> Iterator[SentRow]:
    for n, row in enumerate(_sent(folder)):
        if n % 500 == 0:
            beats(_READ + (_HELD - _READ) * min(n / total, 1.0), f"和账本核对，第 {n} 行")
        yield row


def _red(
    job: Job, intake: SheetIntake, folder: Path, said: dict[str, Any], found: Compared, stay: Callable[[], bool]
) -> bytes | None:
    """The same file back with what we found marked in it; None where it cannot be made."""
    marks = {**said, "faults": [f.as_json() for f in found.faults], "spots": found.spots}
    (folder / "marks.json").write_text(json.dumps(marks, ensure_ascii=False), encoding="utf-8")
    ended = run_child(
        ["sheet", intake.file.path, "--marks", str(folder / "marks.json"), "--red", str(folder / "red.xlsx"), "--json"],
        log=folder / "log", on_progress=lambda stage, share: None,
        go_on=lambda: stay() and jobs.beat(job, _HELD, "写标红的原表"),
    )  # fmt: skip
    if ended.stopped:
        raise _Stop
    path = folder / "red.xlsx"
    if not path.is_file():
        jobs.say(job, "标红的原表没有写成：" + (ended.said[-1] if ended.said else ""))
        return None
    return path.read_bytes()


def run_take(job: Job, stay: Callable[[], bool]) -> None:
    """Take the good rows of an intake in: made ready first, then written in one transaction."""
    intake = SheetIntake.objects.get(pk=job.ask["intake"])
    by = User.objects.select_related("scope", "unit").filter(pk=job.by_pk, is_active=True).first()
    if by is None:
        raise rights.Denied("收表的人已不在名册")
    rights.check(by, "load", path=intake.path)
    book, beats = BOOKS[intake.table], _Beats(job, stay)
    back = job.ask.get("was", SheetIntake.State.SHOWN)
    try:
        beats(0.1, "再和账本核对一遍")
        rows, new, left = _ready(intake, by, beats)
        jobs.say(
            job,
            f"收下 {len(rows)} 行，其中新增 {new} 行"
            + (f"；{left} 行看过以后又被别人改过，没有动" if left else ""),
        )
        if not (stay() and jobs.beat(job, 0.9, "写进账本")):
            raise _Stop
        because = f"导入表格 {intake.name}（{intake.by_name} 交）"
        began = time.monotonic()
        book.take(Scope(by), rows, new, by, because)
        seconds = round(time.monotonic() - began, 2)
        jobs.finish(job, {"counts": {}, "new": new, "changed": len(rows) - new, "left": left, "seconds": seconds})
        told = {"taken_new": new, "taken_changed": len(rows) - new, "left": left}
        jobs.set_state(intake, SheetIntake.State.TAKEN, by=by, counts={**intake.counts, **told})
        jobs.drop_rows(intake)
        if book.table.people:
            jobs.forget_file(intake)
    except _Stop:
        jobs.set_state(intake, back, by=by)
        jobs.leave(job)
    except Exception:
        jobs.set_state(intake, back, by=by)
        raise


def _ready(intake: SheetIntake, by: User, beats: _Beats) -> tuple[list[dict[str, Any]], int, int]:
    """The rows to write, how many are new, and how many were changed by somebody else since they were shown."""
    book = BOOKS[intake.table]
    here = {"/".join("" if p is None else str(p) for p in book.key(row))[:200]: row for row in book.here(by)}
    rows: list[dict[str, Any]] = []
    new = left = 0
    for n, (key, verdict, values, was) in enumerate(_staged(intake.pk)):
        if n % 500 == 0:
            beats(0.1, f"再和账本核对一遍，第 {n} 行")
        now = here.get(key)
        if verdict == "new":
            if now is None:
                new += 1
                rows.append(values)
            elif any(now.get(f) != values.get(f) for f in book.compared()):
                left += 1
            continue
        if now is None or any(now.get(f) != old for f, old in was.items()):
            if now is None or any(now.get(f) != values.get(f) for f in was):
                left += 1
            continue
        # Only what the table changed is written; what others changed meanwhile in other cells stays.
        rows.append({**now, **{f: values[f] for f in was}})
    return rows, new, left


def _staged(intake: int) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Staged rows that may go in, page by page: a read left open would make SQLite refuse the beats between them."""
    rows, last = queries.intake_rows(intake).filter(verdict__in=("new", "changed")).order_by("pk"), 0
    while page := list(rows.filter(pk__gt=last).values_list("pk", "key", "verdict", "values", "was")[:2000]):
        last = page[-1][0]
        yield from (row[1:] for row in page)
