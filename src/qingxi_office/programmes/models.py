"""Custody of lots, other works and their clashes."""

from django.db import models
from django.db.models import Q

from qingxi_office.people.models import User
from qingxi_office.places.models import Place
from qingxi_office.plans.models import PlanRecord
from qingxi_office.trail.because import BecauseField


class LotRow(models.Model):
    """A lot: systems built together in one year, with its money by source."""

    key = models.CharField(max_length=60, unique=True)
    plan = models.ForeignKey(PlanRecord, models.CASCADE, null=True, related_name="lots")
    name = models.CharField(max_length=120)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="lots")
    year = models.IntegerField(null=True)  # None: does not fit into the money of these years
    mode = models.CharField(max_length=20, blank=True)
    households = models.IntegerField(default=0)
    cost_fen = models.BigIntegerField()
    funds = models.JSONField(default=list)  # [{"fund", "amount_fen"}]
    mandatory = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["year", "key"]
        constraints = [models.CheckConstraint(condition=Q(cost_fen__gte=0), name="lot_cost_not_negative")]


class OtherWork(models.Model):
    """Another department's road, toilet, water or ditch job."""

    key = models.CharField(max_length=60, unique=True)
    department = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=120)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    budget_fen = models.BigIntegerField(null=True)
    surface = models.CharField(max_length=12, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="other_works")
    geometry = models.BinaryField(null=True)  # WKB, EPSG:4490
    because = BecauseField()

    class Meta:
        ordering = ["start", "key"]


class Clash(models.Model):
    """A road to be dug twice, or a chance to dig once (修路与管网)."""

    key = models.CharField(max_length=120, unique=True)
    lot = models.ForeignKey(LotRow, models.CASCADE, related_name="clashes")
    work = models.ForeignKey(OtherWork, models.CASCADE, related_name="clashes")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="clashes")
    overlap_m = models.FloatField()
    months_apart = models.FloatField()
    saved_fen = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, default="未处理")  # 未处理 / 已提议 / 已同步 / 不同步
    note = models.TextField(blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["-saved_fen", "key"]


class ClashLetter(models.Model):
    """The letter (函) to the other department about a clash: drafted by the system, worded and signed by a person."""

    class State(models.TextChoices):
        DRAFT = "draft", "函稿"
        SENT = "sent", "已发出"
        ANSWERED = "answered", "已答复"
        DROPPED = "dropped", "不发"

    class Answer(models.TextChoices):
        TOGETHER = "together", "同意同步"
        LATER = "later", "改时间再议"
        NO = "no", "不能同步"

    clash = models.ForeignKey(Clash, models.CASCADE, related_name="letters")
    department = models.CharField(max_length=80)
    title = models.CharField(max_length=160)
    text = models.TextField()  # a paragraph a line
    issuer = models.CharField(max_length=120, blank=True)
    reply_by = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    drafted_on = models.DateField()
    number = models.CharField(max_length=60, blank=True)  # 文号, given by the document system
    sent_on = models.DateField(null=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True, default="")
    answer_text = models.TextField(blank=True, default="")
    answered_on = models.DateField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["-drafted_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clash"], condition=Q(state__in=["draft", "sent"]), name="one_open_letter_a_clash"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"]) | Q(signed_by__isnull=False, sent_on__isnull=False),
                name="a_sent_letter_was_signed",
            ),
        ]
