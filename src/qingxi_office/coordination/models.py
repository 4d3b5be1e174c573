"""Custody of what shows whether units worked together, and of what came of it in the water."""

from django.db import models
from django.db.models import Q

from qingxi.indicator import SixItem, SixState
from qingxi_office.facilities.models import SamplingPoint
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class SixRecord(models.Model):
    """One of the six 同步 of one village, as the village confirmed it; the trail keeps what stood before."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="six")
    item = models.CharField(max_length=8, choices=[(i.value, i.value) for i in SixItem])
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in SixState])
    on = models.DateField(null=True)
    document = models.CharField(max_length=160, blank=True)  # 文件和文号, or which photo among the village's files
    note = models.CharField(max_length=300, blank=True)
    said_by = models.CharField(max_length=40)  # who in the village confirmed it
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    because = BecauseField()  # works and projects that the proposal stood on, where it was taken over

    class Meta:
        ordering = ["place__code", "id"]
        constraints = [models.UniqueConstraint(fields=["place", "item"], name="one_answer_an_item_and_village")]


class StepRecord(models.Model):
    """A step of the coordination degree that no other book keeps: which unit owed it by when, and when it did it."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="coordination_steps")  # a village
    step = models.CharField(max_length=30)  # as in the definition of the degree
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="coordination_steps")
    due_on = models.DateField()
    done_on = models.DateField(null=True)
    document = models.CharField(max_length=160, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-due_on", "place__code", "id"]
        constraints = [
            models.UniqueConstraint(fields=["place", "step", "unit", "due_on"], name="one_part_a_unit_and_day"),
            models.CheckConstraint(
                condition=Q(done_on=None) | ~Q(document=""), name="a_step_done_has_its_document"
            ),
        ]


class WaterSample(models.Model):
    """One value of the water that receives, taken at a sampling point; mg/L, pH without unit."""

    point = models.ForeignKey(SamplingPoint, models.PROTECT, related_name="samples")
    sampled_on = models.DateField()
    quantity = models.CharField(max_length=12)
    value = models.FloatField()
    laboratory = models.CharField(max_length=80, blank=True)
    report = models.CharField(max_length=60, blank=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["point_id", "quantity", "sampled_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["point", "sampled_on", "quantity", "report"], name="one_value_a_sample"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="water_value_not_negative"),
        ]
        indexes = [models.Index(fields=["point", "quantity", "sampled_on"])]
