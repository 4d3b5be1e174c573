"""Custody of spot checks. A campaign's list is not kept until its teams leave: until then there is only its fingerprint."""

from fractions import Fraction

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qingxi.indicator import percent
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class InspectionPlan(models.Model):
    """One line of the yearly 涉企检查 plan: without it nobody goes to an enterprise."""

    year = models.IntegerField()
    title = models.CharField(max_length=120)
    matter = models.CharField(max_length=200)  # what is looked at
    document = models.CharField(max_length=120)  # by which document it was approved
    approved_on = models.DateField()
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["-year", "id"]

    def __str__(self) -> str:
        return f"{self.year} {self.title}"


class Officer(models.Model):
    """One of the list of enforcement officers (执法检查人员名录库)."""

    name = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    licence = models.CharField(max_length=40, unique=True)
    valid_to = models.DateField()
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Campaign(models.Model):
    """One spot check, from its plan to its result."""

    class Kind(models.TextChoices):
        RANDOM = "抽查评估", _("抽查评估")
        TARGETED = "专项检查", _("专项检查、暗访")
        DOUBLE = "双随机", _("双随机、一公开")

    class State(models.TextChoices):
        DRAFT = "draft", _("拟定")
        FROZEN = "frozen", _("名单已冻结")
        COMMITTED = "committed", _("承诺已公布")
        DRAWN = "drawn", _("已抽取，封存")
        FIELD = "field", _("现场检查")
        DONE = "done", _("已出结果")
        CANCELLED = "cancelled", _("不查了")

    key = models.CharField(max_length=20, unique=True)  # CJ-2026-0001
    kind = models.CharField(max_length=6, choices=Kind.choices)
    title = models.CharField(max_length=120)
    place = models.ForeignKey(Place, models.PROTECT, related_name="campaigns")
    organiser = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="campaigns")
    measured_by = models.CharField(max_length=120)  # who measured, as it is printed with the rate
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="campaigns")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    required = models.FloatField(default=0.8)  # share asked for, 0 to 1
    checklist = models.CharField(max_length=20)
    plan = models.ForeignKey(InspectionPlan, models.PROTECT, null=True, related_name="campaigns")
    reason = models.CharField(max_length=300, blank=True)  # of a targeted check: why there; of a cancellation
    # the list drawn from
    frame_source = models.CharField(max_length=120, blank=True)
    frame_on = models.DateField(null=True)
    strata = models.JSONField(default=list)  # fields of a row that make its stratum
    population = models.IntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True)
    left_out = models.JSONField(default=dict)  # reason: stations
    sizing = models.JSONField(default=dict)  # what was put into the calculator and came out
    # commit first, reveal after
    design = models.JSONField(default=dict)
    outside_name = models.CharField(max_length=120, blank=True)
    outside_day = models.DateField(null=True)
    outside_value = models.CharField(max_length=80, blank=True)
    nonce = models.CharField(max_length=64, blank=True)
    commitment = models.CharField(max_length=64, blank=True)
    committed_at = models.DateTimeField(null=True)
    drawn_at = models.DateTimeField(null=True)
    drawn_n = models.IntegerField(default=0)
    list_digest = models.CharField(max_length=64, blank=True)
    depart_on = models.DateField(null=True)
    back_on = models.DateField(null=True)
    revealed_at = models.DateTimeField(null=True)
    done_on = models.DateField(null=True)
    published_at = models.DateTimeField(null=True)
    # the result of a random sample, shares 0 to 1; of no other kind
    share = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    hits = models.IntegerField(null=True)
    visited = models.IntegerField(null=True)
    result = models.JSONField(default=dict)  # variance, design effect, methods, by operator, agreement
    because = BecauseField()

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["state", "-made_at"]), models.Index(fields=["place", "kind", "-done_on"])]
        constraints = [
            # 专项检查 and 双随机 give problems: not even by hand can a rate be written on them.
            models.CheckConstraint(
                condition=Q(kind="抽查评估") | Q(share=None, low=None, high=None, hits=None),
                name="only_a_random_sample_has_a_rate",
            ),
            models.CheckConstraint(
                condition=Q(drawn_at=None) | Q(committed_at__isnull=False, drawn_at__gte=F("committed_at")),
                name="sample_committed_before_drawn",
            ),
            models.CheckConstraint(
                condition=Q(revealed_at=None) | Q(drawn_at__isnull=False, revealed_at__gte=F("drawn_at")),
                name="sample_drawn_before_revealed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def printed(self) -> str:
        """The rate as it is printed everywhere, one decimal, half up; "" of a check without one."""
        if self.share is None:
            return ""
        return str(self.result.get("printed") or f"{percent(Fraction(repr(self.share)), 1, 1)}%")


class FrameRow(models.Model):
    """One station (or, in 双随机, one enterprise) of a campaign's list as it was on the day it was frozen."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="frame")
    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    county = models.CharField(max_length=80, blank=True)
    township = models.CharField(max_length=80, blank=True)
    operator = models.CharField(max_length=80, blank=True)
    design_m3_d = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    reported = models.BooleanField(null=True)  # what its operator says of it: runs; None: says nothing
    excluded = models.CharField(max_length=10, blank=True)
    stratum = models.CharField(max_length=200, blank=True)
    cluster = models.CharField(max_length=160, blank=True)
    facility = models.ForeignKey(FacilityRecord, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["campaign", "key"], name="one_row_a_station_and_campaign")]


class Team(models.Model):
    """Who goes: two or more. ``opened_at`` is when its sealed list was opened, and by whom."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=40)
    opened_at = models.DateTimeField(null=True)
    opened_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="one_team_a_name")]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """One person of a team; in 双随机 a licensed officer. Who stood back keeps the row, with the reason."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="members")
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="teams")
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="teams")
    name = models.CharField(max_length=40)
    recused_on = models.DateField(null=True)
    recused_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]


class Visit(models.Model):
    """One station that was drawn (or chosen), known from the opening of its team's list on."""

    class State(models.TextChoices):
        OPEN = "open", _("没有录入")
        ONE = "one", _("录了一份")
        DIFFERS = "differs", _("两份不一样")
        SETTLED = "settled", _("定了")
        CANNOT = "cannot", _("没查成")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="visits")
    row = models.ForeignKey(FrameRow, models.PROTECT, related_name="visits")
    team = models.ForeignKey(Team, models.PROTECT, related_name="visits")
    parts = models.JSONField(default=list)  # strata or clusters by which it was drawn
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    visited_on = models.DateField(null=True)
    answers = models.JSONField(default=dict)
    effective = models.BooleanField(null=True)
    note = models.TextField(blank=True)  # what was seen, why it was not visited, why the third decided so
    settled_by = models.CharField(max_length=80, blank=True)
    issue_key = models.CharField(max_length=20, blank=True)  # the problem in the ledger that came of it

    class Meta:
        ordering = ["row__key"]
        indexes = [models.Index(fields=["campaign", "state"])]
        constraints = [models.UniqueConstraint(fields=["campaign", "row"], name="one_visit_a_station_and_campaign")]


class Entry(models.Model):
    """What one person entered of a visit, without seeing what the other entered."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="entries")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=80)
    answers = models.JSONField(default=dict)
    effective = models.BooleanField(null=True)
    visited_on = models.DateField()
    note = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["visit", "by"], name="one_entry_a_person_and_visit")]
