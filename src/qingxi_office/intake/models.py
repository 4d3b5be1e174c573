"""Custody of what people hand in. Knows no people and no places: the public pages write it."""

from django.db import models


class PublicReport(models.Model):
    """A villager's report on a facility or village, without sign-in.

    ``code`` is all the reporter gets and needs. No name is asked; a phone number is optional and never shown.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "已收到"
        TAKEN_UP = "taken_up", "已交办"
        ANSWERED = "answered", "已答复"
        CONFIRMED = "confirmed", "反映人认可"
        REOPENED = "reopened", "反映人不认可"

    code = models.CharField(max_length=12, unique=True)
    facility = models.CharField(max_length=40, blank=True)  # facility key
    facility_name = models.CharField(max_length=80, blank=True)
    village_code = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    photo = models.FileField(upload_to="reports/%Y%m", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    followers = models.IntegerField(default=0)  # others who said "the same here"
    received_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    issue = models.CharField(max_length=40, blank=True)  # issue key, once taken up
    sender_hash = models.CharField(max_length=64, blank=True)  # keyed hash of the address, for the rate limit only

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["facility", "-received_at"]),
            models.Index(fields=["sender_hash", "received_at"]),
        ]


class Follower(models.Model):
    """Somebody who said "the same here": a code of their own, so that nobody holds the reporter's."""

    code = models.CharField(max_length=12, unique=True)
    report = models.ForeignKey(PublicReport, models.CASCADE, related_name="follower_rows")
    at = models.DateTimeField()
    solved = models.BooleanField(null=True)  # their own word; None until they say
    sender_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["sender_hash", "at"])]
