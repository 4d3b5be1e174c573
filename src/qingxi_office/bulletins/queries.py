"""Reading call-overs, cards, bulletins, receipts and letters, rights first."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from qingxi_office.bulletins.models import BulletinRecord, CallOverRecord, CardRecord, PeerLetter, ReceiptRecord
from qingxi_office.people.rights import Way, seen_by

BULLETIN = Way("bulletin", place="")
CALLOVER = Way("callover", place="")
CARD = Way("card")
RECEIPT = Way("receipt", state=None)
PEER_LETTER = Way("peer_letter", place="")


def bulletins(user: Any) -> QuerySet[BulletinRecord]:
    return seen_by(user, BulletinRecord.objects.select_related("drafted_by"), BULLETIN)


def call_overs(user: Any) -> QuerySet[CallOverRecord]:
    return seen_by(user, CallOverRecord.objects.defer("body", "because"), CALLOVER)


def cards(user: Any) -> QuerySet[CardRecord]:
    """A township sees its own from the day on which it was told."""
    rows = CardRecord.objects.select_related("place", "callover", "decided_by")
    return seen_by(user, rows.defer("place__geometry", "callover__body", "callover__because"), CARD)


def receipts(user: Any) -> QuerySet[ReceiptRecord]:
    """Receipts of one's own township; of all for the county."""
    rows = ReceiptRecord.objects.select_related("place", "bulletin", "unit")
    return seen_by(user, rows.defer("place__geometry", "bulletin__content", "bulletin__because"), RECEIPT)


def late_receipts(user: Any, on: date) -> QuerySet[ReceiptRecord]:
    """Not signed for, or not answered, past the day."""
    return owed(receipts(user), on)


def owed(rows: QuerySet[ReceiptRecord], on: date) -> QuerySet[ReceiptRecord]:
    """Of these, what is past its day."""
    return rows.filter(Q(signed_at=None, sign_by__lt=on) | Q(must_reply=True, replied_at=None, reply_by__lt=on))


def letters(user: Any) -> QuerySet[PeerLetter]:
    rows = PeerLetter.objects.select_related("bulletin", "unit", "decided_by")
    return seen_by(user, rows.defer("bulletin__content", "bulletin__because"), PEER_LETTER)
