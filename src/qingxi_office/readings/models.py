"""Custody of observations. ``use`` (线索 / 管理 / 执法) is never promoted by software."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

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
    note = models.CharField(max_length=200, blank=True, default="")  # 估抄, 换表, 含退补: how the figure came about

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


class VendorCloud(models.Model):
    """A vendor's platform whose readings come in by sheet, push or pull; ``use`` is what the county lets them be used for."""

    name = models.CharField(max_length=60, unique=True)
    use = models.CharField(max_length=4, default="线索")  # 线索 / 管理
    enabled = models.BooleanField(default=True)
    whole_days = models.BooleanField(default=False)  # each item stands for its day
    token = models.ForeignKey("access.Token", models.SET_NULL, null=True, related_name="+")  # with which it pushes
    url = models.CharField(max_length=400, blank=True)  # from which we pull; {since} is where we stand
    header = models.CharField(max_length=60, blank=True, default="Authorization")
    secret = models.CharField(max_length=300, blank=True)  # value of that header
    rows_path = models.CharField(max_length=120, blank=True)
    device_path = models.CharField(max_length=120, blank=True, default="device")
    at_path = models.CharField(max_length=120, blank=True, default="at")
    mqtt_host = models.CharField(max_length=120, blank=True, default="")  # its broker, which we subscribe to
    mqtt_port = models.IntegerField(default=8883)
    mqtt_tls = models.BooleanField(default=True)
    mqtt_ca = models.TextField(blank=True, default="")  # PEM of the broker's own authority; empty: the system's
    mqtt_user = models.CharField(max_length=120, blank=True, default="")
    mqtt_secret = models.CharField(max_length=300, blank=True, default="")
    mqtt_topic = models.CharField(max_length=200, blank=True, default="")  # a filter, + and # allowed
    mqtt_device_level = models.IntegerField(
        default=0
    )  # level of the topic that is the device's number; 0: it is in the item
    position = models.DateTimeField(null=True)  # the newest time that pulling took in
    last_at = models.DateTimeField(null=True)  # when it last came to anything, either way
    last_way = models.CharField(max_length=8, blank=True)  # push / pull / mqtt
    last_said = models.CharField(max_length=300, blank=True)
    last_counts = models.JSONField(default=dict)
    last_faults = models.JSONField(default=list)
    failing_since = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(use__in=("线索", "管理")), name="vendor_use_is_never_enforcement")
        ]


class VendorPoint(models.Model):
    """One field of one device of a vendor's platform; house value = their value x ``factor``."""

    cloud = models.ForeignKey(VendorCloud, models.CASCADE, related_name="points")
    number = models.CharField(max_length=60)
    field = models.CharField(max_length=80)  # name of the value in their items, may be a dotted path when pulled
    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="+")
    quantity = models.CharField(max_length=20)
    factor = models.FloatField(default=1)
    total = models.BooleanField(default=False)  # a running total: differences of it count

    class Meta:
        ordering = ["number", "quantity"]
        constraints = [
            models.UniqueConstraint(fields=["cloud", "number", "field"], name="one_meaning_a_field"),
            models.UniqueConstraint(fields=["facility", "quantity"], name="one_vendor_point_a_quantity"),
        ]


class VendorHeld(models.Model):
    """An item that came by MQTT and that no mapping knew ("" when it could not be read), as it came."""

    cloud = models.ForeignKey(VendorCloud, models.CASCADE, related_name="held")
    number = models.CharField(max_length=60, blank=True)
    item = models.TextField()  # JSON
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["cloud", "digest"], name="one_held_item_once")]
        indexes = [models.Index(fields=["cloud", "number"])]


class VendorSamples(models.Model):
    """What vendors said of one quantity of a facility on one day of Beijing: time of day ("08:15:00", or "day") -> house value."""

    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="+")
    quantity = models.CharField(max_length=20)
    day = models.DateField()
    values = models.JSONField(default=dict)
    breaks = models.JSONField(
        default=list
    )  # where a running total does not go on: [time, code, before, after], of a gap also since when
    use = models.CharField(max_length=4, default="线索")  # the weakest of what is in it
    vendor = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["facility_id", "quantity", "day"]
        constraints = [
            models.UniqueConstraint(fields=["facility", "quantity", "day"], name="one_day_of_vendor_samples"),
            models.CheckConstraint(condition=Q(use__in=("线索", "管理")), name="vendor_samples_use"),
        ]
        indexes = [models.Index(fields=["day"])]


class DailyRow(models.Model):
    """A day of one quantity with its coverage; a missing day has no row."""

    facility = models.ForeignKey(FacilityRecord, models.CASCADE, related_name="days")
    quantity = models.CharField(max_length=20)
    day = models.DateField()
    value = models.FloatField(null=True)
    coverage = models.FloatField(default=1)
    source = models.CharField(max_length=12)  # vendor / hj212
    use = models.CharField(max_length=4, default="管理")  # of a vendor's day: what its readings may be used for

    class Meta:
        ordering = ["facility_id", "quantity", "day"]
        constraints = [
            models.UniqueConstraint(fields=["facility", "quantity", "day"], name="one_value_a_day"),
            models.CheckConstraint(condition=Q(coverage__gte=0) & Q(coverage__lte=1), name="coverage_is_a_share"),
        ]


class RainGauge(models.Model):
    """A rain gauge, ours or another department's; ``day_begins``: hour at which its whole day begins (0, 8 or 20)."""

    class Source(models.TextChoices):
        WATER = "水利", _("水利")
        WEATHER = "气象", _("气象")
        OWN = "自建", _("自建")

    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    source = models.CharField(max_length=4, choices=Source)
    lon = models.FloatField()
    lat = models.FloatField()
    day_begins = models.IntegerField(default=8)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(condition=Q(day_begins__in=(0, 8, 20)), name="rain_day_begins_at_0_8_20")
        ]

    def __str__(self) -> str:
        return self.name


class RainDay(models.Model):
    """Rain of one gauge on one day, mm: hour "01" to "24" (that ends then) or "day" -> mm; ``mm`` is the day's, None unknown."""

    gauge = models.ForeignKey(RainGauge, models.CASCADE, related_name="days")
    day = models.DateField()
    values = models.JSONField(default=dict)
    mm = models.FloatField(null=True)

    class Meta:
        ordering = ["gauge_id", "day"]
        constraints = [models.UniqueConstraint(fields=["gauge", "day"], name="one_day_of_a_gauge")]
