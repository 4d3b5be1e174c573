"""Custody of findings."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.level import Level
from qingxi_office.people.models import User
from qingxi_office.trail.because import BecauseField


class FindingRecord(models.Model):
    """A finding of qingxi.finding with its evidence, and what an officer decided on it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REJECTED = "rejected", "不成立"

    class Wrong(models.TextChoices):
        """Why a finding did not hold; counted against its rule."""

        METER = "meter", _("仪表或通讯的问题")
        DECLARED = "declared", _("停机、检修已经报备")
        SEASON = "season", _("季节性的人多人少")
        SAMPLE = "sample", _("样品或化验的差错")
        REGISTER = "register", _("台账登记有误")
        OTHER = "other", _("别的原因")

    key = models.CharField(max_length=120, unique=True)  # rule/facility/period_from
    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=60)
    rule_name = models.CharField(max_length=80)
    kind = models.CharField(max_length=30, blank=True)  # of qingxi.finding.KINDS
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
    dismissed_for = models.CharField(max_length=10, choices=Wrong.choices, blank=True)
    found_on = models.DateField()
    is_current = models.BooleanField(default=True)  # still found by the latest examination
    level = models.CharField(
        max_length=8, choices=Level.choices, blank=True
    )  # what the rules had when they last found it: whose published error rate applies
    opened = models.DateField(null=True)  # first day under which it became known; keeps its key while it grows
    closed_on = models.DateField(null=True)  # last day it held, once it holds no more
    numbers = models.JSONField(default=list)  # [{"name", "value", "unit", "low", "high"}]
    shown = models.JSONField(
        default=list
    )  # what a chart shows: [{"ref", "quantity", "from", "to", "line", "words"}]
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


class Examination(models.Model):
    """What a facility's evidence was when the rules last looked at it; one that has nothing new is not looked at again."""

    facility = models.OneToOneField(FacilityRecord, models.CASCADE, related_name="examination")
    evidence = models.CharField(max_length=64)  # sha256 over counts, last days and sums of its books, and the rules
    as_of = models.DateField()
    level = models.CharField(max_length=8, choices=Level.choices, blank=True)  # what the rules had


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
