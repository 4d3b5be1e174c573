"""Custody of bulletins."""

from django.db import models
from django.db.models import Q

from qingxi_office.people.models import User
from qingxi_office.trail.because import BecauseField


class BulletinRecord(models.Model):
    """One bulletin. Issued means that number, signer, day and scan have come back; we never invent a number."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SENT = "sent", "已送审"
        ISSUED = "issued", "已印发"

    key = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    period = models.CharField(max_length=20)  # 2026-11
    as_of = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    content = models.JSONField(default=dict)
    file = models.FileField(upload_to="bulletins", blank=True)
    document_number = models.CharField(max_length=60, blank=True)
    signer = models.CharField(max_length=40, blank=True)
    issued_on = models.DateField(null=True)
    scan = models.FileField(upload_to="bulletins", blank=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
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
            )
        ]
