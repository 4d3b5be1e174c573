"""Custody of files. A file is kept once by its content; an attachment puts it on a record. Knows no people and no places."""

from django.db import models


class Blob(models.Model):
    """The bytes of a file, once, whatever it is called; its name on disk is its own hash."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()  # bytes
    mime = models.CharField(max_length=80)
    file = models.FileField(upload_to="blobs", max_length=200)
    thumb = models.FileField(upload_to="blobs", max_length=200, blank=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    scanned = models.BooleanField(default=False)  # by a virus scanner, and found clean
    made_at = models.DateTimeField()


class Attachment(models.Model):
    """A file on a record: ``kind`` and ``key`` as in a reference. Who may see it is the record's rule."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=160)
    note = models.CharField(max_length=200, blank=True)
    place_path = models.CharField(max_length=120, blank=True)
    unit_pk = models.BigIntegerField(null=True)  # whose quota
    by_pk = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)  # of a photo, as its camera says
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "key"]), models.Index(fields=["unit_pk"])]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "blob"], name="a_file_hangs_once_on_a_record")
        ]

    def __str__(self) -> str:
        return self.name


class Quota(models.Model):
    """How much a unit may keep; ``unit_pk`` none: the whole county."""

    unit_pk = models.BigIntegerField(null=True, unique=True)
    megabytes = models.IntegerField()
