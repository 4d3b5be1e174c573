"""Freezing the register on a day."""

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Model

from qingxi.origin import Ref
from qingxi_office.facilities.models import (
    Discharger,
    FacilityRecord,
    Outlet,
    SamplingPoint,
    Snapshot,
    SnapshotPart,
)
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.numbers import next_key
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, VillageRecord

# kind: (model, way to its place, natural key first and then the fields that are kept, fields that are summed)
KEPT: dict[str, tuple[type[Model], str, tuple[str, ...], tuple[str, ...]]] = {
    "village": (
        VillageRecord, "place_id",
        ("place__code", "place__name", "state", "state_on", "state_doc", "mode", "households", "people_registered",
         "people_resident", "people_festival", "households_connected", "no_sewage_seen", "no_odour", "no_complaint",
         "sewer_distance_m", "crop_area_mu", "ditch_m"),
        ("households", "people_registered", "people_resident", "people_festival", "households_connected"),
    ),
    "hamlet": (
        HamletRecord, "place__parent_id",
        ("key", "name", "households", "households_treated", "households_controlled"),
        ("households", "households_treated", "households_controlled"),
    ),
    "household": (
        HouseholdRecord, "hamlet__place__parent_id",
        ("key", "hamlet__key", "door", "people_registered", "people_resident", "people_festival", "toilet", "separated",
         "rain_separated", "water_source", "water_m3_month", "connected", "sewer_distance_m", "crop_area_mu", "ditch",
         "income_class", "mode", "lon", "lat"),
        ("people_registered", "people_resident", "people_festival"),
    ),
    "facility": (
        FacilityRecord, "place_id",
        ("key", "name", "mode", "process", "design_m3_d", "actual_m3_d", "discharge_class", "owner", "operator", "status",
         "fault_class", "households_connected", "commissioned", "scrapped_on", "public_code", "lon", "lat"),
        ("design_m3_d", "actual_m3_d", "households_connected"),
    ),
    "discharger": (
        Discharger, "place_id",
        ("key", "name", "kind", "facility__key", "flow_m3_d", "pretreatment", "permit", "permit_number", "closed_on"),
        ("flow_m3_d",),
    ),
    "outlet": (
        Outlet, "place_id",
        ("key", "name", "facility__key", "water", "water_class", "registered", "number", "closed_on", "lon", "lat"), (),
    ),
    "sampling_point": (
        SamplingPoint, "place_id",
        ("key", "name", "kind", "facility__key", "outlet__key", "every", "closed_on", "lon", "lat"), (),
    ),
}  # fmt: skip


@transaction.atomic
def freeze(title: str, *, by: trail.Doer, why: str = "") -> Snapshot:
    """Freeze the register as it stands today: counts, digest, and every row readable later.

    200,000 households take some seconds and 6 MB. The digest over all parts stands in the trail, so that a snapshot
    changed by hand is found.
    """
    rights.check(by, "freeze_register")
    today = clock.today()
    snapshot = Snapshot(
        key=next_key(Snapshot, f"DJ-{today:%Y-%m%d}-", width=1), title=title.strip() or f"{today:%Y-%m-%d} 登记", on=today, at=clock.now(), by_name=str(by),
        why=why, counts={}, sha256="",
    )  # fmt: skip
    whole = hashlib.sha256()
    snapshot.save(force_insert=True)
    for kind in KEPT:
        count = 0
        for part in _parts(snapshot, kind):
            part.save(force_insert=True)
            whole.update(f"{kind}/{part.place_id}/{part.sha256};".encode())
            count += part.count
        snapshot.counts[kind] = count
    snapshot.sha256 = whole.hexdigest()
    snapshot.save(update_fields=["counts", "sha256"])
    trail.record(
        "register.frozen", Ref("snapshot", snapshot.key), by=by, because=why,
        after={"counts": snapshot.counts, "sha256": snapshot.sha256},
    )  # fmt: skip
    return snapshot


def _parts(snapshot: Snapshot, kind: str) -> Iterator[SnapshotPart]:
    """One part a village; rows in the order of their keys, so that equal rows give equal digests."""
    model, way, fields, summed = KEPT[kind]
    rows: dict[int, list[list[Any]]] = defaultdict(list)
    for place_id, *values in model._default_manager.order_by(fields[0]).values_list(way, *fields).iterator(5000):
        rows[place_id].append(values)
    living = Place.objects.in_bulk(rows.keys())
    for place_id in sorted(rows, key=lambda pk: living[pk].code):
        held = rows[place_id]
        plain = json.dumps(
            {"fields": fields, "rows": held}, ensure_ascii=False, separators=(",", ":"), default=str
        ).encode()
        sums = {f: sum(row[fields.index(f)] or 0 for row in held) for f in summed}
        yield SnapshotPart(
            snapshot=snapshot, kind=kind, place_id=place_id, count=len(held), sums=sums,
            sha256=hashlib.sha256(plain).hexdigest(), rows=zlib.compress(plain, 6),
        )  # fmt: skip
