"""Custody of findings."""

from django.db import models
from django.db.models import Q

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people.models import User
from qingxi_office.trail.because import BecauseField


class FindingRecord(models.Model):
    """A finding of qingxi.finding with its evidence, and what an officer decided on it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REJECTED = "rejected", "不成立"

    key = models.CharField(max_length=120, unique=True)  # rule/facility/period_from
    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=60)
    rule_name = models.CharField(max_length=80)
    version = models.CharField(max_length=20, blank=True)
    period_from = models.DateField()
    period_to = models.DateField()
    confidence = models.CharField(max_length=8)  # 较高 / 一般 / 低
    statement = models.TextField()  # one sentence with its figures
    evidence = models.JSONField(default=list)  # [{"text", "source", "n", "refs"}]
    counter_evidence = models.JSONField(default=list)
    overturn = models.TextField(blank=True)  # 什么会推翻它
    use = models.CharField(max_length=4, default="线索")
    severity = models.FloatField(default=0)  # for ordering only
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)
    found_on = models.DateField()
    is_current = models.BooleanField(default=True)  # still found by the latest examination
    because = BecauseField()

    class Meta:
        ordering = ["-severity", "key"]
        indexes = [models.Index(fields=["facility", "state"]), models.Index(fields=["state", "rule"])]
        constraints = [
            # Who and when live together: neither without the other.
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | (~Q(state="proposed") & Q(decided_by__isnull=False) & Q(decided_at__isnull=False)),
                name="finding_decided_by_someone",
            )
        ]


class Undecided(models.Model):
    """A rule that could not tell for a facility, and why: unknown is not good."""

    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="undecided")
    rule = models.CharField(max_length=60)
    rule_name = models.CharField(max_length=80)
    reason = models.TextField()
    as_of = models.DateField()

    class Meta:
        ordering = ["facility_id", "rule"]
        constraints = [models.UniqueConstraint(fields=["facility", "rule"], name="one_undecided_per_rule")]
