"""Custody of what was removed and merged. Knows any record as (kind, key) and as the rows it was made of."""

from django.db import models


class Removal(models.Model):
    """A record in the recycle bin: its rows, whole, until it is taken back or its time is over."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    on_record = models.CharField(max_length=160, blank=True)  # "issue:WT-1": what it hung on, whose right holds
    place_path = models.CharField(max_length=120, blank=True)
    rows = models.JSONField(default=list)
    why = models.CharField(max_length=200, blank=True)
    by_pk = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    until = models.DateField()
    restored_at = models.DateTimeField(null=True)
    restored_by = models.CharField(max_length=80, blank=True)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["purged_at", "restored_at", "until"])]


class Merge(models.Model):
    """Two records made one: all that is needed to make them two again."""

    kind = models.CharField(max_length=40)
    kept_key = models.CharField(max_length=120)
    gone_key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    place_path = models.CharField(max_length=120, blank=True)
    gone_rows = models.JSONField(default=list)
    moved = models.JSONField(default=list)  # [model, field, [pk, …]]
    dropped_rows = models.JSONField(default=list)  # rows that stood on both sides; the kept side's stayed
    before = models.JSONField(default=dict)  # chosen fields of the kept record as they were
    after = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)  # what hung on the kept record when the merge was done
    why = models.CharField(max_length=200, blank=True)
    by_pk = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-id"]


class Alias(models.Model):
    """An old key and what it is called now, so that old references (溯源) stay readable."""

    kind = models.CharField(max_length=40)
    old_key = models.CharField(max_length=120)
    new_key = models.CharField(max_length=120)
    merge = models.ForeignKey(Merge, models.CASCADE, related_name="aliases")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "old_key"], name="one_name_now")]


class NotTwins(models.Model):
    """A pair that somebody looked at and found to be two things: not proposed again."""

    kind = models.CharField(max_length=40)
    first = models.CharField(max_length=120)
    second = models.CharField(max_length=120)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "first", "second"], name="looked_at_once")]
