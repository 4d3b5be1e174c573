"""The static door: the whole published county as plain files, for a column of the county's portal or a disk.

HTML that needs no script, CSS, CSV, GeoJSON, a feed, a fragment for a portal's page. Links are relative, so that it works
below any path and from ``file://``. A file is written only when its content changed; ``manifest.json`` names each with its
sha256. What an earlier run wrote and this one does not is taken away; files of others in the folder are left alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape

from qingxi_office.public import files, pages
from qingxi_office.public.menu import MENU
from qingxi_office.public.telling import absolute_days
from qingxi_office.published import queries as published

MANIFEST = "manifest.json"
_FILES = {
    "public_index": "index.html", "public_map": "map.html", "public_stations": "stations.html", "public_villages": "villages.html",
    "public_rate": "rate.html", "public_samples": "samples.html", "public_plans": "plans.html", "public_bulletins": "bulletins.html", "public_bulletin": "bulletins/{}.html",
    "public_issues": "issues.html", "public_owing": "list.html", "public_help": "help.html", "public_village": "villages/{}.html",
    "public_station": "s/{}.html", "public_villages_csv": "data/villages.csv", "public_stations_csv": "data/stations.csv",
    "public_stations_geojson": "data/stations.geojson", "public_owing_csv": "data/list.csv", "public_feed": "feed.atom",
}  # fmt: skip
_ASSETS = (
    "design/tokens.css",
    "design/components.css",
    "public/signs.css",
    "public/public.css",
    "public/public.js",
)


class NotOurs(ValueError):
    """The folder has a manifest.json that this door did not write."""


@dataclass(frozen=True)
class Plain:
    """Where a plain page stands: ``up`` leads from it to the door's root; ``office_url`` is where reports can be sent, or ""."""

    up: str
    office_url: str

    def href(self, name: str, *args: Any) -> str:
        """The file of a page, relative to this one."""
        return self.up + _FILES[name].format(*args)


@dataclass
class Written:
    """What a run did."""

    changed: list[str] = field(default_factory=list)
    same: int = 0
    gone: list[str] = field(default_factory=list)


def _page(
    page: pages.Page, path: str, door: dict[str, Any], name: str, here: str = "", **more: Any
) -> tuple[str, bytes]:
    plain = Plain("../" * path.count("/"), door.get("office_url", ""))
    template, values = page
    text = render_to_string(
        template,
        {
            **values,
            "door": door,
            "door_menu": MENU,
            "here": here,
            "host_name": name,
            "plain": plain,
            "look": {},
            **more,
        },
    )
    return path, text.encode("utf-8")


def contents(office_url: str = "") -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of every file of the door, the same for the same publications."""
    door = pages.door()
    door["office_url"] = (door.get("office_url") or office_url).rstrip("/")
    name = f"{pages.county_name() or '清溪'}农村污水"
    root = Plain("", door["office_url"])
    base = door.get(
        "door_url", ""
    )  # a portal's page and a feed are read elsewhere: there links need the whole address
    out = Plain(f"{base}/" if base else "", door["office_url"])
    yield from (
        _page(page, _FILES[here], door, name, here)
        for here, page in (
            ("public_index", pages.index()), ("public_map", pages.county_map(root.href)), ("public_stations", pages.stations()),
            ("public_villages", pages.villages()), ("public_samples", pages.samples()), ("public_plans", pages.plans()),
            ("public_bulletins", pages.bulletins()), ("public_issues", pages.issues()), ("public_owing", pages.owing()), ("public_help", pages.about()),
        )
    )  # fmt: skip
    rate = pages.rate()
    no_rate = ("public/empty.html", {"title": "治理率", "text": "还没有公布治理率。"})
    yield _page(rate or no_rate, _FILES["public_rate"], door, name, "public_rate")
    for p in published.current("village"):
        yield _page(pages.village(p), _FILES["public_village"].format(p.key), door, name)
    for p in published.current("station"):
        yield _page(pages.station(p), _FILES["public_station"].format(p.key), door, name)
    for p in published.current("bulletin"):
        yield _page(pages.bulletin(p), _FILES["public_bulletin"].format(p.key), door, name, "public_bulletins")
    yield _FILES["public_villages_csv"], files.villages() or b""
    yield _FILES["public_stations_csv"], files.stations()
    yield _FILES["public_stations_geojson"], files.stations_geojson()
    yield _FILES["public_owing_csv"], files.owing()
    yield _FILES["public_feed"], files.feed(out.href, out.href("public_feed"), f"{pages.county_name()}农村污水公开")
    yield "column.html", _column(out)
    for asset in _ASSETS:
        found = finders.find(asset)
        if not isinstance(found, str):
            raise FileNotFoundError(asset)
        yield f"assets/{asset.rpartition('/')[2]}", Path(found).read_bytes()


def _column(root: Plain) -> bytes:
    """A fragment for a page of the county's portal: a heading, the rate, the newest, links; no head, no script, no style of its own."""
    _template, values = pages.index()
    main, rate = values["main"], values["rate"]
    lines = ['<div class="qingxi-column">', f"<h2>{escape(pages.county_name())}农村生活污水</h2>"]
    if main is not None and rate is not None:
        lines.append(
            f'<p><a href="{root.href("public_rate")}">治理率 {escape(main["text"])}</a>（{main["numerator"]}/{main["denominator"]} '
            f"{escape(main['unit_counted'])}，{rate.as_of:%Y-%m-%d}）</p>"
        )
    lines.append("<ul>")
    lines += [
        f'<li><a href="{root.href(page)}">{escape(word)}</a></li>' for page, word in MENU if page != "public_index"
    ]
    lines += [
        f'<li><a href="{root.href("public_owing")}">公开目录</a></li>',
        f'<li><a href="{root.href("public_help")}">怎么反映</a></li>',
        "</ul>",
    ]
    lines += [f"<p>{escape(b['title'])} {escape(b['document_number'])}</p>" for b in values["bulletins"]]
    lines.append("<p>反映问题：12345</p></div>")
    return ("\n".join(lines) + "\n").encode("utf-8")


def write(folder: Path, office_url: str = "") -> Written:
    """Write the door into a folder; gives what changed. Raises NotOurs where another's manifest lies.

    Each file is put in the place of the old one at once, so that a web server reading beside never meets half a page.
    """
    at = folder / MANIFEST
    before: dict[str, dict[str, Any]] = {}
    if at.is_file():
        try:
            told = json.loads(at.read_text(encoding="utf-8"))
            before = told["files"] if told.get("made_by") == "qingxi static-door" else {}
        except (ValueError, KeyError, AttributeError):
            before = {}
        if not before:
            raise NotOurs(f"{folder} 里有别的 manifest.json，不是静态门写的；请换一个空目录")
    done, now = Written(), {}
    with translation.override("zh-hans"), absolute_days():
        for path, body in contents(office_url):
            digest = hashlib.sha256(body).hexdigest()
            now[path] = {"sha256": digest, "bytes": len(body)}
            target = folder / path
            if (
                before.get(path, {}).get("sha256") == digest
                and target.is_file()
                and target.stat().st_size == len(body)
            ):
                done.same += 1
                continue
            _put(target, body)
            done.changed.append(path)
    for path in sorted(set(before) - set(now)):
        if ".." not in Path(path).parts and not Path(path).is_absolute():
            (folder / path).unlink(missing_ok=True)
            done.gone.append(path)
    if done.changed or done.gone or not at.is_file():
        _put(
            at,
            json.dumps(
                {"made_by": "qingxi static-door", "files": dict(sorted(now.items()))}, ensure_ascii=False, indent=1
            ).encode(),
        )
    return done


def _put(target: Path, body: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(target.name + ".part")
    half.write_bytes(body)
    half.replace(target)
