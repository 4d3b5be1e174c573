"""Custody of the register."""

from django.db import models
from django.db.models import Q

from qingxi_office.places.models import Place
from qingxi_office.trail.because import BecauseField


class Treatment(models.TextChoices):
    """The three states, never added silently."""

    TREATED = "已治理", "已治理"
    CONTROLLED = "已管控", "已管控"
    OPEN = "未完成", "未完成"


class VillageRecord(models.Model):
    """An administrative village in the register. Treated means recognised (认定), with date and document."""

    place = models.OneToOneField(Place, models.PROTECT, related_name="village")
    households = models.IntegerField(null=True)
    people_registered = models.IntegerField(null=True)
    people_resident = models.IntegerField(null=True)
    people_festival = models.IntegerField(null=True)
    state = models.CharField(max_length=8, choices=Treatment.choices, default=Treatment.OPEN)
    state_on = models.DateField(null=True)
    state_doc = models.CharField(max_length=120, blank=True)
    mode = models.CharField(max_length=20, blank=True)  # as kept by the county: 近纳管 / 聚集中 / 散分户 …
    no_sewage_seen = models.BooleanField(null=True)  # 基本看不到污水横流
    no_odour = models.BooleanField(null=True)  # 基本闻不到臭味
    no_complaint = models.BooleanField(null=True)  # 基本听不到怨言
    households_connected = models.IntegerField(null=True)
    sewer_km = models.FloatField(null=True)  # 管网长度: sewers that lie in the village, km
    terrain = models.CharField(max_length=20, blank=True, default="")  # 平坝 / 丘陵 / 山区 …
    water_supply = models.CharField(max_length=20, blank=True, default="")  # 集中供水 / 分散供水 …
    sensitive_water = models.CharField(max_length=120, blank=True, default="")  # 水源保护区, 国省考断面汇水区 …
    crop_area_mu = models.FloatField(null=True)  # land that could take treated water, 亩
    ditch_m = models.FloatField(null=True)  # ditches in front of and behind the houses, m
    sewer_distance_m = models.FloatField(null=True)  # to the nearest main, m
    note = models.TextField(blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["place__code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(households__gte=0) | Q(households=None), name="village_households_not_negative"
            )
        ]

    def __str__(self) -> str:
        return self.place.name

    @property
    def basics_met(self) -> int:
        """How many of the three basics (三基本) hold with evidence, 0 to 3."""
        return sum(bool(b) for b in (self.no_sewage_seen, self.no_odour, self.no_complaint))


class StateChange(models.Model):
    """A village entered or left a state: gains and losses of the rate stand apart, each with its reason."""

    village = models.ForeignKey(VillageRecord, models.CASCADE, related_name="changes")
    old = models.CharField(max_length=8, blank=True)
    new = models.CharField(max_length=8, choices=Treatment.choices)
    on = models.DateField()
    document = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True)
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["-on", "-id"]


class ScopeLine(models.Model):
    """A line of the signed denominator list (分母清单): a village counted in or deducted, and why."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="scope_lines")
    change = models.CharField(max_length=8)  # 列入 / 核减
    reason = models.CharField(max_length=200, blank=True)
    signed_on = models.DateField(null=True)
    signed_by = models.CharField(max_length=120, blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["place__code", "id"]


class HamletRecord(models.Model):
    """A natural village (自然村); ``key`` is its village's 12 digits and 3 of our own."""

    key = models.CharField(max_length=20, unique=True)
    place = models.OneToOneField(Place, models.PROTECT, related_name="hamlet")
    name = models.CharField(max_length=80)
    households = models.IntegerField(null=True)
    households_treated = models.IntegerField(null=True)
    households_controlled = models.IntegerField(null=True)
    deductible = models.CharField(max_length=200, blank=True, default="")  # 可核减理由; empty: may not be deducted
    note = models.TextField(blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name


class HouseholdRecord(models.Model):
    """A household, thin: no names of persons. Points are internal (内部) and never on a public page.

    ``cell`` is the map tile of level 14 it stands in (see ``qingxi_office.villages.cells``), so that a tile of the
    map reads one range of an index instead of the county.
    """

    class Connected(models.TextChoices):
        YES = "已接", "已接"
        TO_DO = "应接未接", "应接未接"
        NOT_NEEDED = "不需接", "不需接"

    key = models.CharField(max_length=40, unique=True)
    hamlet = models.ForeignKey(HamletRecord, models.PROTECT, related_name="house_rows")
    people_registered = models.IntegerField(null=True)
    people_resident = models.IntegerField(null=True)
    people_festival = models.IntegerField(null=True)
    toilet = models.CharField(max_length=12, blank=True)
    separated = models.BooleanField(null=True)  # 黑灰分离
    rain_separated = models.BooleanField(null=True)  # 雨污分流
    door = models.CharField(max_length=60, blank=True, default="")  # 门牌 or how people call the house
    water_source = models.CharField(max_length=12, blank=True, default="")  # 自来水 / 自备井 / 山泉
    water_m3_month = models.FloatField(null=True)  # from the water bill or a meter, m³ a month
    connected = models.CharField(max_length=8, blank=True, default="", choices=Connected.choices)
    sewer_distance_m = models.FloatField(null=True)  # to the nearest sewer, m
    crop_area_mu = models.FloatField(null=True)  # vegetable plot and fields that could take the water, 亩
    ditch = models.CharField(max_length=12, blank=True, default="")  # 有 / 无 / 黑臭: the ditch at the house
    income_class = models.CharField(max_length=12, blank=True, default="")  # 一般 / 低保 / 脱贫户 / 五保
    note = models.CharField(max_length=200, blank=True, default="")
    mode = models.CharField(max_length=20, blank=True)  # of the current plan
    system = models.IntegerField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    cell = models.BigIntegerField(null=True, editable=False)

    class Meta:
        ordering = ["key"]
        indexes = [models.Index(fields=["hamlet", "key"]), models.Index(fields=["cell"])]


class HouseTally(models.Model):
    """What the households of a natural village add up to, kept with every change of them.

    A county page sums 3,000 of these rows instead of 200,000 households.
    """

    hamlet = models.OneToOneField(HamletRecord, models.CASCADE, related_name="tally")
    houses = models.IntegerField(default=0)
    people_registered = models.IntegerField(default=0)
    people_resident = models.IntegerField(default=0)
    people_festival = models.IntegerField(default=0)
    connected = models.IntegerField(default=0)  # 已接
    to_connect = models.IntegerField(default=0)  # 应接未接
    asked = models.IntegerField(default=0)  # of which it is known whether they are connected
    toilet_known = models.IntegerField(default=0)
