"""Reading published things: open to everybody."""

from django.db.models import QuerySet

from qingxi_office.published.models import Publication


def current(kind: str) -> QuerySet[Publication]:
    """What stands published of one kind."""
    return Publication.objects.filter(kind=kind, superseded_at=None).order_by("key")


def latest(kind: str, key: str) -> Publication | None:
    """The publication that stands under a key."""
    return Publication.objects.filter(kind=kind, key=key, superseded_at=None).first()


def history(kind: str, key: str) -> QuerySet[Publication]:
    """All that was ever published under a key, newest first."""
    return Publication.objects.filter(kind=kind, key=key)
