"""Published lists as files: CSV, GeoJSON, an Atom feed. Bytes only: the office answers with them, the static door writes them."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from xml.etree import ElementTree as ET

from django.utils import timezone

from qingxi.files.book_cells import guard
from qingxi_office.published import queries as published
from qingxi_office.published.models import Publication

_ATOM = "http://www.w3.org/2005/Atom"
# What the feed tells of, and the page that shows it; those with a page of their own by their key.
FEED = {
    "rate": "public_rate", "bulletin": "public_bulletin", "plan": "public_plans", "sample": "public_samples", "issue": "public_issues",
    "owing": "public_owing", "village": "public_village",
}  # fmt: skip
_OWN_PAGE = {"village", "bulletin"}
_MOST = 60


def _csv(head: list[str], rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(head)
    out.writerows([["" if v is None else guard(v) if isinstance(v, str) else v for v in row] for row in rows])
    return ("\ufeff" + text.getvalue()).encode("utf-8")


def villages() -> bytes | None:
    """The published list of villages and their states; None before it was published."""
    rate = published.current("rate").first()
    if rate is None:
        return None
    return _csv(
        ["行政村代码", "行政村", "乡镇", "治理状态", "认定日期"],
        ([v["code"], v["name"], v["township"], v["state"], v["state_on"]] for v in rate.data["villages"]),
    )


def stations() -> bytes:
    return _csv(
        ["站码", "编号", "站名", "行政村代码", "行政村", "乡镇", "工艺", "规模_m3_d", "状态", "上次检查", "不正常项", "上次化验", "运维单位", "经度", "纬度"],
        (
            [
                p.key, d["key"], d["name"], d.get("village_code"), d["village"], d["township"], d.get("process"), d.get("design_m3_d"),
                d.get("status_word"), (d.get("visit") or {}).get("on"), len((d.get("visit") or {}).get("bad", [])) if d.get("visit") else None,
                (d.get("lab") or {}).get("on"), d.get("operator"), d.get("lon"), d.get("lat"),
            ]
            for p in published.current("station") for d in [p.data]
        ),
    )  # fmt: skip


def stations_geojson() -> bytes:
    features = [
        {
            "type": "Feature", "id": p.key, "geometry": {"type": "Point", "coordinates": [p.data["lon"], p.data["lat"]]},
            "properties": {k: p.data.get(k) for k in ("key", "name", "village", "township", "process", "design_m3_d", "status_word")} | {"as_of": p.as_of.isoformat()},
        }
        for p in published.current("station") if p.data.get("lon") is not None and p.data.get("lat") is not None
    ]  # fmt: skip
    return json.dumps(
        {"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def owing() -> bytes:
    found = published.current("owing").first()
    rows = found.data["rows"] if found else []
    return _csv(
        ["公开什么", "谁来公开", "最迟", "上次公开", "过期天数", "在别处公开", "凭哪一条"],
        (
            [r["what"], r["who"], r["due"], r["published"], r["late"], r["href"] or r["where"], r["basis"]]
            for r in rows
        ),
    )


def feed(link: Callable[..., str], own: str, title: str) -> bytes:
    """The last sixty published things, newest first. ``link`` gives the address of a page, ``own`` is the feed's."""
    rows = list(
        Publication.objects.filter(kind__in=FEED, superseded_at=None).order_by("-published_at", "-id")[:_MOST]
    )
    ET.register_namespace("", _ATOM)
    root = ET.Element(f"{{{_ATOM}}}feed")

    def put(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
        child = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
        child.text = text or None
        return child

    put(root, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'qingxi:{title}')}")
    put(root, "title", title)
    put(root, "link", href=own, rel="self")
    put(root, "updated", _at(rows[0]) if rows else "1970-01-01T00:00:00+00:00")
    put(put(root, "author"), "name", title)
    for row in rows:
        entry = put(root, "entry")
        put(entry, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'qingxi:{row.kind}/{row.key}/{_at(row)}')}")
        put(entry, "title", row.title)
        put(entry, "updated", _at(row))
        args = (row.key,) if row.kind in _OWN_PAGE else ()
        put(entry, "link", href=link(FEED[row.kind], *args))
        put(entry, "summary", f"{row.title}，数据截至 {row.as_of:%Y-%m-%d}")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="utf-8") + b"\n"


def _at(row: Publication) -> str:
    return timezone.localtime(row.published_at).isoformat(timespec="seconds")
