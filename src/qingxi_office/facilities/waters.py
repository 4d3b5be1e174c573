"""Custody of what flows in and out beside the households: dischargers, outlets, sampling points.

``facility`` stands as a name, because ``facilities.models`` gathers these models and must not be imported from here.
"""

from django.db import models
from django.db.models import Q

from qingxi_office.places.models import Place
from qingxi_office.trail.because import BecauseField


class Discharger(models.Model):
    """Somebody other than a household who sends water to the village's sewer (非居民排水户)."""

    class Kind(models.TextChoices):
        INN = "农家乐", "农家乐、民宿"
        WORKSHOP = "作坊", "作坊（豆腐、酿酒、腌制）"
        STOCK = "养殖", "养殖"
        SLAUGHTER = "屠宰", "屠宰"
        SCHOOL = "学校医院", "学校、卫生院、敬老院"
        OTHER = "其他", "其他"

    class Permit(models.TextChoices):
        HAS = "已办", "已办"
        LACKS = "应办未办", "应办未办"
        NONE = "不需办", "不需办"

    key = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    place = models.ForeignKey(Place, models.PROTECT, related_name="dischargers")
    facility = models.ForeignKey(
        "facilities.FacilityRecord", models.SET_NULL, null=True, related_name="dischargers"
    )  # on whose sewer; none: to the ditch or unknown
    flow_m3_d = models.FloatField(null=True)
    cod_mg_l = models.FloatField(null=True)  # raw, where somebody measured
    pretreatment = models.CharField(max_length=40, blank=True)  # 隔油池 / 沉淀 / 化粪池 / 无; empty: unknown
    permit = models.CharField(max_length=8, blank=True, choices=Permit.choices)
    permit_number = models.CharField(max_length=60, blank=True)
    season = models.CharField(max_length=40, blank=True)  # 全年 / 5–10 月 …
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    closed_on = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(condition=Q(flow_m3_d__gte=0) | Q(flow_m3_d=None), name="discharger_flow")
        ]

    def __str__(self) -> str:
        return self.name


class Outlet(models.Model):
    """An outlet into a water (入河排污口): where it is, into what, and whether it is registered."""

    class Registered(models.TextChoices):
        APPROVED = "已审批", "已审批"
        FILED = "已登记", "已登记"
        MISSING = "未登记", "未登记"
        NONE = "无需登记", "无需登记"

    key = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    place = models.ForeignKey(Place, models.PROTECT, related_name="outlets")
    facility = models.ForeignKey("facilities.FacilityRecord", models.SET_NULL, null=True, related_name="outlets")
    water = models.CharField(max_length=80, blank=True)  # receiving water
    water_class = models.CharField(max_length=20, blank=True)  # Ⅱ / Ⅲ / Ⅳ …
    registered = models.CharField(max_length=8, blank=True, choices=Registered.choices)
    number = models.CharField(max_length=60, blank=True)  # of the register or the approval
    registered_on = models.DateField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    closed_on = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name


class SamplingPoint(models.Model):
    """A place where water is taken: of a plant, of the water that receives, of a ditch or pond."""

    class Kind(models.TextChoices):
        INFLUENT = "进水", "站进水"
        EFFLUENT = "出水", "站出水"
        ABOVE = "上游", "受纳水体上游"
        BELOW = "下游", "受纳水体下游"
        DITCH = "沟塘", "沟塘"
        WELL = "水井", "水井"

    key = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    place = models.ForeignKey(Place, models.PROTECT, related_name="sampling_points")
    facility = models.ForeignKey(
        "facilities.FacilityRecord", models.SET_NULL, null=True, related_name="sampling_points"
    )
    outlet = models.ForeignKey(Outlet, models.SET_NULL, null=True, related_name="sampling_points")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    every = models.CharField(max_length=20, blank=True)  # 半年 / 季 / 月
    closed_on = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name
