"""Custody of returns. When a step may be taken is qingxi.filing's law."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class ReturnForm(models.Model):
    """One version of a form (qingxi.filing.Form as TOML). A new version holds for periods opened after it."""

    key = models.CharField(max_length=40)
    version = models.IntegerField()
    name = models.CharField(max_length=80)
    period_kind = models.CharField(max_length=4)
    text = models.TextField()
    is_current = models.BooleanField(default=True)
    kept_at = models.DateTimeField()
    kept_by = models.CharField(max_length=80)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="form_version_once"),
            models.UniqueConstraint(fields=["key"], condition=Q(is_current=True), name="one_current_version"),
        ]

    def __str__(self) -> str:
        return self.name


class ReturnPeriod(models.Model):
    """One form for one period: who owes it was decided when it was opened."""

    form = models.ForeignKey(ReturnForm, models.PROTECT, related_name="periods")
    form_key = models.CharField(max_length=40)
    key = models.CharField(max_length=12)  # of qingxi.filing.Period: 2026-10
    first_day = models.DateField()
    last_day = models.DateField()
    due_on = models.DateField()
    opened_on = models.DateField()
    locked_on = models.DateField(null=True)
    locked_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-last_day", "form_id"]
        constraints = [models.UniqueConstraint(fields=["form_key", "key"], name="form_and_period_once")]

    def __str__(self) -> str:
        return f"{self.form.name} {self.key}"


class ReturnRecord(models.Model):
    """One unit's return of one period, as qingxi.filing.Return."""

    class State(models.TextChoices):
        OWED = "应报", _("应报")
        FILLING = "填报中", _("填报中")
        COMPLETE = "完整", _("完整")
        SUBMITTED = "已提交", _("已提交")
        RETURNED = "已退回", _("已退回")
        APPROVED = "已审核", _("已审核")
        LOCKED = "已锁定", _("已锁定")
        EXCEPTION = "解锁例外", _("解锁例外")

    key = models.CharField(max_length=60, unique=True)  # monthly-2026-10-999901100
    period = models.ForeignKey(ReturnPeriod, models.PROTECT, related_name="returns")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="returns")
    place = models.ForeignKey(Place, models.PROTECT, related_name="returns")
    state = models.CharField(max_length=6, choices=State.choices, default=State.OWED)
    touched = models.BooleanField(default=False)
    stands = models.IntegerField(default=0)  # doubts that still stand
    to_fill = models.IntegerField(default=0)  # asked fields that are empty
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_by_name = models.CharField(max_length=80, blank=True)
    submitted_at = models.DateTimeField(null=True)
    first_submitted_on = models.DateField(null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_by_name = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    times_returned = models.IntegerField(default=0)
    reason = models.TextField(blank=True)  # of its coming back, or of its exception
    was_locked = models.BooleanField(default=False)
    open_fields = models.JSONField(default=list)
    until = models.DateField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    drift = models.JSONField(default=list)  # fields whose figure in the books moved since it was handed in
    because = BecauseField()

    class Meta:
        ordering = ["-period__last_day", "place__code", "id"]
        indexes = [models.Index(fields=["state"]), models.Index(fields=["place", "state"])]
        constraints = [
            models.UniqueConstraint(fields=["period", "unit"], name="one_return_a_unit_and_period"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(submitted_by=None) | ~Q(approved_by=F("submitted_by")),
                name="who_submits_never_approves",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("已提交", "已审核", "已锁定")) | Q(first_submitted_on__isnull=False),
                name="handed_in_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class ReturnValue(models.Model):
    """One value of a return, where it comes from, and what the books say."""

    record = models.ForeignKey(ReturnRecord, models.CASCADE, related_name="values")
    field = models.CharField(max_length=40)
    number = models.FloatField(null=True)
    text = models.TextField(blank=True)
    origin = models.CharField(max_length=8)  # 账上取数 / 填报
    live = models.FloatField(null=True)  # what the books said when last asked
    unknown = models.CharField(max_length=200, blank=True)  # why they could not say
    refs = BecauseField()
    by_name = models.CharField(max_length=80, blank=True)
    on = models.DateField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["record", "field"], name="one_value_a_field")]


class ReturnReason(models.Model):
    """Why a doubt may stand; good for the figures ``of`` that it explains."""

    record = models.ForeignKey(ReturnRecord, models.CASCADE, related_name="reasons")
    check_id = models.CharField(max_length=60)
    of = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["record", "check_id"], name="one_reason_a_check")]


class ReturnChange(models.Model):
    """One change of a typed value. ``later``: after the first submission, which is listed with its reason for good."""

    record = models.ForeignKey(ReturnRecord, models.CASCADE, related_name="changes")
    field = models.CharField(max_length=40)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    later = models.BooleanField(default=False)
    after_lock = models.BooleanField(default=False)
    by_pk = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["record", "-id"])]


class ReturnStep(models.Model):
    """A step of a return: from, to, by whom, when, with what words."""

    record = models.ForeignKey(ReturnRecord, models.CASCADE, related_name="steps")
    old = models.CharField(max_length=6)
    new = models.CharField(max_length=6)
    what = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        ordering = ["id"]


class ReturnSheet(models.Model):
    """A workbook that came back filled in, and the same file with its red cells."""

    record = models.ForeignKey(ReturnRecord, models.CASCADE, related_name="sheets")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="returns/%Y%m")
    red = models.FileField(upload_to="returns/%Y%m", blank=True)
    taken = models.IntegerField(default=0)
    faults = models.JSONField(default=list)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
