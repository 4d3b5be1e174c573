"""Custody of published things: frozen copies, never views of living records."""

from django.db import models
from django.db.models import Q

from qingxi_office.trail.because import BecauseField


class Publication(models.Model):
    """One published thing. A newer one under the same key supersedes it; nothing published is changed."""

    kind = models.CharField(max_length=20)  # facility / rate / village / issue / bulletin
    key = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    as_of = models.DateField()
    data = models.JSONField()
    by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=80)
    published_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    because = BecauseField()

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(superseded_at=None), name="one_current_publication"
            )
        ]
