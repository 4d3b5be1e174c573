"""Custody of call-overs, cards, bulletins, receipts and letters."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qingxi.bulletin import Card, CardState
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.because import BecauseField


class CallOverRecord(models.Model):
    """One call-over (调度): the frozen bytes of qingxi.bulletin.CallOver with their hash. Never changed, only followed."""

    class Cadence(models.TextChoices):
        WEEK = "week", _("周调度")
        MONTH = "month", _("月调度")

    key = models.CharField(max_length=40, unique=True)  # DD-202611-01, DD-2026W47-01
    cadence = models.CharField(max_length=8, choices=Cadence.choices)
    name = models.CharField(max_length=40)  # 2026年11月
    period = models.CharField(max_length=20)  # 2026-11, 2026-W47
    start = models.DateField()
    as_of = models.DateField()
    body = models.BinaryField()  # zlib of the canonical JSON
    sha256 = models.CharField(max_length=64)  # of the JSON
    taken_at = models.DateTimeField()
    taken_by_name = models.CharField(max_length=80)
    counts = models.JSONField(default=dict)  # what it holds, for lists: {"slow": 3, "cards": 2, …}
    trail_head = models.CharField(max_length=64, blank=True)
    trail_count = models.IntegerField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["-as_of", "-id"]
        indexes = [models.Index(fields=["cadence", "period"])]

    def __str__(self) -> str:
        return f"{self.name}调度"


class CardRecord(models.Model):
    """A red or yellow card: proposed by rule; shown only when told first and decided by a named person."""

    callover = models.ForeignKey(CallOverRecord, models.PROTECT, related_name="cards")
    place = models.ForeignKey(Place, models.PROTECT, related_name="cards")
    proposed = models.CharField(max_length=4, choices=[(c.value, c.value) for c in Card])
    reasons = models.JSONField(default=list)
    state = models.CharField(
        max_length=8, default=CardState.PROPOSED.value, choices=[(s.value, s.value) for s in CardState]
    )
    noticed_on = models.DateField(null=True)
    noticed_by = models.CharField(max_length=80, blank=True)
    answer_by = models.DateField(null=True)
    answer = models.TextField(blank=True)
    answered_on = models.DateField(null=True)
    answered_by = models.CharField(max_length=80, blank=True)
    decided = models.CharField(max_length=4, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=80, blank=True)
    decided_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    appeal_by = models.DateField(null=True)
    appeal = models.TextField(blank=True)
    appealed_on = models.DateField(null=True)
    appealed_by = models.CharField(max_length=80, blank=True)
    heard_by = models.CharField(max_length=80, blank=True)
    heard_on = models.DateField(null=True)
    heard_reason = models.TextField(blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["-callover__as_of", "place__code", "-id"]
        indexes = [models.Index(fields=["state"])]
        constraints = [
            models.UniqueConstraint(fields=["callover", "place"], name="one_card_a_call_over_and_place"),
            models.CheckConstraint(
                condition=Q(state__in=["建议", "已告知", "已说明"])
                | (Q(decided_by__isnull=False) & Q(decided_on__isnull=False) & ~Q(decided="")),
                name="card_is_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["已亮牌", "申诉中", "维持"]) | Q(noticed_on__isnull=False),
                name="card_is_told_before_it_is_shown",
            ),
        ]


class PraiseRecord(models.Model):
    """A village that a named officer decided to praise."""

    callover = models.ForeignKey(CallOverRecord, models.PROTECT, related_name="praises")
    place = models.ForeignKey(Place, models.PROTECT, related_name="praises")
    why = models.CharField(max_length=200)
    officer = models.ForeignKey(User, models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["callover", "place"], name="praised_once")]


class BulletinRecord(models.Model):
    """One bulletin. Issued means that number, signer, day and scan have come back; we never invent a number."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SENT = "sent", _("已送审")
        APPROVED = "approved", _("已审定")
        HANDED = "handed", _("已交公文系统")
        ISSUED = "issued", _("已印发")

    key = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    period = models.CharField(max_length=20)  # 2026-11, 2026-W47
    as_of = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    callover = models.ForeignKey(CallOverRecord, models.PROTECT, null=True, related_name="bulletins")
    decided = models.JSONField(default=dict)  # cards and praises as they stood when it was composed
    reworded = models.JSONField(default=dict)  # templates of sentences by key, "" leaves the sentence out
    added = models.JSONField(default=dict)  # templates of sentences put after the one with the key
    content = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)  # of the content
    security = models.CharField(max_length=12, blank=True, default="")  # 密级, "" where none is asked for
    urgency = models.CharField(max_length=8, blank=True, default="")  # 紧急程度
    copies_number = models.CharField(max_length=6, blank=True, default="")  # 份号, six digits
    file = models.FileField(upload_to="bulletins", blank=True)
    pdf = models.FileField(upload_to="bulletins", blank=True)
    pages = models.IntegerField(default=0)  # of the PDF
    document_number = models.CharField(max_length=60, blank=True)
    signer = models.CharField(max_length=40, blank=True)
    issued_on = models.DateField(null=True)
    scan = models.FileField(upload_to="bulletins", blank=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    edited_by = models.JSONField(default=list)  # numbers of the people who worded it
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    returned_why = models.TextField(blank=True, default="")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_how = models.CharField(max_length=200, blank=True, default="")
    handed_at = models.DateTimeField(null=True)
    handed_by_name = models.CharField(max_length=80, blank=True, default="")
    package_sha256 = models.CharField(max_length=64, blank=True, default="")
    trail_head = models.CharField(max_length=64, blank=True)  # of the trail when it was drafted
    trail_count = models.IntegerField(null=True)  # rows of the trail then; unknown in early ones
    because = BecauseField()

    class Meta:
        ordering = ["-as_of", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="issued")
                | (~Q(document_number="") & ~Q(signer="") & Q(issued_on__isnull=False)),
                name="issued_needs_number_signer_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_by__isnull=False),
                name="bulletin_is_approved_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReceiptRecord(models.Model):
    """A township's receipt (签收) of an issued bulletin, and the answer it owes where the bulletin names it."""

    bulletin = models.ForeignKey(BulletinRecord, models.PROTECT, related_name="receipts")
    place = models.ForeignKey(Place, models.PROTECT, related_name="bulletin_receipts")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    must_reply = models.BooleanField(default=False)
    sign_by = models.DateField()
    reply_by = models.DateField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_by_name = models.CharField(max_length=80, blank=True)
    on_paper = models.BooleanField(default=False)  # the county wrote down a receipt that came on paper
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True)
    replied_by_name = models.CharField(max_length=80, blank=True)
    returned_why = models.TextField(blank=True)  # the county sent the answer back: it is owed again
    accepted_at = models.DateTimeField(null=True)
    accepted_by_name = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["place__code"]
        indexes = [models.Index(fields=["reply_by"])]
        constraints = [models.UniqueConstraint(fields=["bulletin", "place"], name="one_receipt_a_township")]


class PeerLetter(models.Model):
    """A paper for a unit that no bulletin names: 函 to a department, 提示函 to a firm. A named person signs it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SIGNED = "signed", _("已签发")
        DROPPED = "dropped", _("不发")

    bulletin = models.ForeignKey(BulletinRecord, models.PROTECT, related_name="letters")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    unit_name = models.CharField(max_length=80)
    paper = models.CharField(max_length=12)  # of qingxi.bulletin.Paper
    title = models.CharField(max_length=120)
    text = models.TextField()
    issuer = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    number = models.CharField(max_length=60, blank=True)  # given by the document system
    sent_on = models.DateField(null=True)
    reply_by = models.DateField(null=True)
    answer = models.TextField(blank=True)
    answered_on = models.DateField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="signed") | (Q(decided_by__isnull=False) & Q(sent_on__isnull=False)),
                name="peer_letter_is_signed_by_a_person",
            ),
            models.UniqueConstraint(fields=["bulletin", "paper", "unit_name"], name="one_peer_letter_a_unit"),
        ]
