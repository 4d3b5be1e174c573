"""Digging once: the proposal in the programme, the letter (函) to the other department drafted, and the matter on the table of the next 推进会, in one transaction."""

from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.meetings.actions import put_before_next
from qingxi_office.meetings.models import AgendaItem
from qingxi_office.programmes import actions as programmes
from qingxi_office.programmes.actions import letters
from qingxi_office.programmes.models import Clash


@transaction.atomic
def propose_joint_works(clash: Clash, *, by: Any, note: str = "") -> AgendaItem | None:
    """Propose to the other department to dig once, and let the next 推进会 talk about it.

    Gives the item, or None in a county that has founded no group yet. Raises ValueError when it was proposed before.
    """
    programmes.propose_joint_works(clash, by=by, note=note)
    letters.draft(clash, by=by)
    place = clash.place.name if clash.place else clash.lot.name
    return put_before_next(
        f"同步施工：{clash.work.name}", str(Ref("clash", clash.key)), by=by, path=clash.place.path if clash.place else "",
        why=f"{place}，重叠 {clash.overlap_m:.0f} m，相隔 {clash.months_apart:.0f} 个月",
    )  # fmt: skip
