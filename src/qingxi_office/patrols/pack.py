"""What a phone takes along for a week without network: stations, the last answers, the questions, a picture of the villages."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.timezone import localtime

from qingxi.patrol import checklist, due
from qingxi.patrol.checklist import BASICS
from qingxi.standard import load_table
from qingxi_office.asking import ask
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import facilities
from qingxi_office.patrols import queries
from qingxi_office.patrols.words import CHECKLIST
from qingxi_office.places.models import Place
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail import clock

MOST_STATIONS = 400
_WALKED = ("in_use", "trial", "stopped")
_MOST_OUTLINES, _MOST_CORNERS = 40, 60


def questions() -> dict[str, Any]:
    """The newest checklist in the reader's language."""
    asked = checklist()
    return {
        "version": asked.version,
        "questions": [
            {
                "key": q.key, "word": str(CHECKLIST.get(q.word, q.word)), "basic": q.key in BASICS,
                "answers": [
                    {"value": a.value, "word": str(CHECKLIST.get(a.word, a.word)), "verdict": a.verdict, "repair": a.repair}
                    for a in q.answers
                ],
            }
            for q in asked.questions
        ],
    }  # fmt: skip


def limits() -> dict[str, float]:
    """Numbers of the table that the phone needs."""
    table = load_table("patrol")
    return {
        "photo_side": table["photo.side"], "photo_most": table["photo.most"], "far": table["sign.far"],
        "pack_days": table["pack.days"],
    }  # fmt: skip


def walked(user: Any) -> list[FacilityRecord]:
    """Stations that somebody has to go to, of this person's area; one query."""
    return ask(user, lambda u, _at: facilities(u).filter(status__in=_WALKED).order_by("key"))


def due_of(f: FacilityRecord, last: VisitRow | None, today: date) -> Any:
    """When the station is due, by its size and by what the last round met."""
    trouble = last is not None and bool(checklist().wrong(last.answers))
    return due(
        f.design_m3_d, localtime(last.visited_at).date() if last else None, today, status=f.status, trouble=trouble
    )


def pack(user: Any) -> dict[str, Any]:
    """The whole pack of a person; five queries. Of more than 400 stations the first due are taken."""
    today, table = clock.today(), load_table("patrol")
    rows = walked(user)
    last = queries.last_visits(user, [f.pk for f in rows])
    stations = []
    for f in rows:
        seen, when = last.get(f.pk), due_of(f, last.get(f.pk), today)
        basis = table.row(when.row)
        stations.append(
            {
                "key": f.key, "name": f.name, "code": f.public_code, "village": f.place.name,
                "township": f.place.parent.name if f.place.parent else "", "lon": f.lon, "lat": f.lat,
                "due_on": when.on.isoformat(), "every": when.every, "trust": basis.trust.value,
                "last": {
                    "at": seen.visited_at.isoformat(), "by": seen.by_name, "answers": seen.answers, "meter": seen.meter_kwh,
                } if seen else None,
            }
        )  # fmt: skip
    stations.sort(key=lambda s: (s["due_on"], s["key"]))
    return {
        "now": clock.now().isoformat(), "office_day": today.isoformat(), "me": {"username": user.username, "name": user.name},
        "checklist": questions(), "limits": limits(), "stations": stations[:MOST_STATIONS], "of": len(stations),
        "outlines": outlines(rows),
    }  # fmt: skip


def outlines(rows: Iterable[FacilityRecord]) -> list[dict[str, Any]]:
    """Coarse outlines of the stations' villages, for the picture on the phone; none for a whole county."""
    import shapely

    # Facilities come without their places' outlines; those that are drawn are read together.
    places = {p.pk: p for p in Place.objects.filter(pk__in={f.place_id for f in rows}).exclude(geometry=None)}
    if not 0 < len(places) <= _MOST_OUTLINES:
        return []
    out = []
    for place in places.values():
        shape = shapely.from_wkb(bytes(place.geometry))
        if shape.geom_type == "MultiPolygon":
            shape = max(shape.geoms, key=lambda part: part.area)
        if shape.geom_type != "Polygon":
            continue
        ring = list(shape.simplify(0.0005).exterior.coords)
        step = max(1, len(ring) // _MOST_CORNERS)
        out.append({"name": place.name, "ring": [[round(x, 5), round(y, 5)] for x, y, *_ in ring[::step]]})
    return out
