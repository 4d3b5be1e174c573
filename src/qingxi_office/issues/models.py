"""Custody of problems. When a step may be taken is qingxi.issue's law; the hard laws stand in the database too."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qingxi.issue import photo_clues
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.projects.models import ProjectRecord
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
    raiser = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="issues_raised")  # of a 推进堵点
    project = models.ForeignKey(ProjectRecord, models.PROTECT, null=True, related_name="issues")
    blockage = models.CharField(max_length=8, blank=True, default="")  # as qingxi.issue.BlockageKind
    cause_code = models.CharField(max_length=8, blank=True, default="")  # of qingxi.issue.causes
    cause_group = models.CharField(max_length=8, blank=True, default="")  # its short word
    revisit_on = models.DateField(null=True)  # 回头看 is due; None: not closed, or done
    # Put in as the county kept it on paper: closed before it came here, or never moved here. Never changed afterwards.
    kept_elsewhere = models.BooleanField(default=False)
    because = BecauseField()

    class Meta:
        ordering = ["due_on", "key"]
        indexes = [
            models.Index(fields=["is_open", "due_on", "key"], name="issue_open_due"),
            models.Index(fields=["place", "is_open", "due_on"], name="issue_place_open_due"),
            models.Index(fields=["closed_on", "found_on"], name="issue_closed_found"),
            # what a ledger counts of each sort, without reading the problems themselves
            models.Index(fields=["is_open", "due_on", "found_on", "revisit_on"], name="issue_counts"),
            # What the ledger's menus count, and its list from the newest found: read from the index alone.
            models.Index(
                fields=["is_open", "klass", "source", "cause_group", "state", "rectifier", "place"],
                name="issue_menus",
            ),
            models.Index(fields=["found_on", "key"], name="issue_found"),
            models.Index(fields=["revisit_on"], name="issue_revisit_on", condition=Q(revisit_on__isnull=False)),
        ]
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
        indexes = [models.Index(fields=["step", "on"], name="issue_step_on")]


class IssueEvidence(models.Model):
    """A piece of evidence handed in with a step."""

    issue = models.ForeignKey(IssueRecord, models.CASCADE, related_name="evidence")
    step = models.ForeignKey(IssueStep, models.CASCADE, null=True, related_name="evidence")
    kind = models.CharField(max_length=30)  # as qingxi.issue names it: 整改前照片, 整改后照片, 化验单 …
    text = models.TextField(blank=True)
    file = models.FileField(upload_to="issues/%Y%m", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    answer = models.CharField(max_length=8, blank=True, default="")  # of the reporter, as qingxi.issue.Answer
    refs = BecauseField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    # Of a photograph: what its camera or the phone said, and how far that is from the spot. The file itself tells nothing.
    taken_at = models.DateTimeField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    place_by = models.CharField(max_length=4, blank=True, default="")  # as qingxi.issue.PlaceBy
    metres = models.FloatField(null=True)  # from what stands in ``spot``
    spot = models.CharField(max_length=8, blank=True, default="")  # 站 / 原点位 / 村

    class Meta:
        ordering = ["id"]

    @property
    def clues(self) -> list[str]:
        """What about the photograph asks for a second look; costs nothing where ``issue`` was read with it."""
        if not self.file:
            return []
        return photo_clues(
            metres=self.metres, what=self.spot, taken_on=timezone.localdate(self.taken_at) if self.taken_at else None,
            assigned_on=self.issue.assigned_on, handed_on=timezone.localdate(self.at), mended="后" in self.kind,
        )  # fmt: skip


class IssueErrand(models.Model):
    """What one unit asks of another within a problem (转办、会签、退回、协办), each with its own term."""

    issue = models.ForeignKey(IssueRecord, models.CASCADE, related_name="errands")
    kind = models.CharField(max_length=4)  # as qingxi.issue.ErrandKind
    asker = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    asked = models.ForeignKey(Unit, models.PROTECT, related_name="errands")
    said = models.TextField(blank=True)
    asked_on = models.DateField()
    due_on = models.DateField()
    by_name = models.CharField(max_length=80)
    answered_on = models.DateField(null=True)
    answered_by = models.CharField(max_length=80, blank=True)
    agrees = models.BooleanField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_on=None) | ~Q(answered_by=""), name="errand_is_answered_by_a_person"
            )
        ]


class IssueNudge(models.Model):
    """A word to the unit whose turn it is (催办): once a day by one person, for one problem."""

    issue = models.ForeignKey(IssueRecord, models.CASCADE, related_name="nudges")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")  # that was told
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=80)
    on = models.DateField()
    said = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["issue", "by", "on"], name="one_nudge_a_day")]


class CrossCase(models.Model):
    """A problem across a county border: put to another county by letter and file, or received from one; both clocks kept."""

    class Way(models.TextChoices):
        OUT = "out", _("去函")
        IN = "in", _("来函")

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SENT = "sent", _("等答复")
        ANSWERED = "answered", _("已答复")

    issue = models.ForeignKey(IssueRecord, models.CASCADE, related_name="crossings")
    way = models.CharField(max_length=3, choices=Way.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    other = models.CharField(max_length=80)  # the other county
    other_key = models.CharField(max_length=60, blank=True)  # its own number for the matter
    title = models.CharField(max_length=120)
    text = models.TextField()
    number = models.CharField(max_length=60, blank=True)  # 文号, given by the document system
    sent_on = models.DateField(null=True)
    reply_by = models.DateField(null=True)
    their_due_on = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    takes = models.BooleanField(null=True)
    answer = models.TextField(blank=True)
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["id"]


class IssueLetter(models.Model):
    """A letter drafted for a problem that is overdue: 提示函, 督办单, 约谈建议; a 工作函 to a peer.

    The round only proposes; a named person signs.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SIGNED = "signed", _("已签发")
        DROPPED = "dropped", _("不发")

    issue = models.ForeignKey(IssueRecord, models.CASCADE, related_name="letters")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")  # to whom
    kind = models.CharField(max_length=8, default="提示函")  # as qingxi.issue.LetterKind
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
