"""Custody of problems. When a step may be taken is qingxi.issue's law; the hard laws stand in the database too."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class IssueRecord(models.Model):
    """One problem with its four roles: rectifier, lead, verifier, closer (整改、牵头、核查、销号)."""

    key = models.CharField(max_length=40, unique=True)  # 编号
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    category = models.CharField(max_length=20, blank=True, default="")  # as the county's own ledger calls it
    klass = models.CharField(max_length=12)  # 一般 / 重点 / 督办 / 推进堵点
    level = models.CharField(max_length=4, default="县")  # that issued it: closing below it is against the law
    source = models.CharField(max_length=20, blank=True)  # 系统发现 / 群众反映 / 抽查 / 上级 …
    place = models.ForeignKey(Place, models.PROTECT, related_name="issues")
    facility = models.ForeignKey(FacilityRecord, models.PROTECT, null=True, related_name="issues")
    finding = models.ForeignKey(FindingRecord, models.PROTECT, null=True, related_name="issues")
    report_code = models.CharField(max_length=12, blank=True)  # of intake.PublicReport
    rectifier = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="issues_to_rectify")
    lead = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="issues_to_lead")
    verifier = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="issues_to_verify")
    closer = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="issues_to_close")
    found_on = models.DateField()
    assigned_on = models.DateField()
    merged_into = models.CharField(max_length=40, blank=True)
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=20)
    reason = models.TextField(blank=True)  # of the present state: why returned, why extended
    cause = models.CharField(max_length=80, blank=True)
    published_from = models.DateField(null=True)
    published_to = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    closed_by_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="issues_closed")
    is_open = models.BooleanField(default=True)
    because = BecauseField()

    class Meta:
        ordering = ["due_on", "key"]
        indexes = [models.Index(fields=["is_open", "due_on"]), models.Index(fields=["place", "is_open"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_by_unit=None) | Q(rectifier=None) | ~Q(closed_by_unit=F("rectifier")),
                name="who_rectifies_never_closes",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None, closed_by_unit=None)
                | (Q(closed_on__isnull=False) & Q(closed_by_unit__isnull=False) & Q(rectifier__isnull=False)),
                name="closing_has_day_and_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"


class IssueStep(models.Model):
    """A step taken: from, to, by whom of which unit in which role, when, with what note."""

    issue = models.ForeignKey(IssueRecord, models.CASCADE, related_name="steps")
    step = models.CharField(max_length=20)
    old = models.CharField(max_length=20, blank=True)
    new = models.CharField(max_length=20)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=80)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=12, blank=True)
    on = models.DateField()
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]


class IssueEvidence(models.Model):
    """A piece of evidence handed in with a step."""

    issue = models.ForeignKey(IssueRecord, models.CASCADE, related_name="evidence")
    step = models.ForeignKey(IssueStep, models.CASCADE, null=True, related_name="evidence")
    kind = models.CharField(max_length=30)  # as qingxi.issue names it: 整改前照片, 整改后照片, 化验单 …
    text = models.TextField(blank=True)
    file = models.FileField(upload_to="issues/%Y%m", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    refs = BecauseField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class IssueLetter(models.Model):
    """A reminder (提示函) drafted for a problem that is overdue. The round only proposes; a named person signs."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SIGNED = "signed", _("已签发")
        DROPPED = "dropped", _("不发")

    issue = models.ForeignKey(IssueRecord, models.CASCADE, related_name="letters")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")  # to whom
    issuer = models.CharField(max_length=120, blank=True)  # the county's issuing body on that day
    text = models.TextField()
    days_over = models.IntegerField()  # working days on the day of drafting
    drafted_on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    number = models.CharField(max_length=60, blank=True)  # 文号, given by the document system

    class Meta:
        ordering = ["state", "-drafted_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="signed") | Q(decided_by__isnull=False), name="letter_is_signed_by_a_person"
            ),
            models.UniqueConstraint(fields=["issue", "drafted_on"], name="one_letter_a_day"),
        ]
