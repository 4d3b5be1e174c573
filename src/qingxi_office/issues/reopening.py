"""What "not solved" does to the ledger: the problem is open again, and lies one level above who said that it was done."""

import contextlib

from qingxi.issue import IssueClass, Level, Step, deadline
from qingxi_office.intake.masking import masked
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.actions import Piece, Refused, Reporter, take
from qingxi_office.issues.models import IssueRecord
from qingxi_office.notices.actions import tell
from qingxi_office.people.audience import of_units
from qingxi_office.places.models import Unit
from qingxi_office.trail import clock


def desk_above(row: IssueRecord, lay_on: str) -> Unit | None:
    """Whose turn it is: the lowest of 牵头, 核查, 销号 that stands above who mended it, and above the desk it lay on."""
    mended = Level(row.rectifier.level).rank if row.rectifier else -1
    floor = max(mended, Level(lay_on).rank if lay_on else -1)
    units = [u for u in (row.lead, row.verifier, row.closer) if u is not None and u != row.rectifier]
    above = [u for u in units if Level(u.level).rank > floor]
    pick = above or [u for u in units if Level(u.level).rank >= floor] or units
    return (
        min(pick, key=lambda u: Level(u.level).rank)
        if above
        else max(pick, key=lambda u: Level(u.level).rank, default=None)
    )


def reopen(report: PublicReport) -> str:
    """Called within the reporter's own transaction; gives the level whose desk it lies on, "" where the ledger has none.

    A problem that cannot be opened again as it stands (still under way, merged) stays; its desk is told all the same.
    """
    if not report.issue:
        return ""
    row = (
        IssueRecord.objects.select_related("rectifier", "lead", "verifier", "closer", "place").filter(key=report.issue).first()
    )  # fmt: skip
    desk = desk_above(row, report.sent_up) if row else None
    if row is None or desk is None:
        return ""
    today = clock.today()
    with contextlib.suppress(Refused):
        take(
            row, Step.REOPEN, by=Reporter(desk), evidence=[Piece("反弹情况", f"反映人说没有解决：{masked(report.text)}")],
            note="反映人说没有解决", due_on=deadline(IssueClass(row.klass), today),
        )  # fmt: skip
    tell(
        of_units([desk.pk], row.place.path), "report_unsolved", f"{row.key} {row.title}",
        once=f"unsolved/{report.code}/{report.reopened}", href=f"/issues/{row.key}/",
        text=f"反映人说没有解决，转到{desk.name}去看",
    )  # fmt: skip
    return desk.level if desk.level in ("乡镇", "县", "市") else "县"
