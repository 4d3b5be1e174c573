"""Custody of appraisals. What a mark may be and who writes when is qingxi.appraisal's law."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class CountyScheme(models.Model):
    """A scheme that the county brought (TOML); a changed one is a new version, an old one is never changed."""

    scheme = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    text = models.TextField()
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["scheme", "-at"]
        constraints = [models.UniqueConstraint(fields=["scheme", "version"], name="one_scheme_a_version")]


class Appraisal(models.Model):
    """One unit judged for one period by one scheme, frozen as it was on the day of opening."""

    class State(models.TextChoices):
        SELF = "自评", _("自评")
        CHECK = "核查", _("核查")
        OBJECTION = "异议", _("异议")
        FINAL = "定稿", _("定稿")

    key = models.CharField(max_length=40, unique=True)  # KH-2026-H2-03
    period = models.CharField(max_length=20)  # 2026-11, 2026-Q4, 2026-H2, 2026
    begins_on = models.DateField()
    ends_on = models.DateField()
    subject = models.ForeignKey(Unit, models.PROTECT, related_name="appraisals")
    place = models.ForeignKey(Place, models.PROTECT, related_name="appraisals")
    scheme = models.CharField(max_length=60)
    scheme_name = models.CharField(max_length=120)
    scheme_version = models.CharField(max_length=20)
    scheme_text = models.TextField()
    state = models.CharField(max_length=4, choices=State.choices, default=State.SELF)
    opened_on = models.DateField()
    objections_until = models.DateField(null=True)
    accepted_on = models.DateField(null=True)  # the subject said that it has no objection
    marks = models.DecimalField(max_digits=4, decimal_places=1, null=True)  # final only
    grade = models.CharField(max_length=20, blank=True)
    failed = models.BooleanField(default=False)  # by a veto
    final_on = models.DateField(null=True)
    final_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    final_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    because = BecauseField()

    class Meta:
        ordering = ["-ends_on", "key"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "period", "scheme"], name="one_appraisal_a_period"),
            models.CheckConstraint(
                condition=Q(final_unit=None) | ~Q(final_unit=F("subject")), name="who_is_judged_never_signs"
            ),
            models.CheckConstraint(
                condition=~Q(state="定稿")
                | Q(marks__isnull=False, final_by__isnull=False, final_unit__isnull=False, final_on__isnull=False),
                name="final_has_marks_and_signer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.subject}"


class Sheet(models.Model):
    """One sheet of an appraisal: of a facility, or of the subject as a whole."""

    appraisal = models.ForeignKey(Appraisal, models.CASCADE, related_name="sheets")
    facility = models.ForeignKey(FacilityRecord, models.PROTECT, null=True, related_name="appraisal_sheets")
    vetoes = models.JSONField(default=list)  # [{"code", "note", "by", "on"}]
    clues = models.JSONField(
        default=dict
    )  # item → what the books say on opening: {"text", "share", "taken", "refs"}

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["appraisal", "facility"], name="one_sheet_a_facility")]


class SheetMark(models.Model):
    """What stands for one item in one stage."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="marks")
    item = models.CharField(max_length=40)
    stage = models.CharField(max_length=4)  # 自评 / 核查 / 定稿
    taken = models.JSONField(default=dict)  # deduction → [marks as text, one a time]
    share = models.CharField(max_length=40, blank=True)  # decimal as text, of a ratio item
    absent = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["sheet", "item", "stage"], name="one_mark_a_stage")]


class Objection(models.Model):
    """The subject does not agree with the check of one item; somebody else than the checker answers."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="objections")
    item = models.CharField(max_length=40)
    text = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=80)
    on = models.DateField()
    upheld = models.BooleanField(null=True)  # None: not yet answered
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_on = models.DateField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(upheld=None) | (~Q(answer="") & Q(answered_by__isnull=False) & ~Q(answered_by=F("by"))),
                name="objection_is_answered_by_another",
            )
        ]


class CareTerms(models.Model):
    """What one contract pays by: its formula, its prices, its days."""

    key = models.CharField(max_length=40, unique=True)  # the contract's own number
    name = models.CharField(max_length=120)
    operator = models.ForeignKey(Unit, models.PROTECT, related_name="care_terms")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    formula = models.CharField(max_length=20)  # yunan_plant / yunan_network / maonan
    price_mills_m3 = models.BigIntegerField(null=True)  # thousandths of a yuan a m³, of plants
    annual_fen = models.BigIntegerField(null=True)  # of networks
    design_m3_d = models.FloatField(null=True)
    scheme = models.CharField(max_length=60)  # by which its operator is judged
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    document = models.CharField(max_length=120, blank=True)
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["key"]


class CarePayment(models.Model):
    """What one contract pays for one month, with every line of its working; computed again is a new row."""

    terms = models.ForeignKey(CareTerms, models.PROTECT, related_name="payments")
    month = models.DateField()  # its first day
    appraisal = models.ForeignKey(
        Appraisal, models.PROTECT, null=True, related_name="payments"
    )  # of the period before
    first = models.BooleanField(default=False)  # the contract's first period pays by 1
    inputs = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    missing = models.JSONField(default=list)  # then there is no amount
    amount_fen = models.BigIntegerField(null=True)
    computed_at = models.DateTimeField()
    by_name = models.CharField(max_length=80)
    because = BecauseField()

    class Meta:
        ordering = ["-month", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen=None) | Q(missing=[]), name="no_amount_while_an_input_is_missing"
            )
        ]
