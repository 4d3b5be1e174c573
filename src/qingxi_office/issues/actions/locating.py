"""A photograph's place and time, read before the file is made bare, and its distance from where the problem is."""

from typing import Any

from qingxi.issue import PlaceBy, Spot, metres_from
from qingxi_office.attachments import pictures
from qingxi_office.attachments.content import NotTaken
from qingxi_office.intake.photo import MOST_BYTES
from qingxi_office.issues.actions.refusal import Shot
from qingxi_office.issues.models import IssueEvidence, IssueRecord
from qingxi_office.trail import clock


def locate(piece: IssueEvidence, row: IssueRecord, file: Any, shot: Shot | None = None) -> None:
    """Fill in place, time and distance of a photograph; a picture that says nothing of itself stays without.

    The camera's word goes before the phone's; a phone's place counts only with the photograph that it was sent with.
    """
    data = file.read(MOST_BYTES + 1)
    file.seek(0)
    try:
        seen = pictures.read(data)
    except NotTaken:
        return  # refused, with its reason, where the file is made bare
    told = shot.taken_at if shot and clock.practice_day() is None else None  # a phone knows no practice day
    piece.taken_at = seen.taken_at or told
    if seen.lon is not None and seen.lat is not None:
        piece.lon, piece.lat, piece.place_by = seen.lon, seen.lat, PlaceBy.CAMERA.value
    elif shot is not None and shot.lon is not None and shot.lat is not None:
        piece.lon, piece.lat, piece.place_by = shot.lon, shot.lat, PlaceBy.PHONE.value
    if piece.lon is None or piece.lat is None:
        return
    spot = spot_of(row)
    if spot is not None:
        piece.metres, piece.spot = round(metres_from(piece.lon, piece.lat, spot), 1), spot.what


def spot_of(row: IssueRecord) -> Spot | None:
    """What a photograph's place is compared with: the station, else the first photograph of before, else the village."""
    at = row.facility
    if at is not None and at.lon is not None and at.lat is not None:
        return Spot(at.lon, at.lat, "站")
    first = row.evidence.filter(kind__contains="前", lon__isnull=False, lat__isnull=False).order_by("id").first()
    if first is not None and first.lon is not None and first.lat is not None:
        return Spot(first.lon, first.lat, "原点位")
    place = row.place
    if place.level == "village" and place.lon is not None and place.lat is not None:
        return Spot(place.lon, place.lat, "村")
    return None
