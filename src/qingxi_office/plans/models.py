"""Custody of plans. Estimates are yuan (float), as the plan states them; money in the books is fen."""

from django.db import models
from django.db.models import Q

from qingxi_office.places.models import Place
from qingxi_office.trail.because import BecauseField


class PlanRecord(models.Model):
    """One plan: the figures of its plan.json, and the state of its paper."""

    key = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    level = models.CharField(max_length=4)
    mode = models.CharField(max_length=12)
    made_on = models.DateField()
    figures = models.JSONField()
    folder = models.CharField(max_length=300, blank=True)
    paper_state = models.CharField(max_length=12, default="初稿")  # 初稿 … 印发稿
    is_current = models.BooleanField(default=False)
    because = BecauseField()

    class Meta:
        ordering = ["-made_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["is_current"], condition=Q(is_current=True), name="one_current_plan")
        ]


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
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["plan_id", "hamlet_key"]
