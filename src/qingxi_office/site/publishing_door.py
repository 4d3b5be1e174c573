"""What the county publishes beside stations, rate and problems: villages, the map, plans, bulletins, the door's own words.

``village`` (key: the village's code)
    code, name, township, township_code, state, state_on, village_class, households (null where small), connected (as the
    table ``connected`` says), modes[{mode, hamlets}], plan {key, title, capex_yuan, running_yuan_y, systems[{name, mode}]} or
    null, works[{name, stage, year, total_fen}], money {total_fen, sources[{name, fen}]} or null, duties[…], stations[{code,
    name, status_word}], host
``map`` (key: the county's code)
    villages[{code, name, township, state, lon, lat, shape}], stations[{code, name, status, lon, lat}], county, map_number:
    villages and stations only, no houses, pipes, contours; outlines simplified to about 50 m
``plan`` (key: the plan's key)
    key, title, number, adopted_on, paper_state, level, level_reason, capex_yuan, running_yuan_y, plants, modes[{mode, hamlets}]
``bulletin`` (key: the bulletin's key)
    title, document_number, issued_on, signer, period, issuer
``door`` (key: the county's code)
    the words of the foot: portal, portal_url, host, site_code, icp, police, contact_phone, duty_phone, hours, address, email,
    map_number, office_url, door_url, note
``elsewhere`` (key: the row of the disclosure list)
    on, where, href: published at another place
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Avg

from qingxi.bulletin import opened
from qingxi.disclosure import owed_list, stated_rule
from qingxi_office.bulletins import held
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.funds.models import Allocation
from qingxi_office.intake.masking import masked
from qingxi_office.people import rights
from qingxi_office.places.models import County, Place
from qingxi_office.places.queries import county as own_county
from qingxi_office.places.queries import duty_book, heads
from qingxi_office.plans.models import HamletOption, PlanRecord, SystemRow
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.published.actions import put_up, put_up_many
from qingxi_office.published.models import Publication
from qingxi_office.published.queries import latest
from qingxi_office.site.publishing import _GIVEN, _county
from qingxi_office.villages.models import VillageRecord

DOOR_FIELDS = (
    "portal", "portal_url", "host", "site_code", "icp", "police", "contact_phone", "duty_phone", "hours", "address", "email",
    "map_number", "office_url", "door_url", "note",
)  # fmt: skip
_GRAIN = 5e-4  # degrees, about 50 m: an outline for a page, not for a survey


def publish_door(said: dict[str, str], *, by: Any, as_of: date) -> Publication:
    """Put the foot's words up: who runs it, codes, telephones, the map's number. Raises ValueError for an address that is none."""
    rights.check(by, "publish")
    county = _county()
    data = {name: str(said.get(name, "")).strip()[:300] for name in DOOR_FIELDS}
    data["host"] = data["host"] or county.lead_department
    for name in ("portal_url", "office_url", "door_url"):
        if data[name] and urlsplit(data[name]).scheme not in ("http", "https"):
            raise ValueError(f"网址要以 http:// 或 https:// 开头：{data[name]}")
        data[name] = data[name].rstrip("/")
    return put_up(
        "door",
        county.place.code,
        f"{county.place.name}公开页的页脚",
        data,
        as_of=as_of,
        because=[f"place:{county.place.code}"],
        by=by,
    )


def note_elsewhere(key: str, on: date, where: str, href: str, *, by: Any) -> Publication:
    """A row of the disclosure list was published at another place: the day, where, its address."""
    rights.check(by, "publish")
    row = next((o for o in owed_list() if o.key == key), None)
    if row is None:
        raise ValueError("公开目录里没有这一项")
    if not where.strip():
        raise ValueError("在哪里公开的要写，例如县政府门户财政专栏")
    if href and urlsplit(href).scheme not in ("http", "https"):
        raise ValueError("网址要以 http:// 或 https:// 开头")
    data = {"on": on.isoformat(), "where": where.strip()[:120], "href": href.strip()[:300]}
    return put_up("elsewhere", key, row.what, data, as_of=on, because=[f"place:{_county().place.code}"], by=by)


@transaction.atomic
def publish_villages(*, by: Any, as_of: date) -> int:
    """Publish every living village's page and the map; gives how many pages are new or changed. Reads each book once."""
    rights.check(by, "publish")
    county = _county()
    rows = list(
        VillageRecord.objects.filter(place__valid_to=None)
        .select_related("place", "place__parent")
        .order_by("place__code")
    )
    stations = defaultdict(list)
    for f in FacilityRecord.objects.exclude(status="scrapped").order_by("key"):
        stations[f.place_id].append(f)
    plan = PlanRecord.objects.filter(is_current=True).first()
    systems, modes = _planned(plan)
    works, duties = _works(), duty_book()
    told = latest("connected", county.place.code)
    connected = {r["code"]: r for r in told.data["rows"]} if told else {}
    rule = stated_rule()
    made = []
    for row in rows:
        place = row.place
        chain = [path.rstrip("/").rpartition("/")[2] for path in heads(place.path)]
        people = [a for a in duties.who(chain, as_of) if a.name][:6]
        own = stations.get(place.pk, [])
        work = works.get(place.pk)
        households = row.households if row.households is None or not rule.small(row.households) else None
        refs = [f"village:{place.code}", *(f"facility:{f.key}" for f in own), *(work["refs"] if work else [])]
        if plan is not None:
            refs.append(f"plan:{plan.key}")
        mine = systems.get(place.code, [])
        made.append({
            "kind": "village", "key": place.code, "title": place.name, "as_of": as_of, "because": list(dict.fromkeys(refs)),
            "data": {
                "code": place.code, "name": place.name, "township": place.parent.name if place.parent else "",
                "township_code": place.parent.code if place.parent else "", "state": row.state,
                "state_on": row.state_on.isoformat() if row.state_on else None, "village_class": place.village_class,
                "households": households, "connected": connected.get(place.code, {}).get("connected"),
                "modes": [{"mode": m, "hamlets": n} for m, n in modes.get(place.code, Counter()).most_common()],
                "plan": {
                    "key": plan.key, "title": plan.title, "capex_yuan": round(sum(s.capex_yuan for s in mine)),
                    "running_yuan_y": round(sum(s.running_yuan_y for s in mine)), "systems": [{"name": s.name, "mode": s.mode} for s in mine],
                } if plan is not None and mine else None,
                "works": work["works"] if work else [], "money": work["money"] if work else None,
                "duties": [
                    {"role": a.duty.role.value, "person": a.name, "title": a.duty.post if a.name == a.duty.person else "", "phone": a.phone, "unit": a.duty.unit}
                    for a in people
                ],
                "stations": [{"code": f.public_code, "name": f.name, "status_word": f.get_status_display()} for f in own],
                "host": county.lead_department,
            },
        })  # fmt: skip
    changed = put_up_many(made, by=by)
    _publish_map(county, rows, stations, by=by, as_of=as_of)
    return changed


def _planned(plan: PlanRecord | None) -> tuple[dict[str, list[SystemRow]], dict[str, Counter[str]]]:
    """By village code: the plan's systems, and how many natural villages go each way."""
    systems: dict[str, list[SystemRow]] = defaultdict(list)
    modes: dict[str, Counter[str]] = defaultdict(Counter)
    if plan is None:
        return systems, modes
    for system in SystemRow.objects.filter(plan=plan).select_related("place"):
        if system.place is not None:
            systems[system.place.code[:12]].append(system)
    for key, mode in HamletOption.objects.filter(plan=plan).values_list("hamlet_key", "mode"):
        modes[key[:12]][mode] += 1
    return systems, modes


def _works() -> dict[int, dict[str, Any]]:
    """By village: its projects, what they cost and from which sources. Two queries."""
    given: dict[str, list[Allocation]] = defaultdict(list)
    for move in Allocation.objects.filter(subject__startswith="project:", kind__in=_GIVEN).select_related("fund"):
        given[move.subject].append(move)
    out: dict[int, dict[str, Any]] = {}
    for project in ProjectRecord.objects.exclude(place=None).order_by("year", "key"):
        own = out.setdefault(project.place_id, {"works": [], "total": 0, "sources": defaultdict(int), "refs": []})  # type: ignore[arg-type]
        own["works"].append(
            {"name": project.name, "stage": project.stage, "year": project.year, "total_fen": project.total_fen}
        )
        own["total"] += project.total_fen
        own["refs"].append(f"project:{project.key}")
        for move in given[f"project:{project.key}"]:
            own["sources"][move.fund.name] += move.amount_fen
            own["refs"].append(f"fund:{move.fund.key}")
    for own in out.values():
        own["money"] = {
            "total_fen": own["total"],
            "sources": [{"name": n, "fen": f} for n, f in sorted(own["sources"].items(), key=lambda kv: -kv[1])],
        }
    return out


def _shape(place: Place) -> Any:
    """A village's outline, simplified; None where only a point, or nothing, is known."""
    if not place.geometry:
        return None
    import shapely

    outline = shapely.from_wkb(bytes(place.geometry))
    if outline.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    plain = shapely.set_precision(shapely.simplify(outline, _GRAIN), 1e-5, mode="pointwise")
    return json.loads(shapely.to_geojson(plain))


def _publish_map(
    county: County, rows: list[VillageRecord], stations: dict[int, list[Any]], *, by: Any, as_of: date
) -> None:
    near = {
        p["parent"]: (p["lon"], p["lat"])
        for p in Place.objects.filter(level="hamlet", valid_to=None, lon__isnull=False).order_by().values("parent").annotate(lon=Avg("lon"), lat=Avg("lat"))
    }  # fmt: skip
    told = latest("door", county.place.code)
    villages = []
    for row in rows:
        p = row.place
        lon, lat = (p.lon, p.lat) if p.lon is not None else near.get(p.pk, (None, None))
        villages.append({
            "code": p.code, "name": p.name, "township": p.parent.name if p.parent else "", "state": row.state,
            "lon": None if lon is None else round(lon, 3), "lat": None if lat is None else round(lat, 3), "shape": _shape(p),
        })  # fmt: skip
    put_up(
        "map", county.place.code, f"{county.place.name}村和站的图",
        {
            "county": county.place.name, "villages": villages, "map_number": told.data["map_number"] if told else "",
            "stations": [
                {"code": f.public_code, "name": f.name, "status": f.status, "lon": round(f.lon, 5), "lat": round(f.lat, 5)}
                for own in stations.values() for f in own if f.lon is not None and f.lat is not None
            ],
        },
        as_of=as_of, because=[f"place:{county.place.code}"], by=by,
    )  # fmt: skip


def publish_plans(*, by: Any, as_of: date) -> int:
    """Publish the plan in force and those that were: what a villager may ask of it. Gives how many are new."""
    rights.check(by, "publish")
    made = []
    for plan in PlanRecord.objects.filter(adopted_at__isnull=False):
        cost = plan.figures.get("cost") or {}
        modes = Counter(HamletOption.objects.filter(plan=plan).values_list("mode", flat=True))
        made.append({
            "kind": "plan", "key": plan.key, "title": plan.title, "as_of": as_of, "because": [f"plan:{plan.key}"],
            "data": {
                "key": plan.key, "title": plan.title, "number": plan.number, "adopted_on": f"{plan.adopted_at:%Y-%m-%d}",
                "in_force": plan.is_current, "paper_state": plan.paper_state, "level": plan.level,
                "level_reason": plan.figures.get("level_reason", ""), "capex_yuan": cost.get("capex"),
                "running_yuan_y": cost.get("running_per_year"), "plants": plan.figures.get("plants"),
                "modes": [{"mode": m, "hamlets": n} for m, n in modes.most_common()],
            },
        })  # fmt: skip
    return put_up_many(made, by=by)


# Days, numbers of problems and of documents: long numbers that point to nobody.
_NUMBERS_OF_THINGS = re.compile(
    r"((?<!\d)\d{4}-\d\d-\d\d(?!\d)|(?<![A-Z])[A-Z]{2,3}-\d{4}-\d{4,5}(?!\d)|〔\d{4}〕\d{1,4}号)"
)


def _without_persons(text: str) -> str:
    """A bulletin's words without telephones, names given and house numbers."""
    return "".join(part if at % 2 else masked(part) for at, part in enumerate(_NUMBERS_OF_THINGS.split(text)))


def publish_bulletin(row: BulletinRecord, *, by: Any, as_of: date) -> Publication:
    """Publish an issued bulletin: number, day, signer, and its text without what points to a person.

    Raises ValueError for one that is not issued, and for one that is marked 内部.
    """
    rights.check(by, "publish")
    if row.state != BulletinRecord.State.ISSUED or row.issued_on is None:
        raise ValueError("没有印发的通报不能公开：文号、签发人、日期要先记回来")
    if row.security:
        raise ValueError(f"这份通报标了“{row.security}”，不公开")
    own = own_county()
    text = (
        opened(held.recomputed(row), small=stated_rule().small, clean=_without_persons) if row.callover_id else []
    )
    data = {
        "sections": text, "addressees": row.content.get("addressees", []),
        "title": row.title, "document_number": row.document_number, "issued_on": row.issued_on.isoformat(), "signer": row.signer,
        "period": row.period, "issuer": own.issuing_body if own else "",
    }  # fmt: skip
    return put_up("bulletin", row.key, row.title, data, as_of=as_of, because=[f"bulletin:{row.key}"], by=by)
