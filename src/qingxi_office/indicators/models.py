"""Custody of figures."""

from django.db import models
from django.utils.translation import gettext_lazy as _

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


class ReportedFigure(models.Model):
    """A figure as a document issued it, kept beside ours and never overwritten: a correction is a new row.

    ``place`` says whose books it lies in (who sees it); ``place_name`` the place that the document speaks of, which may be
    any. Fields as ``qingxi.indicator.Reported``.
    """

    key = models.CharField(max_length=80, unique=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="reported_figures")
    place_name = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    definition = models.CharField(max_length=60, blank=True)  # that it may be held against
    value = models.DecimalField(max_digits=20, decimal_places=6)
    decimals = models.IntegerField(default=0)  # as issued: 66.85 is not 66.850
    bound = models.CharField(max_length=1, blank=True)  # < > ≤ ≥
    unit = models.CharField(max_length=12, default="%")
    unit_counted = models.CharField(max_length=12, blank=True)
    part = models.IntegerField(null=True)
    n = models.IntegerField(null=True)  # None: the document does not state it
    measurer = models.CharField(max_length=80, blank=True)
    issuer = models.CharField(max_length=120, blank=True)
    document = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=80, blank=True)
    as_of = models.DateField(null=True)
    issued_on = models.DateField(null=True)
    period = models.CharField(max_length=40, blank=True)
    quote = models.TextField(blank=True)
    note = models.TextField(blank=True)  # the reason of the difference to ours
    assumed = models.JSONField(default=dict)  # field: why it is assumed
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    because = BecauseField()

    class Meta:
        ordering = ["place_name", "name", "as_of", "id"]
        indexes = [models.Index(fields=["definition", "place", "as_of"])]

    def __str__(self) -> str:
        return f"{self.place_name} {self.name}"


class FigureTarget(models.Model):
    """What a task letter asks of a figure in a year; a later letter is a later row."""

    definition = models.CharField(max_length=60)
    place = models.ForeignKey(Place, models.PROTECT, related_name="figure_targets")
    year = models.IntegerField()
    value = models.FloatField()  # per cent
    document = models.CharField(max_length=200)
    issued_on = models.DateField(null=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["definition", "-year", "-id"]
        indexes = [models.Index(fields=["place", "year"])]


class SeatNote(models.Model):
    """What was found about the sewage of a township seat (乡镇政府驻地) on a day; a later look is a later row."""

    class To(models.TextChoices):
        OWN = "own", _("自有处理厂（站）")
        COUNTY = "county", _("接入县城管网")
        OTHER = "other", _("接入邻近乡镇")
        NONE = "none", _("没有去处")

    place = models.ForeignKey(Place, models.PROTECT, related_name="seat_notes")  # the township
    on = models.DateField()
    way = models.CharField(max_length=8, choices=To.choices)
    plant = models.CharField(max_length=80, blank=True)
    owner = models.CharField(max_length=80, blank=True)  # 住建 / 水务 …: seldom the ecology bureau's
    design_m3_d = models.FloatField(null=True)
    runs = models.BooleanField(null=True)  # when looked at; None: nobody looked
    document = models.CharField(max_length=120, blank=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    because = BecauseField()

    class Meta:
        ordering = ["place__code", "-on", "-id"]

    @property
    def says(self) -> str:
        """In words, as a line of a figure carries it."""
        looked = {True: "查看时在运行", False: "查看时没有运行", None: "没有查看运行"}[self.runs]
        return "，".join(x for x in (str(self.To(self.way).label), self.plant, looked, f"{self.on:%Y-%m-%d}") if x)
