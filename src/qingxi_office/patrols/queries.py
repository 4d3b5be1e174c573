"""Reading rounds made with a phone: for the person who walks, for whoever looks at the week, for the signs."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from qingxi.patrol import Photo, Round, distance_m
from qingxi.place.datum import from_gcj02
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import OWN
from qingxi_office.patrols.models import RoundSign, VisitPhoto
from qingxi_office.people.rights import Way, seen_by
from qingxi_office.readings import queries as readings
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail import clock

SIGN = Way("round_sign", place="visit__facility__place__path", own=tuple(f"visit__facility__{own}" for own in OWN))
_DAYS_BACK = 400  # photographs older than this are not compared any more
_ROUNDS_BACK = 60


def visits(user: Any) -> QuerySet[VisitRow]:
    """Rounds with their station and its village; one query."""
    return readings.visits(user).select_related("facility__place", "facility__place__parent")


def signs(user: Any) -> QuerySet[RoundSign]:
    """Signs on rounds, with round, station and village; one query."""
    rows = RoundSign.objects.select_related("visit__facility__place", "visit__facility__place__parent", "looked_by")
    return seen_by(user, rows, SIGN)


def nearest_reading(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Metres to a point, for the nearer of the two data a phone may mean (CGCS2000, GCJ-02)."""
    return min(distance_m(lon, lat, to_lon, to_lat), distance_m(*from_gcj02(lon, lat), to_lon, to_lat))


class Neighbours:
    """Settled times of one phone's rounds by counter."""

    def __init__(self, rows: Iterable[tuple[int, datetime]]) -> None:
        self._rows = sorted(rows)

    def around(self, counter: int) -> tuple[datetime | None, datetime | None]:
        """Times of the rounds counted just before and just after."""
        at = bisect_left(self._rows, counter, key=lambda row: row[0])
        after = at + (at < len(self._rows) and self._rows[at][0] == counter)
        return (
            self._rows[at - 1][1] if at else None,
            self._rows[after][1] if after < len(self._rows) else None,
        )

    def put(self, counter: int, at: datetime) -> None:
        insort(self._rows, (counter, at))


def neighbours(phone: str, counters: Sequence[int]) -> Neighbours:
    """The rounds of a phone that its counter puts around these; two queries."""
    if not counters:
        return Neighbours([])
    own = VisitRow.objects.filter(phone=phone).order_by("-counter").values_list("counter", "visited_at")
    rows = list(own.filter(counter__gte=min(counters))[:500])
    rows += list(own.filter(counter__lt=min(counters))[:1])
    return Neighbours((c, at) for c, at in rows if c is not None)


_FIELDS = (
    "key", "facility__key", "by_pk", "visited_at", "phone_at", "answers", "lon", "lat", "accuracy_m", "facility__lon",
    "facility__lat", "n_photos",
)  # fmt: skip


def _round(values: tuple[Any, ...]) -> Round:
    key, facility, by, at, phone_at, answers, lon, lat, accuracy, s_lon, s_lat, n = values
    return Round(
        key, facility, str(by), at, phone_at, answers, lon, lat, accuracy or 0.0, s_lon, s_lat, n_photos=n
    )  # fmt: skip


def rounds_of(by_pk: int, since: datetime) -> list[Round]:
    """A person's rounds since a time, as the library speaks of them; one query."""
    rows = VisitRow.objects.filter(by_pk=by_pk, visited_at__gte=since).order_by("-visited_at")
    return [_round(values) for values in rows.values_list(*_FIELDS)[:2000]]


def last_rounds_at(by_pk: int, facilities: Collection[int]) -> list[Round]:
    """A person's latest rounds at these stations; one query."""
    rows = VisitRow.objects.filter(by_pk=by_pk, facility_id__in=list(facilities)).order_by("-visited_at")
    return [_round(values) for values in rows.values_list(*_FIELDS)[: _ROUNDS_BACK * max(1, len(facilities))]]


def as_round(row: VisitRow, facility: FacilityRecord, wrong_s: float = 0.0, moved: bool = False) -> Round:
    """A round that may not be saved yet; ``wrong_s`` and ``moved`` are what its clock was found to be."""
    return Round(
        row.key, facility.key, str(row.by_pk), row.visited_at, row.phone_at, row.answers, row.lon, row.lat,
        row.accuracy_m or 0.0, facility.lon, facility.lat, n_photos=row.n_photos, clock_wrong_s=wrong_s, clock_moved=moved,
    )  # fmt: skip


def photo_of(row: VisitPhoto) -> Photo:
    """A photograph as the library speaks of it."""
    return Photo(row.sha256, row.source, row.print, row.exif_at, row.exif_lon, row.exif_lat)


def photos_beside(row: VisitPhoto) -> list[tuple[str, Photo]]:
    """What a photograph is compared with: the same file anywhere, and pictures of the same person or station; two queries."""
    others = VisitPhoto.objects.exclude(visit_id=row.visit_id).select_related("visit")
    same = others.filter(sha256=row.sha256)
    if row.source:
        same = same | others.filter(source=row.source)
    since = row.visit.visited_at - timedelta(days=_DAYS_BACK)
    looked = others.exclude(print="").filter(visit__visited_at__gte=since)
    near = looked.filter(visit__facility_id=row.visit.facility_id)
    if row.visit.by_pk is not None:
        near = near | looked.filter(visit__by_pk=row.visit.by_pk)
    found = {p.pk: p for p in [*same[:20], *near.order_by("-id")[:1500]]}
    return [(p.visit.key, photo_of(p)) for p in found.values()]


def waiting_photos() -> QuerySet[VisitPhoto]:
    """Photographs that arrived and nobody has looked at."""
    return VisitPhoto.objects.filter(state=VisitPhoto.State.KEPT).order_by("id")


def photos_are_coming(seconds: int = 15, many: int = 30) -> bool:
    """Whether many photographs arrived just now; one query."""
    since = clock.now() - timedelta(seconds=seconds)
    return VisitPhoto.objects.filter(kept_at__gte=since)[: many + 1].count() > many


def last_visits(user: Any, stations: Collection[int]) -> dict[int, VisitRow]:
    """The latest round at each of these stations by anybody; two queries."""
    from django.db.models import Max

    rows = readings.visits(user).filter(facility_id__in=list(stations))
    last = rows.order_by().values("facility_id").annotate(at=Max("visited_at")).values_list("facility_id", "at")
    by_station = dict(last)
    found = rows.filter(visited_at__in=set(by_station.values()))
    return {row.facility_id: row for row in found if by_station.get(row.facility_id) == row.visited_at}


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of a day's week."""
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=6)
