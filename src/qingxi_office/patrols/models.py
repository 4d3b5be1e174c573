"""Custody of what phones send besides the round itself (``readings.VisitRow``): phones, photographs, signs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qingxi_office.people.models import User
from qingxi_office.readings.models import VisitRow


class Phone(models.Model):
    """A phone that sends rounds, by the name it made for itself; its clock as last measured."""

    name = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # who last sent with it
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_counter = models.BigIntegerField(default=0)
    clock_offset_s = models.FloatField(default=0)  # office minus phone, s
    agent = models.CharField(max_length=160, blank=True)


class VisitPhoto(models.Model):
    """A photograph of a round: named with the round, arrives in parts, then is looked at and becomes an attachment."""

    class State(models.TextChoices):
        AWAITED = "awaited", _("还没传完")
        KEPT = "kept", _("收到")
        LOOKED = "looked", _("收好")
        REFUSED = "refused", _("不收")

    visit = models.ForeignKey(VisitRow, models.CASCADE, related_name="photos")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.IntegerField()  # bytes
    source = models.CharField(max_length=64, blank=True, db_index=True)  # hash of the phone's own file
    taken_at = models.DateTimeField(
        null=True
    )  # by the phone's clock, when the shutter was pressed or the file chosen
    state = models.CharField(max_length=8, choices=State.choices, default=State.AWAITED)
    kept_at = models.DateTimeField(null=True)
    print = models.CharField(max_length=64, blank=True)  # fingerprint of the picture
    exif_at = models.DateTimeField(null=True)
    exif_lon = models.FloatField(null=True)
    exif_lat = models.FloatField(null=True)
    attachment_pk = models.BigIntegerField(null=True)
    why = models.CharField(max_length=200, blank=True)  # it was refused

    class Meta:
        ordering = ["visit_id", "id"]
        indexes = [models.Index(fields=["state"]), models.Index(fields=["kept_at"])]
        constraints = [models.UniqueConstraint(fields=["visit", "sha256"], name="a_photo_once_a_round")]


class RoundSign(models.Model):
    """A sign on a round: a clue with its innocent reading, until an officer has looked."""

    class Word(models.TextChoices):
        OPEN = "", _("还没有人看")
        EXPLAINED = "explained", _("有说得通的原因")
        ASK = "ask", _("要去问一问")
        REAL = "real", _("核实属实")

    visit = models.ForeignKey(VisitRow, models.CASCADE, related_name="signs")
    kind = models.CharField(max_length=16)
    said = models.CharField(max_length=300)
    innocent = models.CharField(max_length=200, blank=True)
    figures = models.JSONField(default=dict)
    others = models.JSONField(default=list)  # keys of the rounds it rests on
    made_at = models.DateTimeField()
    word = models.CharField(max_length=10, choices=Word.choices, blank=True, default="")
    note = models.CharField(max_length=200, blank=True)
    looked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    looked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["visit", "kind"], name="a_sign_once_a_round")]
