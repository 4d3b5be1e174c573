"""The act of walking: two inspectors' phones come back from the valley and send their rounds by the same door as any phone."""

import hashlib
import io
import math
import uuid
from datetime import datetime, timedelta
from typing import Any

from qingxi_office.commands.story import Story

_WIDE, _HIGH = 640, 480


def walk_rounds(story: Story) -> str:
    """A village inspector's honest rounds, his phone a day slow and one fan silent; another's of one afternoon, which do not fit."""
    from qingxi.patrol import checklist
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.patrols.actions import look_at_photos, take_in_rounds
    from qingxi_office.patrols.models import RoundSign
    from qingxi_office.people.models import User
    from qingxi_office.trail import clock

    now, good = clock.now(), checklist().all_good()
    people = {u.username: u for u in User.objects.select_related("scope", "unit").filter(role="inspector")}
    sent: list[tuple[Any, list[dict[str, Any]], datetime, dict[str, bytes]]] = []
    village = people.get("zhoudeshun")
    if village is not None and village.scope is not None:
        here = list(FacilityRecord.objects.filter(place=village.scope, status="in_use").order_by("key")[:2])
        slow, files = timedelta(days=1), {}
        rounds = []
        for n in range(4):
            at = now - timedelta(days=6 - 2 * n, hours=2)
            for k, f in enumerate(here):
                broken = n == 3 and k == 0
                picture = drawn_picture(10 * n + k)
                files[_hash(picture)] = picture
                rounds.append(
                    _round(
                        len(rounds) + 1, f, at + timedelta(minutes=50 * k) - slow, [picture],
                        answers={**good, "blower": "off"} if broken else good, repair=broken,
                        contact={"at": (now - timedelta(days=7)).isoformat(), "offset_s": 86400.0},
                    )
                )  # fmt: skip
        sent.append((village, rounds, now - slow, files))
    county = people.get("xuncha")
    if county is not None:
        away = list(FacilityRecord.objects.filter(status="in_use").exclude(lon=None).order_by("-key")[:4])
        picture = drawn_picture(99)
        rounds = [
            _round(
                n + 1, f, now - timedelta(hours=3) + timedelta(minutes=n), [picture], answers=good, place=away[0]
            )
            for n, f in enumerate(away)
        ]
        sent.append((county, rounds, now, {_hash(picture): picture}))
    taken = 0
    for person, rounds, phone_now, files in sent:
        answers = take_in_rounds(
            rounds,
            by=person,
            phone=str(uuid.uuid5(uuid.NAMESPACE_OID, person.username)),
            phone_now=phone_now,
            agent="演示手机",
        )
        taken += sum(1 for a in answers if a.state == "taken")
        again = take_in_rounds(
            rounds, by=person, phone=str(uuid.uuid5(uuid.NAMESPACE_OID, person.username)), phone_now=phone_now
        )
        assert {a.state for a in again} <= {"again"}, "a round sent twice is taken once"
        _photos(person, rounds, files)
    looked = look_at_photos(1000)
    story.facts["rounds"] = {"taken": taken, "photos": looked, "signs": RoundSign.objects.count()}
    return f"{len(sent)} 部手机送来 {taken} 次巡查、{looked} 张照片(各送两遍,只收一遍);线索 {RoundSign.objects.count()} 条等人看"


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _round(
    count: int,
    f: Any,
    at: datetime,
    photos: list[bytes],
    *,
    answers: dict[str, str],
    place: Any = None,
    **more: Any,
) -> dict[str, Any]:
    """A round as the phone writes it; ``place`` is the station the person really stood at."""
    stood = place or f
    return {
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{f.key}/{at.isoformat()}")), "facility": f.key, "counter": count,
        "phone_at": at.isoformat(), "checklist": "2026-11", "answers": answers, "took_s": 95,
        "place": {"lon": stood.lon + 0.0001, "lat": stood.lat, "accuracy": 15} if stood.lon is not None else None,
        "photos": [{"sha256": _hash(p), "size": len(p), "source": "", "taken_at": at.isoformat()} for p in photos], **more,
    }  # fmt: skip


def _photos(person: Any, rounds: list[dict[str, Any]], files: dict[str, bytes]) -> None:
    from qingxi_office.patrols.actions import keep_part, part_of

    for one in rounds:
        for photo in one["photos"]:
            row = part_of(person, uuid.UUID(one["uuid"]), photo["sha256"])
            if row is not None:
                keep_part(row, 0, io.BytesIO(files[photo["sha256"]]))


def drawn_picture(seed: int) -> bytes:
    """A drawn landscape with a plant, another for each number: no photograph of anybody or anything."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (_WIDE, _HIGH), (190 + seed % 40, 205, 215))
    draw = ImageDraw.Draw(picture)
    for layer in range(3):
        base = 150 + 70 * layer
        ridge = [
            (
                x,
                base
                + 45 * math.sin(x / (60 + 9 * layer) + seed * (1.3 + layer))
                + 25 * math.sin(x / 23 + seed * 2.1),
            )
            for x in range(0, _WIDE + 20, 20)
        ]
        draw.polygon(
            [*ridge, (_WIDE, _HIGH), (0, _HIGH)], fill=(90 + 25 * layer, 120 + 18 * layer, 95 + 10 * layer)
        )
    left = 120 + (seed * 53) % 260
    draw.rectangle((left, 250, left + 190, 370), fill=(70, 130, 125))
    draw.rectangle((left + 20, 285, left + 70, 370), fill=(45, 80, 78))
    draw.ellipse((left + 120, 270, left + 140, 290), fill=(190, 60, 40) if seed % 2 else (60, 160, 80))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=72)
    return out.getvalue()
