"""Looking at photographs that arrived, and what an officer says of a sign."""

import io
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.timezone import localtime
from PIL import Image

from qingxi.origin import Ref
from qingxi.patrol import Sign, fingerprint, signs_of_photo
from qingxi.patrol.likeness import SIDE
from qingxi_office.attachments import actions as attachments
from qingxi_office.attachments import pictures
from qingxi_office.attachments import queries as filed
from qingxi_office.attachments.content import NotNow, NotTaken
from qingxi_office.patrols import files, queries
from qingxi_office.patrols.models import RoundSign, VisitPhoto
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_STRIP = 0.90  # the phone writes time and place into the lowest tenth: the fingerprint is of what the camera saw


def print_of(data: bytes) -> str:
    """The fingerprint of a picture, "" for one that cannot be read."""
    try:
        picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
        picture.draft("L", (256, 256))  # a JPEG is decoded small at once: a tenth of the work
        grey = picture.convert("L")
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""
    seen = grey.crop((0, 0, grey.width, max(1, int(grey.height * _STRIP)))).resize(
        (SIDE + 1, SIDE), Image.Resampling.BOX
    )
    return fingerprint(list(seen.tobytes()))


def look_at_photos(most: int = 200) -> int:
    """Look at photographs that arrived: each becomes an attachment of its round, and is held against the others.

    Gives how many were looked at. One that was begun and not finished is begun again: nothing is lost or hung twice. While the
    virus scanner does not answer they wait: their phones were told that they are here, and have let go of them.
    """
    done = 0
    for photo in queries.waiting_photos().select_related("visit__facility__place")[:most]:
        try:
            _look(photo)
        except NotNow:
            break
        done += 1
    return done


def _look(photo: VisitPhoto) -> None:
    path, visit = files.whole(photo.sha256), photo.visit
    by = User.objects.filter(pk=visit.by_pk).first()
    try:
        data = _bytes(photo)
        seen = pictures.read(data)
        name = f"{visit.facility.key}-{localtime(visit.visited_at):%Y%m%d-%H%M}.jpg"
        with transaction.atomic():
            row = attachments.attach(
                Ref("visit", visit.key), ContentFile(data, name), by=by or trail.Office(visit.by_name),
                place_path=visit.facility.place.path, unit_pk=by.unit_id if by else None,
            )  # fmt: skip
            photo.print, photo.attachment_pk, photo.state = print_of(data), row.pk, VisitPhoto.State.LOOKED
            photo.exif_at, photo.exif_lon, photo.exif_lat = seen.taken_at, seen.lon, seen.lat
            photo.save()
            one = queries.as_round(visit, visit.facility)
            note_signs(visit, signs_of_photo(queries.photo_of(photo), one, queries.photos_beside(photo)))
    except NotNow:
        raise
    except (NotTaken, FileNotFoundError) as error:
        photo.state, photo.why = (
            VisitPhoto.State.REFUSED,
            (str(error) if isinstance(error, NotTaken) else "文件不见了")[:200],
        )
        photo.save(update_fields=["state", "why"])
        return
    if not VisitPhoto.objects.filter(sha256=photo.sha256, state__in=["kept", "refused"]).exists():
        path.unlink(missing_ok=True)  # its bytes are the attachment's now


def _bytes(photo: VisitPhoto) -> bytes:
    """What arrived. Two rounds may announce the same photograph at once, and the first one's look takes the file away."""
    try:
        return files.whole(photo.sha256).read_bytes()
    except FileNotFoundError:
        data = filed.bytes_of(photo.sha256)
        if data is None:
            raise
        return data


def note_signs(visit: Any, signs: list[Sign]) -> None:
    """Put signs on a round; one that stands there already stays as it is."""
    there = set(RoundSign.objects.filter(visit=visit).values_list("kind", flat=True))
    new = {sign.kind.value: sign for sign in signs if sign.kind.value not in there}
    if not new:
        return
    now = clock.now()
    RoundSign.objects.bulk_create(
        RoundSign(
            visit=visit, kind=kind, said=sign.said, innocent=sign.innocent, figures=sign.figures, others=list(sign.rounds),
            made_at=now,
        )
        for kind, sign in new.items()
    )  # fmt: skip
    visit.flags = sorted({*visit.flags, *new})
    visit.save(update_fields=["flags"])


@transaction.atomic
def say_of_sign(row: RoundSign, word: str, *, by: User, note: str = "") -> RoundSign:
    """An officer has looked at a sign and says what it was; raises Denied, ValueError.

    A sign that an officer calls real is his word, not the software's: the round keeps its use 线索.
    """
    rights.check(by, "decide_finding", path=row.visit.facility.place.path)
    if word not in RoundSign.Word.values or not word:
        raise ValueError("请选一句：说得通、要去问、核实属实")
    if word == RoundSign.Word.REAL and not note.strip():
        raise ValueError("写一句怎么核实的")
    before = row.word
    row.word, row.note, row.looked_by, row.looked_at = word, note.strip()[:200], by, clock.now()
    row.save(update_fields=["word", "note", "looked_by", "looked_at"])
    trail.record(
        "round_sign.looked", Ref("visit", row.visit.key), by=by, because=row.note, before=before,
        after={"sign": row.kind, "word": word},
    )  # fmt: skip
    return row


@transaction.atomic
def forget_places(before: date, *, by: trail.Doer) -> int:
    """Take the phone's own place off rounds made before a day; how far it was from the station stays. Gives how many.

    Parts of photographs that never became whole go with them.
    """
    rows = VisitRow.objects.filter(visited_at__date__lt=before).exclude(lon=None)
    old = VisitPhoto.objects.filter(visit__visited_at__date__lt=before, state=VisitPhoto.State.AWAITED)
    for photo in old.only("visit_id", "sha256"):
        files.part(photo.visit_id, photo.sha256).unlink(missing_ok=True)
    count = rows.update(lon=None, lat=None, accuracy_m=None)
    if count:
        trail.record("rounds.places_forgotten", Ref("visit", "all"), by=by, after={"n": count})
    return count
