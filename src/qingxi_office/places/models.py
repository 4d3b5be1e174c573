"""Custody of places, units and duties."""

import json
from typing import Any

from django.db import models
from django.db.models import Q

from qingxi_office.trail.because import BecauseField


class Readable(json.JSONEncoder):
    """JSON with Chinese as it is, so that a name in it can be searched for in the database."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "ensure_ascii": False})


class Place(models.Model):
    """A node of the dated administrative tree, from province to natural village.

    ``path`` is the codes from the root, each ended by ``/``: a subtree is one range of it. The row is the place; what it
    was called and where it lay before is kept as rows of :class:`PlacePast`, so that all that hangs on the place follows
    a new name or a new township. A place that ceased keeps its row with ``valid_to``, records made then stay on it, and its
    path lies below the place that took it over: who answers for that one finds them.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        PREFECTURE = "prefecture", "市"
        COUNTY = "county", "县"
        TOWNSHIP = "township", "乡镇"
        VILLAGE = "village", "行政村"
        HAMLET = "hamlet", "自然村"

    code = models.CharField(max_length=20)  # 12 digits and, below the village, 3 of our own; text
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=12, choices=Level.choices)
    kind = models.CharField(max_length=20, blank=True)  # 村委会 / 居委会 / 镇 / 乡 / 街道
    village_class = models.CharField(max_length=20, blank=True)  # 集聚提升 / 城郊融合 / 特色保护 / 搬迁撤并
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=200)
    former_names = models.JSONField(default=list, blank=True, encoder=Readable)
    initials = models.CharField(max_length=40, blank=True)  # 拼音首字母, for search
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # the first day on which it is no more
    since = models.DateField(null=True)  # since when name, code and parent are these; None: from the first day
    ended_by = models.CharField(max_length=200, blank=True)  # 撤销、并入、拆分 and the document
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    west = models.FloatField(null=True)
    south = models.FloatField(null=True)
    east = models.FloatField(null=True)
    north = models.FloatField(null=True)
    geometry = models.BinaryField(null=True)  # WKB, EPSG:4490
    because = BecauseField()

    class Meta:
        ordering = ["code"]
        indexes = [
            models.Index(fields=["path"]),
            models.Index(fields=["level", "code"]),
            models.Index(fields=["name"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="one_living_place_per_code"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gte=models.F("valid_from")),
                name="place_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code12(self) -> str:
        """The 12-digit code of 统计用区划代码; a natural village gives its village's."""
        return (self.code + "0" * 12)[:12]


class PlacePast(models.Model):
    """What a place was until a day: its name, code and parent then."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="past")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=12, choices=Place.Level.choices)
    kind = models.CharField(max_length=20, blank=True)
    parent = models.ForeignKey(Place, models.PROTECT, null=True, related_name="past_children")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField()
    change = models.CharField(max_length=20)  # 更名 / 调整隶属 / 改代码 / 拆分: what ended this state
    document = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["valid_to", "id"]
        indexes = [models.Index(fields=["code"]), models.Index(fields=["parent", "valid_to"])]

    def __str__(self) -> str:
        return self.name


class Succession(models.Model):
    """One place went into another on a day: one row after a merger, several after a split."""

    old = models.ForeignKey(Place, models.PROTECT, related_name="went_into")
    new = models.ForeignKey(Place, models.PROTECT, related_name="came_from")
    on = models.DateField()
    change = models.CharField(max_length=20)  # 合并 / 拆分
    document = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["on", "id"]
        constraints = [models.UniqueConstraint(fields=["old", "new", "on"], name="one_succession_a_day")]


class PlaceKey(models.Model):
    """One text by which a living place may be found, begun at any of its characters; see ``places.keys``.

    The place's path stands beside it, so that a search within a subtree reads one index and nothing else.
    """

    place = models.ForeignKey(Place, models.CASCADE, related_name="keys")
    key = models.CharField(max_length=100)
    path = models.CharField(max_length=200)

    class Meta:
        ordering = ["key"]
        indexes = [models.Index(fields=["key", "path", "place"])]


class SpelledName(models.Model):
    """A name that something in the books carries, once whatever carries it, so that its letters need not be found anew.

    A memory of the pure function ``qingxi.place.typed``: it can lack a name, but it cannot be wrong; see ``places.spelled``.
    """

    text = models.CharField(max_length=200, unique=True)


class NameLetters(models.Model):
    """Letters by which a name may be begun, at any of its characters."""

    name = models.ForeignKey(SpelledName, models.CASCADE, related_name="letters", db_index=False)
    key = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["key", "name"])]
        constraints = [models.UniqueConstraint(fields=["name", "key"], name="letters_of_a_name_once")]


class Unit(models.Model):
    """A unit: government, department, township, committee, platform company, operator, contractor.

    As with places, the row is the unit, and what it was before is a row of :class:`UnitPast`.
    """

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="units")
    phone = models.CharField(max_length=40, blank=True)
    rank = models.CharField(max_length=20, blank=True)  # 正科, 副科 …
    level = models.CharField(max_length=4, default="县")  # 村 / 乡镇 / 县 / 市 / 省 / 中央, as qingxi.issue.Level
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    since = models.DateField(null=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="came_from")
    ended_by = models.CharField(max_length=200, blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class UnitPast(models.Model):
    """What a unit was until a day: its name, kind and the unit above it then."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="past")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, blank=True)
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="past_children")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField()
    change = models.CharField(max_length=20)
    document = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["valid_to", "id"]


class Duty(models.Model):
    """Who answers for which matter where, in which role, from when to when, on what basis."""

    class Role(models.TextChoices):
        MAIN = "主责", "主责"
        HELPS = "配合", "配合"
        WATCHES = "监督", "监督"
        LOCAL = "属地", "属地"

    class Party(models.TextChoices):
        OFFICE = "政府部门", "政府部门"
        VILLAGE = "村级组织", "村级组织"
        HOUSEHOLD = "农户", "农户"
        OPERATOR = "运维单位", "运维单位"
        INVESTOR = "投资人", "投资人"
        BUILDER = "施工单位", "施工单位"

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="duties")
    subject = models.CharField(max_length=120, blank=True)  # "facility:QX-083" when the duty is for one thing only
    matter = models.CharField(max_length=80)
    role = models.CharField(max_length=8, choices=Role.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="duties")
    unit_name = models.CharField(max_length=80, blank=True)
    person = models.CharField(max_length=40, blank=True)  # empty: an unfilled post, shown as a gap
    title = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    party = models.CharField(max_length=8, choices=Party.choices, default=Party.OFFICE)
    deputy = models.CharField(max_length=40, blank=True)
    deputy_phone = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # the first day on which it holds no more
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")
    basis = models.CharField(max_length=200, blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["place_id", "id"]
        indexes = [models.Index(fields=["subject"]), models.Index(fields=["person"])]


class County(models.Model):
    """The county's own data: who leads, issues and punishes is never a word in the code. One row."""

    place = models.OneToOneField(Place, models.PROTECT)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    issuing_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    lead_department = models.CharField(max_length=80, blank=True)
    issuing_body = models.CharField(max_length=120, blank=True)
    penalty_authority = models.CharField(max_length=80, blank=True)
    crs = models.CharField(max_length=20, blank=True)
    as_of = models.DateField(null=True)
    target_rate = models.FloatField(null=True)  # per cent; the year's task
    main_definition = models.CharField(
        max_length=60, blank=True
    )  # id of qingxi.indicator, the one on the home page
    source_folder = models.CharField(max_length=300, blank=True)
    monitoring_plan = models.CharField(max_length=20, blank=True, default="national")  # of qingxi.facility.PLANS

    class Meta:
        verbose_name_plural = "counties"

    def __str__(self) -> str:
        return self.place.name
