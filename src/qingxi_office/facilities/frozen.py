"""Custody of the register as it stood on a day: counts, a digest, and the rows themselves."""

from django.db import models

from qingxi_office.places.models import Place
from qingxi_office.trail.because import BecauseField


class Snapshot(models.Model):
    """The register frozen on a day. Never changed; its digest stands in the trail."""

    key = models.CharField(max_length=20, unique=True)  # DJ-2026-1120-1
    title = models.CharField(max_length=120)
    on = models.DateField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=80)
    why = models.CharField(max_length=200, blank=True)
    counts = models.JSONField()  # rows of each kind
    sha256 = models.CharField(max_length=64)
    because = BecauseField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.title


class SnapshotPart(models.Model):
    """Rows of one kind in one village (or the county's own), compressed; equal digests are equal rows."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=20)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    count = models.IntegerField()
    sums = models.JSONField(default=dict)  # of the figures that are compared in a table
    sha256 = models.CharField(max_length=64)
    rows = models.BinaryField()  # deflated JSON: one list of fields, then rows

    class Meta:
        ordering = ["kind", "place__code"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "kind", "place"], name="one_part_per_kind_and_place")
        ]
