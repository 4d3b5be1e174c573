"""Custody of money."""

from django.db import models
from django.db.models import Q

from qingxi_office.trail.because import BecauseField


class FundSource(models.Model):
    """A source of one year: amount, what it may pay for, its paper and whether it is confirmed."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, blank=True)  # 县财政 / 省级奖补 / 涉农整合 / 村集体
    year = models.IntegerField()
    amount_fen = models.BigIntegerField()
    eligible = models.JSONField(default=list)  # 建设 / 设备 / 运行 / 监测
    document = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=20, blank=True)
    because = BecauseField()

    class Meta:
        ordering = ["year", "key"]
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gte=0), name="fund_amount_not_negative")]


class Allocation(models.Model):
    """A movement of money from a source to a use; a correction is a new row, never a change."""

    fund = models.ForeignKey(FundSource, models.PROTECT, related_name="allocations")
    subject = models.CharField(max_length=120)  # "lot:…" or "project:…"
    kind = models.CharField(max_length=12)  # budget / advance / payment / refund / correction
    amount_fen = models.BigIntegerField()
    on = models.DateField()
    evidence = models.JSONField(default=list)
    because = BecauseField()

    class Meta:
        ordering = ["on", "id"]
        indexes = [models.Index(fields=["subject"])]
