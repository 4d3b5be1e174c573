"""Custody of checks of the three ledgers, their conflicts and sign-offs, forms and printed sheets."""

from django.db import models

from qingxi_office.places.models import Place


class SheetForm(models.Model):
    """A form of the 调度表: the county's own xlsx with markers, or TOML. The newest in use is taken for the next print."""

    class Kind(models.TextChoices):
        XLSX = "xlsx", "xlsx"
        TOML = "toml", "TOML"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    file = models.FileField(upload_to="morning/forms/")
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    by_name = models.CharField(max_length=80)
    in_use = models.BooleanField(default=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class LedgerCheck(models.Model):
    """One check of a quarter's three ledgers. A printed one is never changed; a correction is the next number."""

    class State(models.TextChoices):
        READING = "reading", "读台账"
        COLUMNS = "columns", "等人指列"
        OPEN = "open", "签认中"
        PRINTED = "printed", "已打印"
        FAILED = "failed", "没有读成"

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")  # the county
    year = models.IntegerField()
    quarter = models.IntegerField()
    number = models.IntegerField(default=1)
    on = models.DateField()  # the day that dates are held against
    state = models.CharField(max_length=8, choices=State.choices, default=State.READING)
    ledgers = models.JSONField(null=True)  # every line as read, see qingxi.morning.ledgers_as_json
    results = models.JSONField(default=list)  # a VillageResult each; frozen when printed
    before = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")  # what it is compared with
    job = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    by_name = models.CharField(max_length=80)
    printed_at = models.DateTimeField(null=True)
    printed_by = models.CharField(max_length=80, blank=True)
    sheet = models.FileField(upload_to="morning/sheets/", blank=True)
    form_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-year", "-quarter", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["year", "quarter", "number"], name="one_check_a_number"),
            models.CheckConstraint(condition=models.Q(quarter__gte=1, quarter__lte=4), name="check_quarter_1_to_4"),
        ]

    def __str__(self) -> str:
        return f"{self.year}Q{self.quarter}-{self.number}"


class LedgerFile(models.Model):
    """One of the three files as it was handed in, and how it was read."""

    check_row = models.ForeignKey(LedgerCheck, models.CASCADE, related_name="files")
    book = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to="morning/ledgers/")
    sha256 = models.CharField(max_length=64)
    lines = models.IntegerField(default=0)
    found = models.JSONField(default=dict)  # our field: heading
    headings = models.JSONField(default=list)  # headings that were not understood
    missing = models.JSONField(default=list)  # fields it cannot do without
    faults = models.JSONField(default=list)  # qingxi.origin.Fault as JSON

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["check_row", "book"], name="one_file_a_book")]


class HeadingSaid(models.Model):
    """Under which heading a column stands in this county's ledger, as somebody said once; remembered for next quarter."""

    book = models.CharField(max_length=12)
    field = models.CharField(max_length=40)
    heading = models.CharField(max_length=120)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "field"], name="one_heading_a_field")]


class ConflictRow(models.Model):
    """One conflict of a check, with its rows as they were written, and its sign-off once there is one.

    ``place`` is the village it lies in, else the township, else the county: whoever answers there sees it.
    """

    check_row = models.ForeignKey(LedgerCheck, models.CASCADE, related_name="conflicts")
    key = models.CharField(max_length=24)
    kind = models.CharField(max_length=40)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    township = models.CharField(max_length=80, blank=True)
    zh = models.TextField()
    en = models.TextField()
    rows = models.JSONField(default=list)
    ways = models.JSONField(default=list)  # {id, zh, en, needs}
    order = models.IntegerField(default=0)
    current = models.BooleanField(default=True)  # False: another sign-off has stilled it
    way = models.CharField(max_length=60, blank=True)
    way_zh = models.CharField(max_length=120, blank=True)
    way_en = models.CharField(max_length=120, blank=True)
    target = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    by_name = models.CharField(max_length=80, blank=True)
    by_pk = models.BigIntegerField(null=True)
    signed_at = models.DateTimeField(null=True)
    carried_from = models.CharField(max_length=12, blank=True)  # "2026Q3-1": the sign-off was made then
    undone = models.BooleanField(default=False)  # a carried sign-off was taken back: it is not carried again

    class Meta:
        ordering = ["order", "id"]
        indexes = [models.Index(fields=["check_row", "kind"]), models.Index(fields=["check_row", "way"])]
        constraints = [models.UniqueConstraint(fields=["check_row", "key"], name="one_conflict_a_key")]

    @property
    def signed(self) -> bool:
        return bool(self.way)


class ChangeReason(models.Model):
    """Why a village changed since the quarter before, as somebody who was asked wrote it."""

    check_row = models.ForeignKey(LedgerCheck, models.CASCADE, related_name="change_reasons")
    code = models.CharField(max_length=20)
    text = models.TextField()
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_row", "code"], name="one_reason_a_village")]
