"""Signs that a round may not have been made as it was written down. A sign is a clue with its innocent reading, never a verdict.

Each sign says what was seen, with its figures and the records it rests on, and what would explain it. Thresholds stand in
``standard/tables/patrol.csv``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qingxi.patrol.likeness import bits_apart
from qingxi.place.datum import from_gcj02
from qingxi.standard import load_table


class SignKind(StrEnum):
    """What was seen."""

    SAME_PHOTO = "same_photo"
    ALIKE_PHOTO = "alike_photo"
    SPEED = "speed"
    FAR = "far"
    BULK = "bulk"
    SAME_ANSWERS = "same_answers"
    PHOTO_TIME = "photo_time"
    PHOTO_PLACE = "photo_place"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_MOVED = "clock_moved"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph of a round: ``source`` is the hash of the file that the phone had before it made it smaller.

    ``taken_at`` is what the camera wrote, by the phone's own clock; ``print`` the fingerprint, "" while nobody looked.
    """

    sha256: str
    source: str = ""
    print: str = ""
    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A round as it was written down; degrees CGCS2000 for the station, as the phone said for the person.

    ``at`` is the office's time, ``phone_at`` the phone's own; ``accuracy_m`` the error the phone gave.
    """

    key: str
    facility: str
    by: str
    at: datetime
    phone_at: datetime | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float = 0.0
    station_lon: float | None = None
    station_lat: float | None = None
    photos: tuple[Photo, ...] = ()
    n_photos: int = 0
    clock_wrong_s: float = 0.0
    clock_moved: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: what was seen, with figures by name, the rounds it rests on, and what would explain it."""

    kind: SignKind
    said: str
    innocent: str
    figures: dict[str, float | str]
    rounds: tuple[str, ...] = ()


def distance_m(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Metres between two points on the sphere (6371 km)."""
    a, b = math.radians(lat), math.radians(to_lat)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    return 2 * 6_371_000 * math.asin(min(1.0, math.sqrt(half)))


def from_station_m(one: Round) -> float | None:
    """Metres from the station, None without both places.

    Some phones give GCJ-02 without saying so: the nearer of the two readings counts, so that the datum alone is no sign.
    """
    if one.lon is None or one.lat is None or one.station_lon is None or one.station_lat is None:
        return None
    plain = distance_m(one.lon, one.lat, one.station_lon, one.station_lat)
    return min(plain, distance_m(*from_gcj02(one.lon, one.lat), one.station_lon, one.station_lat))


def signs_of_round(one: Round, others: Sequence[Round]) -> list[Sign]:
    """Signs of a round among the others of the same person (any order; itself may be among them)."""
    rest = sorted((r for r in others if r.key != one.key and r.by == one.by), key=lambda r: r.at)
    found = [
        _far(one),
        _speed(one, rest),
        _bulk(one, rest),
        _same_answers(one, rest),
        _wrong_clock(one),
        _moved(one),
    ]
    return [sign for sign in found if sign is not None]


def _far(one: Round) -> Sign | None:
    away, most = from_station_m(one), load_table("patrol")["sign.far"]
    if away is None or away <= most + one.accuracy_m:
        return None
    return Sign(
        SignKind.FAR,
        f"记录时的位置离站 {away:,.0f} 米（手机报的误差 {one.accuracy_m:,.0f} 米）",
        "手机刚开机还没定准；站的坐标登记错了；回到村里才点的“存下”",
        {"metres": round(away), "accuracy_m": round(one.accuracy_m)},
    )


def _place_of(one: Round) -> tuple[float, float] | None:
    if one.station_lon is None or one.station_lat is None:
        return None
    return one.station_lon, one.station_lat


def _speed(one: Round, rest: Sequence[Round]) -> Sign | None:
    """Between neighbours in time at different stations: nobody drives a mountain road faster than the table says."""
    table, here = load_table("patrol"), _place_of(one)
    if here is None:
        return None
    before = next((r for r in reversed(rest) if r.at <= one.at), None)
    after = next((r for r in rest if r.at > one.at), None)
    worst: tuple[float, float, float, Round] | None = None
    for other in (before, after):
        there = _place_of(other) if other is not None and other.facility != one.facility else None
        if other is None or there is None:
            continue
        km = distance_m(*here, *there) / 1000
        hours = abs((one.at - other.at).total_seconds()) / 3600
        speed = km / max(hours, 1 / 3600)
        if km >= table["sign.speed_min_km"] and speed > table["sign.speed"] and (worst is None or speed > worst[0]):
            worst = speed, km, hours, other
    if worst is None:
        return None
    speed, km, hours, other = worst
    return Sign(
        SignKind.SPEED,
        f"和另一座站相隔 {km:.1f} 公里，只隔 {hours * 60:.0f} 分钟，直线也要每小时 {speed:,.0f} 公里",
        "两个人用一部手机；先看完再一起记；手机的钟中间调过",
        {"km": round(km, 1), "minutes": round(hours * 60, 1), "km_h": round(speed)},
        (other.key,),
    )


def _bulk(one: Round, rest: Sequence[Round]) -> Sign | None:
    table = load_table("patrol")
    near = [r for r in rest if abs((r.at - one.at).total_seconds()) <= table["sign.bulk_minutes"] * 60]
    stations = {r.facility for r in near} | {one.facility}
    if len(stations) < table["sign.bulk_rounds"]:
        return None
    return Sign(
        SignKind.BULK,
        f"{table['sign.bulk_minutes']:.0f} 分钟里记了 {len(stations)} 座站",
        "站挨得很近；先用纸记，回来一起录",
        {"stations": len(stations), "minutes": table["sign.bulk_minutes"]},
        tuple(r.key for r in near[:10]),
    )


def _same_answers(one: Round, rest: Sequence[Round]) -> Sign | None:
    needed = int(load_table("patrol")["sign.same_rounds"])
    before = [r for r in rest if r.facility == one.facility and r.at <= one.at][-(needed - 1) :]
    row = [*before, one]
    if len(row) < needed or not one.answers or any(r.n_photos or r.answers != one.answers for r in row):
        return None
    return Sign(
        SignKind.SAME_ANSWERS,
        f"这座站连续 {len(row)} 次的回答完全一样，也没有一张照片",
        "站一直正常，照片没有要求拍",
        {"rounds": len(row)},
        tuple(r.key for r in before),
    )


def _wrong_clock(one: Round) -> Sign | None:
    off = one.clock_wrong_s
    if not off:
        return None
    size, side = abs(off), "慢" if off > 0 else "快"
    words = (
        f"{size / 86400:.1f} 天"
        if size >= 86400
        else f"{size / 3600:.1f} 小时"
        if size >= 3600
        else f"{size / 60:.0f} 分钟"
    )
    return Sign(
        SignKind.CLOCK_WRONG,
        f"手机的钟{side}了 {words}；记录已按办公室的钟改正，原来的时间也留着",
        "手机没电后重开、没有联网对时",
        {"seconds": round(off)},
    )


def _moved(one: Round) -> Sign | None:
    if not one.clock_moved:
        return None
    return Sign(
        SignKind.CLOCK_MOVED,
        "上次对钟和这次对钟之间，手机的钟被调过；时间按计数的先后排，是估计的",
        "手机自动对时；换了电池",
        {},
    )


def signs_of_photo(photo: Photo, one: Round, known: Sequence[tuple[str, Photo]]) -> list[Sign]:
    """Signs of one photograph of a round, among the photographs of other rounds (round's key, photograph)."""
    found = [_same_photo(photo, one, known), _photo_time(photo, one), _photo_place(photo, one)]
    return [sign for sign in found if sign is not None]


def _same_photo(photo: Photo, one: Round, known: Sequence[tuple[str, Photo]]) -> Sign | None:
    most = load_table("patrol")["sign.photo_bits"]
    nearest: tuple[int, str] | None = None
    for key, other in known:
        if key == one.key:
            continue
        if photo.sha256 == other.sha256 or (photo.source and photo.source == other.source):
            return Sign(
                SignKind.SAME_PHOTO,
                "这张照片和另一次巡查的照片是同一个文件",
                "点错了照片；两次记的是同一次到站",
                {"sha256": photo.sha256[:12]},
                (key,),
            )
        if photo.print and other.print:
            apart = bits_apart(photo.print, other.print)
            if apart <= most and (nearest is None or apart < nearest[0]):
                nearest = apart, key
    if nearest is None:
        return None
    return Sign(
        SignKind.ALIKE_PHOTO,
        f"这张照片和另一次巡查的照片几乎一样（256 位指纹只差 {nearest[0]} 位）",
        "同一个角度、同样的天气；画面里多是白墙或天空",
        {"bits": nearest[0]},
        (nearest[1],),
    )


def _photo_time(photo: Photo, one: Round) -> Sign | None:
    """Camera and record are dated by the same phone, so that a wrong clock is no sign here."""
    most = load_table("patrol")["sign.photo_minutes"]
    if photo.taken_at is None or one.phone_at is None:
        return None
    minutes = (one.phone_at - photo.taken_at).total_seconds() / 60
    if abs(minutes) <= most:
        return None
    side = "早" if minutes > 0 else "晚"
    size = abs(minutes)
    words = (
        f"{size / 1440:.1f} 天" if size >= 1440 else f"{size / 60:.1f} 小时" if size >= 60 else f"{size:.0f} 分钟"
    )
    return Sign(
        SignKind.PHOTO_TIME,
        f"照片自己写的拍摄时间比记录{side} {words}",
        "用的是另一台相机，钟没有对；从相册里选了前一天的照片",
        {"minutes": round(minutes)},
    )


def _photo_place(photo: Photo, one: Round) -> Sign | None:
    most = load_table("patrol")["sign.photo_metres"]
    if photo.lon is None or photo.lat is None or one.lon is None or one.lat is None:
        return None
    away = min(
        distance_m(photo.lon, photo.lat, one.lon, one.lat),
        distance_m(photo.lon, photo.lat, *from_gcj02(one.lon, one.lat)),
    )
    if away <= most + one.accuracy_m:
        return None
    return Sign(
        SignKind.PHOTO_PLACE,
        f"照片自己写的位置离记录的位置 {away:,.0f} 米",
        "从相册里选的照片；手机还没定准",
        {"metres": round(away)},
    )
