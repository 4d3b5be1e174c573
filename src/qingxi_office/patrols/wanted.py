"""What a phone sends, read: each round whole or refused with every reason; nothing here touches the books."""

import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

from qingxi.origin import Fault, Severity
from qingxi.patrol import checklists
from qingxi.standard import load_table

MOST_ROUNDS = 50  # in one message; a phone sends more messages
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[ -~]{8,40}")
_FILE = "手机"


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A photograph as announced: its bytes come later."""

    sha256: str
    size: int
    source: str
    taken_at: datetime | None


@dataclass(slots=True)
class SentRound:
    """One round as a phone sent it."""

    uuid: uuid.UUID
    facility: str
    counter: int
    phone_at: datetime
    checklist: str
    answers: dict[str, str]
    meter_kwh: float | None = None
    note: str = ""
    repair: bool = False
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    took_s: float | None = None
    contact_at: datetime | None = None
    contact_offset_s: float | None = None
    photos: tuple[SentPhoto, ...] = ()
    faults: list[Fault] = field(default_factory=list)


def _number(value: object, low: float, high: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):  # four hundred digits are a number in JSON
        return None
    return number if math.isfinite(number) and low <= number <= high else None


def _text(value: object) -> str:
    """What a database takes of a text: half of a cut emoji and NUL are left out."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c != "\0" and not "\ud800" <= c <= "\udfff")


def read_phone(name: object, now: object) -> tuple[str, datetime] | None:
    """The phone's own name and what its clock showed; None when either is none."""
    try:
        at = parse_datetime(str(now))
    except ValueError:  # the thirteenth month
        return None
    if at is None or not is_aware(at) or not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    return name, at


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = parse_datetime(value)
    except ValueError:
        return None
    # A phone whose battery was empty begins again at 1970: wrong by decades is a wrong clock, not a wrong round.
    return at if at is not None and is_aware(at) and 1970 <= at.year <= 2200 else None


def read_uuid(raw: object) -> uuid.UUID | None:
    """The round's own number; None for anything that is none."""
    try:
        return uuid.UUID(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


class _Reader:
    """Collects the faults of one round while its parts are read."""

    def __init__(self, row: int) -> None:
        self.row = row
        self.faults: list[Fault] = []

    def fault(self, part: str, value: object, rule: str, remedy: str, code: str, *, error: bool = True) -> None:
        severity = Severity.ERROR if error else Severity.WARNING
        self.faults.append(Fault(_FILE, self.row, part, str(value)[:80], rule, remedy, code, severity))


def read_round(raw: Mapping[str, Any], row: int) -> tuple[SentRound | None, list[Fault]]:
    """The round, or None, with its faults.

    A round is refused without number, station, time and anything said. A part that makes no sense (a meter of letters, a
    place off the earth, an answer that the question does not have) is left out with a fault, and the rest is taken.
    """
    at = _Reader(row)
    number, facility, phone_at = read_uuid(raw.get("uuid")), _text(raw.get("facility")), _time(raw.get("phone_at"))
    counter = _number(raw.get("counter"), 0, 9e15)
    if number is None:
        at.fault("uuid", raw.get("uuid"), "每条记录要有手机编的号", "更新手机上的页面再送", "round-uuid")
    if not facility:
        at.fault("facility", raw.get("facility"), "要说是哪座站", "重新从站的码进来记", "round-facility")
    if phone_at is None:
        at.fault("phone_at", raw.get("phone_at"), "要有带时区的时间", "更新手机上的页面再送", "round-time")
    if counter is None:
        at.fault("counter", raw.get("counter"), "要有先后的计数", "更新手机上的页面再送", "round-counter")
    answers, version = _answers(at, raw)
    meter = _meter(at, raw.get("meter"))
    photos = _photos(at, raw.get("photos"))
    note = _text(raw.get("note"))
    if not answers and meter is None and not photos and not note:
        at.fault("answers", "", "至少答一题", "打开这条记录补答", "round-empty")
    if number is None or not facility or phone_at is None or counter is None:
        return None, at.faults
    if any(f.code == "round-empty" for f in at.faults):
        return None, at.faults
    lon, lat, accuracy = _place(at, raw.get("place"))
    contact = raw.get("contact") if isinstance(raw.get("contact"), Mapping) else {}
    return SentRound(
        number, facility, int(counter), phone_at, version, answers, meter, note[:400], raw.get("repair") is True, lon, lat,
        accuracy, _number(raw.get("took_s"), 0, 1e6), _time(contact.get("at")), _number(contact.get("offset_s"), -1e10, 1e10),
        photos, at.faults,
    ), at.faults  # fmt: skip


def _answers(at: _Reader, raw: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    version = str(raw.get("checklist") or "")
    every = checklists()
    said = raw.get("answers") if isinstance(raw.get("answers"), Mapping) else {}
    if version not in every:
        at.fault(
            "checklist",
            version,
            "问题表的版本要认得",
            "更新村包；能认的回答已经收下",
            "round-checklist",
            error=False,
        )
        version = max(every)
    known = every[version].known(said)
    for key in said:
        if key not in known:
            at.fault(
                str(key), said[key], "问题里没有这个回答", "这一题没有收，其余的收了", "round-answer", error=False
            )
    return known, version


def _meter(at: _Reader, value: object) -> float | None:
    if value is None or value == "":
        return None
    number = _number(value, 0, 1e8)
    if number is None:
        at.fault("meter", value, "电表只写数字", "电表没有收，其余的收了；下次再记", "round-meter", error=False)
    return number


def _place(at: _Reader, value: object) -> tuple[float | None, float | None, float | None]:
    if not isinstance(value, Mapping):
        return None, None, None
    lon, lat = _number(value.get("lon"), -180, 180), _number(value.get("lat"), -90, 90)
    if lon is None or lat is None:
        at.fault(
            "place",
            f"{value.get('lon')},{value.get('lat')}",
            "经纬度要在地球上",
            "位置没有收",
            "round-place",
            error=False,
        )
        return None, None, None
    return lon, lat, _number(value.get("accuracy"), 0, 1e6)


def _photos(at: _Reader, value: object) -> tuple[SentPhoto, ...]:
    if not isinstance(value, list):
        return ()
    table = load_table("attachments")
    most, n = int(table["size.picture"] * 1024 * 1024), int(load_table("patrol")["photo.most"])
    out: dict[str, SentPhoto] = {}
    for one in value:
        one = one if isinstance(one, Mapping) else {}
        sha, size = str(one.get("sha256") or ""), _number(one.get("size"), 1, most)
        source = str(one.get("source") or "")
        if not _HASH.fullmatch(sha) or size is None or len(out) >= n:
            at.fault(
                "photos",
                sha[:12] or "?",
                f"照片最多 {n} 张，要有指纹和大小",
                "这一张没有收",
                "round-photo",
                error=False,
            )
            continue
        out[sha] = SentPhoto(sha, int(size), source if _HASH.fullmatch(source) else "", _time(one.get("taken_at")))
    return tuple(out.values())
