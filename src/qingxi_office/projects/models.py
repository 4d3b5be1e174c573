"""Custody of projects."""

from django.db import models
from django.db.models import Q

from qingxi_office.places.models import Place
from qingxi_office.programmes.models import LotRow
from qingxi_office.trail.because import BecauseField


class ProjectRecord(models.Model):
    """One project. ``stage`` is a stage of qingxi.project; completion (竣工) is not recognition (认定)."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    lot = models.ForeignKey(LotRow, models.PROTECT, null=True, related_name="projects")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="projects")
    stage = models.CharField(max_length=30)
    owner = models.CharField(max_length=80, blank=True)  # 业主
    contractor = models.CharField(max_length=80, blank=True)
    total_fen = models.BigIntegerField()
    paid_fen = models.BigIntegerField(default=0)
    year = models.IntegerField(null=True)
    due_on = models.DateField(null=True)
    facility_key = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["year", "key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total_fen__gte=0) & Q(paid_fen__gte=0) & Q(paid_fen__lte=models.F("total_fen")),
                name="project_never_paid_beyond_total",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProjectStep(models.Model):
    """A gate passed, with its evidence."""

    project = models.ForeignKey(ProjectRecord, models.CASCADE, related_name="steps")
    old = models.CharField(max_length=30, blank=True)
    new = models.CharField(max_length=30)
    on = models.DateField()
    by_name = models.CharField(max_length=80)
    evidence = models.JSONField(default=list)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
