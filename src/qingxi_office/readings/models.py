"""Custody of observations. ``use`` (线索 / 管理 / 执法) is never promoted by software."""

from django.db import models
from django.db.models import Q

from qingxi_office.facilities.models import FacilityRecord


class Device(models.Model):
    """A data logger we know: its number, password and facility."""

    mn = models.CharField(max_length=40, unique=True)
    password = models.CharField(max_length=40, blank=True)  # as it travels: requests to the device carry it
    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="devices")
    protocol = models.CharField(max_length=20, default="hj212-2017")
    enabled = models.BooleanField(default=True)
    last_heard_at = models.DateTimeField(null=True)
    vendor = models.CharField(max_length=60, blank=True, db_index=True)
    point = models.CharField(max_length=10, default="effluent")  # effluent / influent
    every_min = models.IntegerField(default=0)  # minutes between uploads, 0 unknown
    sm4_key = models.CharField(max_length=32, blank=True)  # 32 hex digits
    st_allowed = models.CharField(max_length=60, blank=True)  # codes apart by commas; empty allows any
    cn_allowed = models.CharField(max_length=200, blank=True)
    peers = models.CharField(max_length=200, blank=True)  # networks it may call from
    behind_cloud = models.BooleanField(default=False)  # data come through its vendor's platform
    note = models.CharField(max_length=200, blank=True)


class DeviceCommand(models.Model):
    """A command that somebody ordered; the receiver's queue carries it out under ``token``."""

    class State(models.TextChoices):
        QUEUED = "queued", "等设备在线"
        SENT = "sent", "已发出"
        READY = "ready", "设备准备执行"
        DONE = "done", "执行成功"
        REFUSED = "refused", "设备拒绝"
        FAILED = "failed", "执行失败"
        UNANSWERED = "unanswered", "没有应答"
        EXPIRED = "expired", "过期未发"
        UNCLEAR = "unclear", "结果不明"
        WITHDRAWN = "withdrawn", "已撤回"

    token = models.CharField(max_length=40, unique=True)
    device = models.ForeignKey(Device, models.CASCADE, related_name="commands")
    cn = models.CharField(max_length=8)
    fields = models.JSONField(default=dict)
    why = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey("people.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    second = models.CharField(max_length=200, blank=True)  # how the second look was had
    handed_over = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    code = models.IntegerField(null=True)
    answer = models.JSONField(default=dict)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state"])]


class UpperPlatform(models.Model):
    """An upper platform to which devices' data are forwarded; ``mns`` maps our MN to the one known there."""

    name = models.CharField(max_length=40, unique=True)
    host = models.CharField(max_length=120)
    port = models.IntegerField()
    edition = models.IntegerField(default=2017)
    password = models.CharField(max_length=40, blank=True)
    mns = models.JSONField(default=dict)
    st = models.CharField(max_length=60, blank=True)
    cn = models.CharField(max_length=200, blank=True)
    sm4_key = models.CharField(max_length=32, blank=True)
    enabled = models.BooleanField(default=True)
    since = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]


class BillRow(models.Model):
    """A month of electricity of one account; ``key`` is account/month."""

    key = models.CharField(max_length=80, unique=True)
    facility = models.ForeignKey(FacilityRecord, models.CASCADE, null=True, related_name="bills")
    account = models.CharField(max_length=40)
    month = models.DateField()
    kwh = models.FloatField()
    amount_fen = models.BigIntegerField(null=True)
    use = models.CharField(max_length=4, default="管理")

    class Meta:
        ordering = ["account", "month"]
        indexes = [models.Index(fields=["facility", "month"])]
        constraints = [models.CheckConstraint(condition=Q(kwh__gte=0), name="bill_kwh_not_negative")]


class LabRow(models.Model):
    """One laboratory value; mg/L, pH without unit; None where no sample could be taken."""

    key = models.CharField(max_length=160, unique=True)  # sample/quantity/report
    sample = models.CharField(max_length=80, db_index=True)  # facility/day/point: what a finding refers to
    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="labs")
    sampled_on = models.DateField()
    point = models.CharField(max_length=10)  # influent / effluent
    quantity = models.CharField(max_length=20)
    value = models.FloatField(null=True)
    laboratory = models.CharField(max_length=80, blank=True)
    cma = models.CharField(max_length=40, blank=True)
    report = models.CharField(max_length=60, blank=True)
    water_temp_c = models.FloatField(null=True)
    use = models.CharField(max_length=4, default="管理")

    class Meta:
        ordering = ["facility_id", "sampled_on", "point", "quantity"]
        indexes = [models.Index(fields=["facility", "sampled_on"])]


class VisitRow(models.Model):
    """A round at a facility, with its answers by question.

    What a phone sent carries its own number (``uuid``, made on the phone: the same round never stands here twice), both
    times (``phone_at`` by the phone's clock, ``visited_at`` put right), where the phone was and what it was asked.
    """

    key = models.CharField(max_length=120, unique=True)
    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="visits")
    visited_at = models.DateTimeField()
    by_name = models.CharField(max_length=40)
    by_role = models.CharField(max_length=12)  # village / operator / county
    answers = models.JSONField(default=dict)
    meter_kwh = models.FloatField(null=True)
    note = models.TextField(blank=True)
    use = models.CharField(max_length=4, default="线索")
    uuid = models.UUIDField(null=True, unique=True)
    by_pk = models.BigIntegerField(null=True)  # who signed in; by_name is what stands on the sheet
    phone = models.CharField(max_length=40, blank=True, default="")  # made by the phone itself
    counter = models.BigIntegerField(null=True)  # of that phone: only ever grows
    phone_at = models.DateTimeField(null=True)  # as the phone's clock showed it
    received_at = models.DateTimeField(null=True)
    clock_offset_s = models.FloatField(null=True)  # office minus phone on arrival, s
    clock_contact_s = models.FloatField(null=True)  # the same at the last contact before the round, s
    lon = models.FloatField(null=True)  # where the phone was, degrees as it said
    lat = models.FloatField(null=True)
    accuracy_m = models.FloatField(null=True)
    distance_m = models.FloatField(null=True)  # from the station, m
    took_s = models.FloatField(null=True)  # from opening the page to keeping the round, s
    checklist = models.CharField(max_length=20, blank=True, default="")
    n_photos = models.IntegerField(default=0)
    repair = models.BooleanField(default=False)  # the person asked for a repair
    report = models.CharField(max_length=12, blank=True, default="")  # code of the report made of it
    flags = models.JSONField(default=list)  # kinds of signs found on it

    class Meta:
        ordering = ["facility_id", "-visited_at"]
        indexes = [
            models.Index(fields=["facility", "visited_at"]),
            models.Index(fields=["by_pk", "visited_at"]),
            models.Index(fields=["phone", "counter"]),
        ]


class DailyRow(models.Model):
    """A day of one quantity with its coverage; a missing day has no row."""

    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="days")
    quantity = models.CharField(max_length=20)
    day = models.DateField()
    value = models.FloatField(null=True)
    coverage = models.FloatField(default=1)
    source = models.CharField(max_length=12)  # vendor / hj212

    class Meta:
        ordering = ["facility_id", "quantity", "day"]
        constraints = [
            models.UniqueConstraint(fields=["facility", "quantity", "day"], name="one_value_a_day"),
            models.CheckConstraint(condition=Q(coverage__gte=0) & Q(coverage__lte=1), name="coverage_is_a_share"),
        ]
