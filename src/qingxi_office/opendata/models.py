"""Custody of what the open door needs of its own: the true counts behind withheld ones, what came by Open311, its keys."""

from django.db import models


class Counted(models.Model):
    """The true counts of one day of publication and what of them was left unsaid; never shown, needed the next time.

    Without the counts of earlier days a later publication could give away by subtraction what an earlier one withheld.
    """

    table = models.CharField(max_length=80)  # what was counted, and the county's code: households/510000
    as_of = models.DateField()
    values = models.JSONField()  # count by cell
    sums = models.JSONField()  # [[total, [parts]]]
    withheld = models.JSONField()  # cells left unsaid
    rule = models.JSONField()  # the rule of that day
    beyond = models.JSONField(default=list)  # small counts that earlier publications gave away already
    made_at = models.DateTimeField()
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["table", "id"])]


class OpenKey(models.Model):
    """A platform's key for handing requests in (Open311 ``api_key``); kept as a hash, shown once."""

    name = models.CharField(max_length=80)  # whose platform, and whom to call
    hash = models.CharField(max_length=64, unique=True)
    begins = models.CharField(max_length=12)
    made_at = models.DateTimeField()
    by_name = models.CharField(max_length=80)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["revoked_at", "-id"]


class Pace(models.Model):
    """How often an address asked within a window, over all processes of the server; kept for the window and the one before."""

    who = models.CharField(max_length=16)  # of the address, hashed
    window = models.BigIntegerField()  # number of the window since 1970
    n = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "window"], name="one_pace_an_address_and_window")]


class OpenRule(models.Model):
    """What the county says of its open door; one row. Absent: open to all, CC BY 4.0."""

    class Posting(models.TextChoices):
        OPEN = "open", "谁都可以交"
        KEY = "key", "要钥匙"
        CLOSED = "closed", "不收"

    posting = models.CharField(max_length=8, choices=Posting.choices, default=Posting.OPEN)
    licence = models.CharField(max_length=80, default="CC BY 4.0")
    licence_url = models.URLField(max_length=200, default="https://creativecommons.org/licenses/by/4.0/")
    contact = models.CharField(max_length=80, blank=True)  # an office telephone
    map_number = models.CharField(max_length=80, blank=True)  # 审图号
    set_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=80, blank=True)


class Asked(models.Model):
    """What came by Open311 beside the report that intake keeps: its service and place as the platform gave them."""

    report = models.OneToOneField("intake.PublicReport", models.CASCADE, related_name="+")
    service = models.CharField(max_length=20)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    key = models.ForeignKey(OpenKey, models.PROTECT, null=True, related_name="asked")
    mark = models.CharField(
        max_length=64
    )  # keyed hash of sender, words and place: the same again within a day is one
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["mark", "at"]), models.Index(fields=["key", "at"])]
