"""What people do with a table: send it, hand it in, take it, leave it, send it back. Rights are asked here."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs import queries
from qingxi_office.jobs.models import SheetIntake
from qingxi_office.notices import actions as notices
from qingxi_office.people import rights
from qingxi_office.people.models import Role, User
from qingxi_office.people.rights import Way

INTAKE = Way("intake", place="path")
MOST_BYTES = 60 * 1024 * 1024
_S = SheetIntake.State


def intakes(user: Any) -> QuerySet[SheetIntake]:
    """Tables on their way in that this person sees: those of their own part of the county."""
    return rights.seen_by(user, queries.intakes(), INTAKE)


def send(name: str, data: bytes, *, table: str, by: Any) -> SheetIntake:
    """Somebody sends a file; ``table`` is empty when it shall be found out.

    Raises
    ------
    ValueError
        When the file is too large, with the words for the sender.
    """
    rights.check(by, "submit_sheet")
    if len(data) > MOST_BYTES:
        raise ValueError(
            f"“{name}”有 {len(data) / 1e6:.0f} MB，最多收 {MOST_BYTES // 1_000_000} MB；请另存为 .csv 或分成几个文件"
        )
    return jobs.receive(name, data, table=table, path=by.scope.path, by=by)


def read_anew(intake: SheetIntake, *, by: Any) -> None:
    """Read the file again, against the books as they are now."""
    rights.check(by, "submit_sheet", path=intake.path)
    jobs.lose_silent()
    hand = intake.take_job if intake.state == _S.TAKING else intake.job
    if hand is not None:
        hand.refresh_from_db()
    if intake.state in (_S.TAKEN, _S.DROPPED) or (hand is not None and hand.is_open) or not intake.file:
        raise ValueError("这张表不能再读了")
    jobs.drop_rows(intake)
    jobs.read_again(intake, by=by)


def hand_in(intake: SheetIntake, *, by: Any) -> None:
    """The township has looked: its good rows go to the county for its word."""
    rights.check(by, "submit_sheet", path=intake.path)
    if intake.state not in (_S.SHOWN, _S.RETURNED) or not jobs.set_state(intake, _S.HANDED_IN, by=by):
        raise ValueError("这张表现在不能提交")
    officers = User.objects.filter(role=Role.COUNTY_OFFICER, is_active=True).values_list("pk", flat=True)
    once = f"sheet/{intake.pk}/{intake.decided_at or ''}"
    notices.tell(
        officers, "sheet_waiting", f"{by} 交来 {intake.name}", once=once, href=f"/loads/sheets/{intake.pk}/"
    )


def take(intake: SheetIntake, *, by: Any) -> None:
    """The county takes the good rows in; a worker does it, all or nothing."""
    rights.check(by, "load", path=intake.path)
    if intake.state not in (_S.SHOWN, _S.HANDED_IN):
        raise ValueError("这张表现在不能收")
    if not intake.counts.get("new") and not intake.counts.get("changed"):
        raise ValueError("没有要收的：好的行和账本里一样")
    job = jobs.ask("sheet_take", f"收下 {intake.name}"[:200], {"intake": intake.pk, "was": intake.state}, by=by)
    if not jobs.set_state(intake, _S.TAKING, by=by, take_job=job):
        jobs.ask_cancel(job, by=by)
        raise ValueError("别人刚刚已经办了")


def drop(intake: SheetIntake, *, by: Any) -> None:
    """Nothing of it goes in."""
    rights.check(by, "submit_sheet", path=intake.path)
    if intake.state in (_S.TAKEN, _S.TAKING, _S.DROPPED) or not jobs.set_state(intake, _S.DROPPED, by=by):
        raise ValueError("这张表已经办过了")
    jobs.drop_rows(intake)
    _forget(intake)


def return_to(intake: SheetIntake, reason: str, *, by: Any) -> None:
    """The county sends it back to the township, with a reason."""
    rights.check(by, "load", path=intake.path)
    if not reason.strip():
        raise ValueError("退回要写明理由")
    if intake.state != _S.HANDED_IN or not jobs.set_state(intake, _S.RETURNED, by=by, reason=reason.strip()):
        raise ValueError("这张表现在不能退回")
    notices.tell(
        [intake.by_pk], "sheet_returned", f"{intake.name} 被退回", once=f"sheet/{intake.pk}/{intake.decided_at}",
        href=f"/loads/sheets/{intake.pk}/", text=reason.strip()[:120],
    )  # fmt: skip


def cancel(intake: SheetIntake, *, by: Any) -> None:
    """Stop the reading or the taking that is under way."""
    rights.check(by, "submit_sheet", path=intake.path)
    job = intake.take_job if intake.state == _S.TAKING else intake.job
    if job is None or not jobs.ask_cancel(job, by=by):
        raise ValueError("它已经做完了，没有什么可取消的")
    if intake.state == _S.READING and not queries.is_running(job):
        jobs.set_state(intake, _S.DROPPED, by=by)


def _forget(intake: SheetIntake) -> None:
    from qingxi_office.site.loading.sheets.kinds import BOOKS

    if intake.table in BOOKS and BOOKS[intake.table].table.people:
        jobs.forget_file(intake)
