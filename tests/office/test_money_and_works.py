"""Money: sources equal uses at every moment; joint works are proposed once; bulletins move forward only."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingxi.origin import Ref
from qingxi_office.bulletins.actions import approve, draft, hand_over, record_issued, send
from qingxi_office.funds.actions import allocate
from qingxi_office.funds.models import Allocation, FundSource
from qingxi_office.programmes.actions import propose_joint_works
from qingxi_office.programmes.models import Clash, LotRow, OtherWork
from qingxi_office.trail.queries import head, verify

DAY = date(2026, 11, 20)


@pytest.mark.django_db
@given(moves=st.lists(st.tuples(st.integers(0, 1), st.integers(-5_000, 12_000)), max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_source_gives_more_than_it_has(moves, office):
    from django.db import transaction

    with transaction.atomic():
        funds = [FundSource.objects.create(key=f"f{n}", name="x", year=2026, amount_fen=10_000) for n in (0, 1)]
        given_fen = [0, 0]
        for n, fen in moves:
            if given_fen[n] + fen > 10_000:
                with pytest.raises(ValueError, match="只剩"):
                    allocate(funds[n], Ref("project", "p"), fen, by=office)
            else:
                allocate(funds[n], Ref("project", "p"), fen, by=office)
                given_fen[n] += fen
        total = Allocation.objects.aggregate(s=Sum("amount_fen"))["s"] or 0
        assert total == sum(given_fen)
        transaction.set_rollback(True)


def test_joint_works_are_proposed_once(cast):
    lot = LotRow.objects.create(key="l", name="红岩村", cost_fen=1, place=cast.places["999901100200"])
    work = OtherWork.objects.create(key="w", department="县交通运输局", kind="road", name="主街改造")
    clash = Clash.objects.create(key="l/w", lot=lot, work=work, place=lot.place, overlap_m=412, months_apart=5)
    propose_joint_works(clash, by=cast.luomei, note="请并到九月")
    with pytest.raises(ValueError, match="已提议"):
        propose_joint_works(clash, by=cast.chenjing)


def test_bulletin_is_drafted_sent_approved_handed_over_and_issued_in_order(hamlet, office, cast):
    row = draft(by=office, as_of=DAY)
    assert row.file.size > 5_000
    assert row.content["number"] == "〔待编〕"
    assert "treatment_rate_village" in " ".join(row.because) or any(b.startswith("village:") for b in row.because)
    send(row, by=office)
    with pytest.raises(ValueError, match="不能再送审"):
        send(row, by=office)
    with pytest.raises(ValueError, match="交公文系统以后"):
        record_issued(row, by=office, document_number="天治污办〔2026〕9 号", signer="张某", issued_on=DAY)
    approve(row, by=cast.zhouwei)
    hand_over(row, b"zip", by=office)
    with pytest.raises(ValueError, match="须有文号"):
        record_issued(row, by=office, document_number="", signer="张某", issued_on=DAY)
    with pytest.raises(ValueError, match="今天以后"):
        record_issued(row, by=office, document_number="x", signer="张某", issued_on=DAY + timedelta(days=9))
    record_issued(row, by=office, document_number="天治污办〔2026〕9 号", signer="张某", issued_on=DAY.isoformat())
    row.refresh_from_db()
    assert (row.state, row.issued_on) == ("issued", DAY)
    assert draft(by=office, as_of=DAY).key != row.key
    # The chain that a bulletin knew is still in the chain.
    assert verify(row.trail_head).sound
    assert head() != row.trail_head
