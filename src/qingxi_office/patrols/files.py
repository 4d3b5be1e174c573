"""Where the bytes of photographs lie until somebody has looked at them: parts as they come, then whole, by their hash."""

from pathlib import Path

from django.conf import settings


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "phone"


def whole(sha256: str) -> Path:
    """The file of a photograph that arrived."""
    return folder() / sha256[:2] / f"{sha256}.jpg"


def part(visit_pk: int, sha256: str) -> Path:
    """The file into which the parts of one photograph of one round come."""
    return folder() / "parts" / f"{visit_pk}-{sha256}.part"
