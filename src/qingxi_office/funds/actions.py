"""Every change to money."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Sum

from qingxi.origin import Ref
from qingxi_office.funds.models import Allocation, FundSource
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


def take_in_funds(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """Put fund sources in by key; gives ids by key."""
    rights.check(by, "load")
    return trail.take_in(FundSource, rows, action="funds.taken_in", subject=Ref("fund", "all"), by=by)


@transaction.atomic
def allocate(
    fund: FundSource,
    subject: Ref,
    amount_fen: int,
    *,
    by: trail.Doer,
    kind: str = "budget",
    evidence: Sequence[str] = (),
) -> Allocation:
    """Give money of a source to a use; never more than the source has. A correction is a new row with a minus."""
    rights.check(by, "load")
    fund = FundSource.objects.select_for_update().get(pk=fund.pk)
    given = fund.allocations.aggregate(total=Sum("amount_fen"))["total"] or 0
    if given + amount_fen > fund.amount_fen:
        raise ValueError(f"{fund.name} {fund.year} 年只剩 {(fund.amount_fen - given) / 100:.2f} 元")
    row = Allocation(
        fund=fund, subject=str(subject), kind=kind, amount_fen=amount_fen, on=clock.today(), evidence=list(evidence)
    )
    row.save(force_insert=True)
    trail.record(
        "fund.allocated", Ref("fund", fund.key), by=by, after={"to": str(subject), "fen": amount_fen, "kind": kind}
    )
    return row


@transaction.atomic
def allocate_many(moves: Sequence[tuple[str, Ref, int]], *, by: trail.Doer, kind: str = "budget") -> int:
    """Give money of sources (by key) to uses, all or nothing; never more than a source has. One row in the trail."""
    rights.check(by, "load")
    funds = {fund.key: fund for fund in FundSource.objects.select_for_update()}
    given = dict(FundSource.objects.values_list("key").annotate(given=Sum("allocations__amount_fen")))
    left = {key: fund.amount_fen - (given[key] or 0) for key, fund in funds.items()}
    for key, subject, fen in moves:
        left[key] -= fen
        if left[key] < 0:
            raise ValueError(f"{key} 不够给 {subject}:差 {-left[key] / 100:.2f} 元")
    on = clock.today()
    Allocation.objects.bulk_create(
        Allocation(fund=funds[key], subject=str(subject), kind=kind, amount_fen=fen, on=on)
        for key, subject, fen in moves
    )
    if moves:
        total = sum(fen for _, _, fen in moves)
        trail.record(
            "funds.allocated", Ref("fund", "all"), by=by, after={"moves": len(moves), "fen": total, "kind": kind}
        )
    return len(moves)
