"""Custody of figures."""

from django.db import models

from qingxi_office.places.models import Place
from qingxi_office.trail.because import BecauseField


class FigureRecord(models.Model):
    """One figure as qingxi.indicator computed it; recomputing makes a new row, never another number in this one."""

    key = models.CharField(max_length=120, unique=True)  # definition@version/place/as_of
    definition = models.CharField(max_length=60)
    version = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=120)
    formula = models.TextField(blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="figures")
    as_of = models.DateField()
    value = models.FloatField(null=True)  # per cent where ``unit`` is %
    text = models.CharField(max_length=40)  # as printed, with the definition's own decimals
    unit = models.CharField(max_length=20, default="%")
    unit_counted = models.CharField(max_length=12, blank=True)  # 行政村 / 自然村 / 户 / 设施
    numerator = models.IntegerField(null=True)
    denominator = models.IntegerField(null=True)
    counts = models.JSONField(default=dict)  # {"已治理": 58, "已管控": 9, "未完成": 12}
    # Lines of the lists behind the figure: {"ref", "name", "why", "weight"}.
    numerator_list = models.JSONField(default=list)
    denominator_list = models.JSONField(default=list)
    deductions = models.JSONField(default=list)
    denominator_label = models.CharField(max_length=120, blank=True, default="")  # which list, signed when
    remarks = models.JSONField(default=list)  # what must be said beside it
    low = models.FloatField(null=True)  # of an interval, where sampled
    high = models.FloatField(null=True)
    source = models.TextField(blank=True)
    trust = models.CharField(max_length=20, blank=True)
    computed_at = models.DateTimeField()
    because = BecauseField()

    class Meta:
        ordering = ["-as_of", "definition", "place_id"]
        indexes = [models.Index(fields=["definition", "place", "as_of"])]
