"""Every change to the open door's own books. Whether a person may is asked by ``site``: this room knows no people."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import F

from qingxi.disclosure import CannotProtect, Counts, stated_rule, withhold
from qingxi.origin import Ref
from qingxi.standard import load_table
from qingxi_office.intake import actions as intake
from qingxi_office.intake.models import PublicReport
from qingxi_office.opendata import queries
from qingxi_office.opendata.models import Asked, Counted, OpenKey, OpenRule, Pace
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_KEY = "qk_"


@transaction.atomic
def disclose(
    table: str,
    values: Mapping[str, int],
    sums: Sequence[tuple[str, Sequence[str]]],
    *,
    as_of: date,
    by: trail.Doer,
) -> frozenset[str]:
    """The cells of a table of counts that must stay unsaid, given all that was ever said of it; keeps the counts.

    Where earlier publications give a small count away already, everything of today stays unsaid and the trail names it.
    """
    rule = stated_rule()
    rows = list(Counted.objects.filter(table=table))
    plain = [[total, list(parts)] for total, parts in sums]
    told = {"threshold": rule.threshold, "width": rule.width, "base": rule.base}
    if rows and (rows[-1].values, rows[-1].sums, rows[-1].rule) == (dict(values), plain, told):
        return frozenset(rows[-1].withheld)
    earlier = [Counts(r.values, r.sums, frozenset(r.withheld)) for r in rows]
    beyond: list[str] = []
    try:
        hidden = withhold(Counts(values, sums), rule, earlier)
    except CannotProtect as error:
        beyond, hidden = list(error.cells), frozenset(values)
    row = Counted(
        table=table, as_of=as_of, values=dict(values), sums=plain, withheld=sorted(hidden), rule=told, beyond=beyond,
        made_at=clock.now(), by_name=str(by),
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "counts.disclosed", Ref("counts", f"{table}/{row.pk}"), by=by, because="、".join(beyond),
        after={"cells": len(values), "withheld": len(hidden), **told},
    )  # fmt: skip
    return hidden


@transaction.atomic
def make_key(name: str, *, by: trail.Doer) -> tuple[OpenKey, str]:
    """A key for a platform and its secret, which is shown once. Raises ValueError without a name."""
    name = name.strip()
    if not name:
        raise ValueError("要写明是哪个平台、找谁")
    secret = _KEY + secrets.token_urlsafe(24)
    row = OpenKey(
        name=name[:80],
        hash=queries.digest(secret),
        begins=secret[:8],
        made_at=clock.real_now(),
        by_name=str(by),
    )
    row.save(force_insert=True)
    trail.record("open_key.made", Ref("open_key", str(row.pk)), by=by, after={"name": row.name})
    return row, secret


@transaction.atomic
def revoke_key(row: OpenKey, *, by: trail.Doer) -> None:
    if row.revoked_at is None:
        row.revoked_at = clock.real_now()
        row.save(update_fields=["revoked_at"])
        trail.record("open_key.revoked", Ref("open_key", str(row.pk)), by=by, because=row.name)


@transaction.atomic
def settle(
    *, posting: str, licence: str, licence_url: str, contact: str, map_number: str, by: trail.Doer
) -> OpenRule:
    """What the county says of its open door. Raises ValueError for what cannot be."""
    row = queries.rule()
    fields = {
        "posting": posting, "licence": licence.strip(), "licence_url": licence_url.strip(), "contact": contact.strip(),
        "map_number": map_number.strip(),
    }  # fmt: skip
    before = {name: getattr(row, name) for name in fields}
    if not fields["licence"] or not fields["licence_url"].startswith(("https://", "http://")):
        raise ValueError("许可要写名称，并给出全文的网址")
    for name, value in fields.items():
        setattr(row, name, value)
    row.set_at, row.by_name = clock.now(), str(by)
    try:
        row.full_clean()
    except ValidationError as error:
        raise ValueError("；".join(error.messages)) from None
    row.save()
    if before != fields:
        trail.record("open_data.settled", Ref("office", "open-data"), by=by, before=before, after=fields)
    return row


def _mark(*parts: Any) -> str:
    said = "\x1f".join(str(p) for p in parts)
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def hand_in(
    service: str,
    text: str,
    place: queries.Where,
    *,
    address: str,
    said: str = "",
    device: str = "",
    phone: str = "",
    photo: Any = None,
    key: OpenKey | None = None,
    lon: float | None = None,
    lat: float | None = None,
) -> tuple[PublicReport, bool]:
    """A request into intake by the same law as the villager's page; (report, whether it is new).

    ``said`` is the place in the sender's words, which officers alone read. The same words of the same place from the
    same sender within a day are the report that is there already. A platform's limit is counted by its key, a sender's
    by address or device. Raises ValueError, intake.TooMany.
    """  # fmt: skip
    now = clock.now()
    sender = f"key:{key.pk}:{device or address}" if key else address
    mark = _mark(sender, service, text.strip(), place.facility, place.village_code, said, lon, lat)
    there = Asked.objects.filter(mark=mark, at__gt=now - timedelta(days=1)).select_related("report").first()
    if there is not None:
        return there.report, False
    if key is not None:
        lately = Asked.objects.filter(key=key, at__gt=now - timedelta(hours=1)).count()
        if lately >= load_table("disclosure")["key.per_hour"]:
            raise intake.TooMany("这个平台一小时内代交得太多了，请过一会儿再试")
    report = intake.hand_in(
        text, address=sender, facility=place.facility, facility_name=place.facility_name, village_code=place.village_code,
        place=said, photo=photo, phone=phone, channel=PublicReport.Channel.API,
    )  # fmt: skip
    Asked(report=report, service=service, lon=lon, lat=lat, key=key, mark=mark, at=now).save(force_insert=True)
    if key is not None:
        OpenKey.objects.filter(pk=key.pk).update(used_at=clock.real_now())
    return report, True


def tell_pace(who: str, window: int, n: int) -> int | None:
    """Adds ``n`` askings to the books; the sum of all processes, or None where the books are busy: nobody is refused for that.

    No trail row: these counts are no record of anything and are gone after two windows.
    """
    try:
        with transaction.atomic():
            _row, new = Pace.objects.get_or_create(who=who, window=window)
            Pace.objects.filter(who=who, window=window).update(n=F("n") + n)
            if new:
                Pace.objects.filter(window__lt=window - 1).delete()
            return Pace.objects.filter(who=who, window=window).values_list("n", flat=True).get()
    except DatabaseError:
        return None
