"""Custody of facilities."""

from django.db import models
from django.db.models import Q

from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class FacilityRecord(models.Model):
    """One facility as qingxi.facility.Facility, with its place, its units and its code on the fence."""

    class Status(models.TextChoices):
        IN_USE = "in_use", "在用"
        TRIAL = "trial", "试运行"
        STOPPED = "stopped", "停运"
        JOINED = "joined", "已并网"
        SCRAPPED = "scrapped", "报废"

    class Evidence(models.TextChoices):
        HJ212 = "hj212", "数采仪（HJ 212）"
        REMOTE_METER = "remote_meter", "远传表或厂家平台"
        PAPER = "paper", "纸面（巡查、电费、化验）"

    key = models.CharField(max_length=40, unique=True)
    public_code = models.CharField(max_length=16, unique=True)  # in /s/<code>, with a check character
    name = models.CharField(max_length=80)
    place = models.ForeignKey(Place, models.PROTECT, related_name="facilities")  # village; the county when unknown
    process = models.CharField(max_length=60, blank=True)
    design_m3_d = models.FloatField()
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    commissioned = models.DateField(null=True)
    owner = models.CharField(max_length=80, blank=True)  # empty: unknown, and that is reported
    owner_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="facilities_owned")
    operator = models.CharField(max_length=80, blank=True)
    operator_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="facilities_operated")
    discharge_class = models.CharField(max_length=80, blank=True)
    power_account = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.IN_USE)
    fault_class = models.CharField(max_length=20, blank=True)
    households_connected = models.IntegerField(default=0)
    evidence = models.CharField(max_length=16, choices=Evidence.choices, default=Evidence.PAPER)
    mn = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["key"]
        indexes = [models.Index(fields=["power_account"]), models.Index(fields=["status"])]
        constraints = [
            models.CheckConstraint(condition=Q(design_m3_d__gt=0), name="facility_design_above_zero"),
            models.CheckConstraint(
                condition=Q(households_connected__gte=0), name="facility_households_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name
