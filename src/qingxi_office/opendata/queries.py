"""Reading for the open door: published things by set, requests without what points to a person, keys."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, QuerySet

from qingxi.standard import load_table
from qingxi_office.intake.models import PublicReport
from qingxi_office.opendata.models import Asked, OpenKey, OpenRule
from qingxi_office.published import queries as published
from qingxi_office.published.models import Publication

_METRES = 111_320.0  # of a degree of latitude


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def rule() -> OpenRule:
    """What the county says; the unsaved default before it has said anything."""
    return OpenRule.objects.first() or OpenRule()


def keys() -> QuerySet[OpenKey]:
    return OpenKey.objects.all()


def by_key(secret: str) -> OpenKey | None:
    """The platform of a key that is still good."""
    return OpenKey.objects.filter(hash=digest(secret), revoked_at=None).first() if secret else None


def stamp() -> str:
    """Changes whenever anything is published or the county settles its door: the ETag of all that is made of it. Two queries."""
    told = Publication.objects.aggregate(last=Max("pk"), gone=Max("superseded_at"), n=Count("pk"))
    set_at = OpenRule.objects.values_list("set_at", flat=True).first()
    return hashlib.sha256(f"{told} {set_at}".encode()).hexdigest()[:24]


def last_published() -> Any:
    """When something was last published; None before anything was."""
    return Publication.objects.aggregate(at=Max("published_at"))["at"]


def jurisdiction() -> str:
    """The county's code, as it stands published; "" before anything was."""
    return published.current("rate").values_list("key", flat=True).first() or ""


def host() -> dict[str, str]:
    """County and host as published; empty before anything was."""
    found = published.current("rate").first()
    return {"county": found.data.get("county", ""), "host": found.data.get("host", "")} if found else {}


# Requests


@dataclass(frozen=True, slots=True)
class Where:
    """A place of a report: a station, or a village, or neither."""

    facility: str = ""
    facility_name: str = ""
    village_code: str = ""
    village: str = ""
    code: str = ""  # the station's public code
    lon: float | None = None
    lat: float | None = None

    @property
    def words(self) -> str:
        return " ".join(w for w in (self.village, self.facility_name) if w)


def metres(lon_1: float, lat_1: float, lon_2: float, lat_2: float) -> float:
    """Distance over flat ground, good to a per mille within a county; m."""
    east = (lon_1 - lon_2) * math.cos(math.radians((lat_1 + lat_2) / 2))
    return math.hypot(east, lat_1 - lat_2) * _METRES


class Places:
    """Published stations and villages, for finding where a request is and where a report lies. Two queries."""

    def __init__(self) -> None:
        self.stations: dict[str, Where] = {}
        self.by_key: dict[str, Where] = {}
        for row in published.current("station").only("key", "data"):
            d = row.data
            where = Where(
                d["key"], d["name"], d.get("village_code", ""), d.get("village", ""), row.key, d.get("lon"), d.get("lat")
            )  # fmt: skip
            self.stations[row.key] = self.by_key[d["key"]] = where
        self.villages: dict[str, Where] = {}
        rate = published.current("rate").only("data").first()
        for v in rate.data.get("villages", []) if rate else []:
            self.villages[v["code"]] = Where(
                village_code=v["code"], village=v["name"], lon=v.get("lon"), lat=v.get("lat")
            )

    def near(self, lon: float, lat: float) -> Where | None:
        """The station close by, else the village close by; None when it lies at neither."""
        table = load_table("disclosure")
        for places, most in ((self.stations, "near.station_m"), (self.villages, "near.village_m")):
            known = [
                (metres(lon, lat, p.lon, p.lat), key, p)
                for key, p in places.items()
                if p.lon is not None and p.lat is not None
            ]
            if known and (best := min(known, key=lambda k: k[:2]))[0] <= table[most]:
                return best[2]
        return None

    def of(self, report: PublicReport) -> Where:
        """Where a report lies as strangers may know it: at its station or its village, never where its sender stood."""
        return (
            self.by_key.get(report.facility)
            or self.villages.get(report.village_code)
            or Where(facility=report.facility, village_code=report.village_code)
        )


def public_id(report: PublicReport) -> str:
    """What stands for a report in public: not its tracking code, which would let one answer in its sender's place."""
    said = hmac.new(settings.SECRET_KEY.encode(), f"open311:{report.pk}".encode(), hashlib.sha256).hexdigest()
    return f"{report.pk}-{said[:10]}"


def by_public_id(text: str) -> PublicReport | None:
    """The report of a public id; None for a made-up one."""
    number = text.partition("-")[0]
    if not number.isascii() or not number.isdigit() or len(number) > 12:
        return None
    found = requests().filter(pk=int(number)).first()
    return found if found is not None and hmac.compare_digest(public_id(found).encode(), text.encode()) else None


def requests() -> QuerySet[PublicReport]:
    """Reports that strangers may know of: those that nobody has to look at first."""
    return PublicReport.objects.filter(held="")


def services_of(reports: Iterable[PublicReport]) -> Mapping[int, str]:
    """Service by report; one query. What came another way has none."""
    return dict(Asked.objects.filter(report__in=list(reports)).values_list("report_id", "service"))
