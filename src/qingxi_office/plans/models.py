"""Custody of plans. Estimates are yuan (float), as the plan states them; money in the books is fen."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q

from qingxi_office.places.models import Place
from qingxi_office.trail.because import BecauseField


class PlanRecord(models.Model):
    """One version of the plan: the figures of its plan.json, who made it from what, and the state of its paper.

    A version is a draft until it is adopted; one at most is in force, and those it replaced stay readable.
    """

    key = models.CharField(max_length=40, unique=True)
    number = models.IntegerField(unique=True)  # 第 n 版, in the order of taking in
    title = models.CharField(max_length=120)
    level = models.CharField(max_length=4)
    mode = models.CharField(max_length=12)
    made_on = models.DateField()
    figures = models.JSONField()
    folder = models.CharField(max_length=300, blank=True)
    paper_state = models.CharField(max_length=12, default="初稿")  # 初稿 … 印发稿
    is_current = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)  # what this version is for, in the officer's words
    asked = models.JSONField(
        default=dict
    )  # what it was asked with in the office: table, effort, changes, overrides
    verdict = models.JSONField(default=dict)  # the independent examination: {"passed", "said"}
    made_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=80, blank=True)
    adopted_at = models.DateTimeField(null=True)
    adopted_by_name = models.CharField(max_length=80, blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["-made_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["is_current"], condition=Q(is_current=True), name="one_current_plan"),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(adopted_at__isnull=False), name="plan_in_force_was_adopted"
            ),
        ]

    @property
    def standing(self) -> str:
        """采用 (in force), 曾采用 (was in force), 草案 (never)."""
        return "采用" if self.is_current else "曾采用" if self.adopted_at else "草案"

    @property
    def at(self) -> Path:
        """Where its files lie: as noted, or in this home when the home was moved or restored elsewhere."""
        noted = Path(self.folder)
        here = Path(settings.MEDIA_ROOT) / "plans" / noted.name
        return here if self.folder and not noted.is_dir() and here.is_dir() else noted


class SystemRow(models.Model):
    """One system of a plan: a plant or joining point with its hamlets, or an on-site group."""

    plan = models.ForeignKey(PlanRecord, models.CASCADE, related_name="systems")
    key = models.CharField(max_length=60, unique=True)  # <plan key>/<system_id>
    system_id = models.IntegerField()
    mode = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="systems")
    hamlets = models.JSONField(default=list)
    households = models.IntegerField()
    people = models.FloatField()
    flow_m3_d = models.FloatField()
    works_yuan = models.FloatField()
    capex_yuan = models.FloatField()
    running_yuan_y = models.FloatField()
    present_value_yuan = models.FloatField()
    consent = models.CharField(max_length=12, blank=True)
    reason = models.TextField(blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["plan_id", "system_id"]


class HamletOption(models.Model):
    """What each mode would cost in a natural village, which was taken, and why."""

    plan = models.ForeignKey(PlanRecord, models.CASCADE, related_name="options")
    key = models.CharField(max_length=60, unique=True)  # <plan key>/<hamlet key>
    hamlet_key = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="options")  # the natural village
    mode = models.CharField(max_length=20)
    households = models.IntegerField()
    people_resident = models.FloatField(default=0)
    flow_m3_d = models.FloatField(default=0)
    present_value_yuan = models.FloatField(null=True)
    options = models.JSONField()  # [{"mode", "present_value_yuan" or null, "why_not"}]
    reason = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    flips = models.JSONField(
        default=dict
    )  # {"runner_up", "distance_m", "to": {part: mode}, "factors": {part: factor}}
    pipe_m = models.FloatField(default=0)  # sewers that its houses drain through, shared by their flow
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["plan_id", "hamlet_key"]


class VillageMoney(models.Model):
    """Who could pay for a village's part of a plan, over the years of the table ``afford`` (可负担性)."""

    plan = models.ForeignKey(PlanRecord, models.CASCADE, related_name="moneys")
    key = models.CharField(max_length=60, unique=True)  # <plan key>/<village>
    village = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    figures = models.JSONField()  # the columns of the layer ``affordability``
    remark = models.TextField(blank=True)

    class Meta:
        ordering = ["plan_id", "village"]


class PlanOverride(models.Model):
    """What an officer decides before the planner does: in force for every run until it is withdrawn."""

    class Kind(models.TextChoices):
        MODE = "mode", "定模式"
        FORBID_SITE = "forbid_site", "此处不建站"
        REQUIRE_SITE = "require_site", "站建在此处"
        FORCE_ROAD = "force_road", "主管走这条路"
        FORBID_ROAD = "forbid_road", "不走这条路"

    key = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    place = models.ForeignKey(Place, models.PROTECT, related_name="plan_overrides")
    subject = models.CharField(max_length=40, blank=True)  # hamlet or village code that a mode is for
    subject_name = models.CharField(max_length=120)
    mode = models.CharField(max_length=20, blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    radius_m = models.FloatField(null=True)
    reason = models.TextField()
    document = models.CharField(max_length=120, blank=True)
    by_name = models.CharField(max_length=80)
    made_on = models.DateField()
    withdrawn_on = models.DateField(null=True)
    withdrawn_by_name = models.CharField(max_length=80, blank=True)
    withdrawn_why = models.TextField(blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
            models.CheckConstraint(
                condition=Q(kind="mode", subject__gt="", mode__gt="") | Q(~Q(kind="mode"), lon__isnull=False, lat__isnull=False),
                name="override_says_where_or_what",
            ),
        ]  # fmt: skip
