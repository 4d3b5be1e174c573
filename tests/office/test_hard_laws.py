"""Laws that stand in the database itself, whatever the code above it does."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.funds.models import FundSource
from qingxi_office.issues.models import IssueRecord
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.published.models import Publication

DAY = date(2026, 11, 20)


def refused(make, law):
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        make()


def test_who_rectifies_never_closes(cast):
    firm = cast.units["清源运维公司"]
    row = IssueRecord.objects.create(
        key="WT-1",
        title="风机不响",
        klass="一般",
        place=cast.county,
        rectifier=firm,
        found_on=DAY,
        assigned_on=DAY,
        state="交办",
        kept_elsewhere=True,  # as the county's own ledger brings it; for others test_ledger_guards says more
    )
    refused(
        lambda: IssueRecord.objects.filter(pk=row.pk).update(closed_by_unit=firm, closed_on=DAY),
        "who_rectifies_never_closes",
    )
    IssueRecord.objects.filter(pk=row.pk).update(closed_by_unit=cast.units["县治污办"], closed_on=DAY)


def test_closing_has_day_unit_and_rectifier(cast):
    row = IssueRecord.objects.create(
        key="WT-1", title="风机不响", klass="一般", place=cast.county, found_on=DAY, assigned_on=DAY, state="交办",
        kept_elsewhere=True,
    )  # fmt: skip
    one = IssueRecord.objects.filter(pk=row.pk)
    refused(lambda: one.update(closed_on=DAY), "closing_has_day_and_unit")
    refused(lambda: one.update(closed_on=DAY, closed_by_unit=cast.units["县治污办"]), "closing_has_day_and_unit")


def test_finding_is_decided_by_someone(cast):
    facility = FacilityRecord.objects.get(key="QX-001")
    row = FindingRecord.objects.create(
        key="QX-001/idle/1", facility=facility, rule="idle", rule_name="疑似闲置", period_from=DAY, period_to=DAY,
        confidence="较高", statement="停了", found_on=DAY,
    )  # fmt: skip
    one = FindingRecord.objects.filter(pk=row.pk)
    refused(lambda: one.update(state="confirmed"), "finding_decided_by_someone")
    one.update(state="confirmed", decided_by=cast.chenjing, decided_at=timezone.now())


def test_money_is_never_negative_nor_overpaid(cast):
    refused(
        lambda: FundSource.objects.create(key="a", name="省级奖补", year=2026, amount_fen=-1),
        "fund_amount_not_negative",
    )
    refused(
        lambda: ProjectRecord.objects.create(key="p", name="x", stage="谋划", total_fen=100, paid_fen=101),
        "project_never_paid_beyond_total",
    )


def test_one_current_publication_under_a_key(cast):
    def put():
        Publication.objects.create(
            kind="rate", key="999901", title="率", as_of=DAY, data={}, by_name="陈静", published_at=timezone.now()
        )

    put()
    refused(put, "(?i)unique")
