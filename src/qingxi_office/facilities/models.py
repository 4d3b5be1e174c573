"""Custody of facilities."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class FacilityRecord(models.Model):
    """One facility as qingxi.facility.Facility, with its place, its units and its code on the fence."""

    class Status(models.TextChoices):
        IN_USE = "in_use", _("在用")
        TRIAL = "trial", _("试运行")
        STOPPED = "stopped", _("停运")
        JOINED = "joined", _("已并网")
        SCRAPPED = "scrapped", _("报废")

    class Evidence(models.TextChoices):
        HJ212 = "hj212", _("数采仪（HJ 212）")
        REMOTE_METER = "remote_meter", _("远传表或厂家平台")
        PAPER = "paper", _("纸面（巡查、电费、化验）")

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
    mode = models.CharField(max_length=20, blank=True, default="")  # 聚集中 / 近纳管 / 散分户 … that it serves
    actual_m3_d = models.FloatField(null=True)  # as measured or estimated for the register, m³/d
    actual_basis = models.CharField(max_length=40, blank=True, default="")  # 计量 / 电量推算 / 户数推算
    built_by = models.CharField(max_length=80, blank=True, default="")
    design_unit = models.CharField(max_length=80, blank=True, default="")
    book_value_fen = models.BigIntegerField(null=True)
    fund_source = models.CharField(max_length=120, blank=True, default="")
    scrapped_on = models.DateField(null=True)
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


class FacilityEvent(models.Model):
    """What happened to a facility, with day and reason: its status history and the rest of its life."""

    class Kind(models.TextChoices):
        STATUS = "status", "状态变更"
        CHANGED = "changed", "登记修改"
        OWNER = "owner", "移交"
        REPAIR = "repair", "大修改造"
        FAULT = "fault", "故障认定"
        SIGN = "sign", "换码"
        SCRAPPED = "scrapped", "报废"
        OTHER = "other", "其他"

    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on = models.DateField()
    old = models.JSONField(default=dict)  # field: value before, for undoing
    new = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    document = models.CharField(max_length=120, blank=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["facility", "-on"])]


class FacilityCost(models.Model):
    """What a facility cost in a year, by kind; fen."""

    class Kind(models.TextChoices):
        BUILD = "建设", "建设"
        CARE = "运维费", "运维费"
        POWER = "电费", "电费"
        REPAIR = "大修", "大修"
        TEST = "监测", "监测"
        SLUDGE = "污泥处置", "污泥处置"

    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="costs")
    year = models.IntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount_fen = models.BigIntegerField()
    source = models.CharField(max_length=120, blank=True)  # who paid, from which fund
    document = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-year", "kind", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gte=0), name="cost_not_negative")]


class SignCode(models.Model):
    """A code that stood on a sign of a facility: the present one is not revoked; an old one says that it is old."""

    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="codes")
    code = models.CharField(max_length=16, unique=True)
    issued_on = models.DateField()
    revoked_on = models.DateField(null=True)
    why = models.CharField(max_length=120, blank=True)
    by_name = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility"], condition=Q(revoked_on=None), name="one_living_code_per_facility"
            )
        ]


from qingxi_office.facilities.frozen import Snapshot, SnapshotPart  # noqa: E402
from qingxi_office.facilities.waters import Discharger, Outlet, SamplingPoint  # noqa: E402

__all__ = [
    "Discharger", "FacilityCost", "FacilityEvent", "FacilityRecord", "Outlet", "SamplingPoint", "SignCode", "Snapshot",
    "SnapshotPart",
]  # fmt: skip
