"""Every change to the programme."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.programmes.models import Clash, LotRow, OtherWork
from qingxi_office.trail import actions as trail

Rows = Sequence[Mapping[str, Any]]


def take_in_works(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put other departments' works in by key."""
    rights.check(by, "load")
    return trail.take_in(OtherWork, rows, action="works.taken_in", subject=Ref("work", "all"), by=by)


def take_in_lots(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put the lots of a programme in by key."""
    rights.check(by, "load")
    return trail.take_in(LotRow, rows, action="lots.taken_in", subject=Ref("lot", "all"), by=by)


def take_in_clashes(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put clashes in by key; what an officer has said on one stays."""
    rights.check(by, "load")
    return trail.take_in(Clash, rows, action="clashes.taken_in", subject=Ref("clash", "all"), by=by)


@transaction.atomic
def propose_joint_works(clash: Clash, *, by: User, note: str = "") -> Clash:
    """Propose to the other department to dig once (提出同步施工)."""
    rights.check(by, "propose_joint_works", path=clash.place.path if clash.place else "")
    if clash.state != "未处理":
        raise ValueError(f"这处冲突现为“{clash.state}”,不能再提")
    clash.state, clash.note = "已提议", note
    clash.save(update_fields=["state", "note"])
    trail.record("clash.proposed", Ref("clash", clash.key), by=by, because=note, before="未处理", after="已提议")
    return clash
