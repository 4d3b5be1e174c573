"""Custody of second looks."""

from django.db import models
from django.db.models import F, Q

from qingxi_office.people.models import User


class WeightyDeed(models.Model):
    """Which deeds need four eyes is the county's own choice: one row a deed, as the county last set it."""

    deed = models.CharField(max_length=40, unique=True)
    needs_second = models.BooleanField(default=False)
    basis = models.CharField(max_length=200, blank=True)  # the county's paper that says so
    set_by_name = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["deed"]


class Approval(models.Model):
    """One officer asks, another agrees (or the deputy head signs the printed sheet); then the asker may do it, once."""

    class State(models.TextChoices):
        ASKED = "asked", "待复核"
        AGREED = "agreed", "已同意"
        REFUSED = "refused", "未同意"
        USED = "used", "已办理"
        TAKEN_BACK = "taken_back", "已撤回"

    class Way(models.TextChoices):
        SECOND_OFFICER = "second", "第二名工作人员"
        SMALL_OFFICE = "small", "小单位路径"

    deed = models.CharField(max_length=40)
    subject = models.CharField(max_length=160)  # "bulletin:TB-202611-01"
    title = models.CharField(max_length=200)  # what it is, for the reader
    what = models.CharField(max_length=200, blank=True)  # what exactly is asked: the state, the version
    place_path = models.CharField(max_length=120, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    why = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    way = models.CharField(max_length=8, choices=Way.choices, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    signer = models.CharField(max_length=40, blank=True)  # small office: who signed on paper
    signer_title = models.CharField(max_length=40, blank=True)
    signed_on = models.DateField(null=True)
    sheet = models.FileField(upload_to="approvals/%Y%m", blank=True)
    sheet_sha256 = models.CharField(max_length=64, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["deed", "subject", "state"]), models.Index(fields=["state", "id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")) | ~Q(way="second"),
                name="nobody_is_their_own_second",
            ),
            models.CheckConstraint(
                condition=~Q(way="small")
                | (~Q(signer="") & ~Q(signer_title="") & Q(signed_on__isnull=False) & ~Q(sheet="")),
                name="small_office_has_signer_day_and_sheet",
            ),
        ]

    @property
    def says(self) -> str:
        """How the second look was had, as the record keeps it."""
        if self.way == Approval.Way.SMALL_OFFICE:
            return f"小单位路径：{self.signer_title}{self.signer} {self.signed_on} 在打印单上签字"
        if self.way == Approval.Way.SECOND_OFFICER and self.answered_by and self.answered_at:
            return f"双人复核：{self.answered_by.name} {self.answered_at:%Y-%m-%d} 同意"
        return ""
