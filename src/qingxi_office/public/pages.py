"""What stands on each public page: (template, its values). The office serves them; the static door writes the same as files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from qingxi.disclosure import stated_rule
from qingxi.indicator import percent
from qingxi.report.numeral import numeral
from qingxi_office.intake import queries as handed_in
from qingxi_office.intake.models import PublicReport
from qingxi_office.public.drawing import map_svg
from qingxi_office.public.telling import MODES, QUANTITIES, ago, callable_people, money_of, short_word, verdict
from qingxi_office.published import queries as published
from qingxi_office.published.models import Publication
from qingxi_office.trail import clock

Page = tuple[str, dict[str, Any]]
Link = Callable[..., str]  # name of a page, its arguments -> its address


def door() -> dict[str, Any]:
    """The words of the foot, as the county published them; before it has, what the rate says of its host."""
    found = published.current("door").first()
    if found is not None:
        return dict(found.data)
    rate = published.current("rate").first()
    return {"host": rate.data.get("host", "") if rate else "", "note": "", "duty_phone": "", "contact_phone": ""}


def county_name() -> str:
    rate = published.current("rate").first()
    return str(rate.data["county"]) if rate else ""


def host_name() -> str:
    """What stands at the top where no portal is named."""
    return (county_name() or _("清溪")) + _("农村污水")


def _rate() -> tuple[Publication | None, dict[str, Any] | None]:
    rate = published.current("rate").first()
    return rate, (rate.data["figures"][0] if rate and rate.data["figures"] else None)


def _dressed(stations: list[Publication], today: dt.date) -> list[Publication]:
    for s in stations:
        _headline, s.kind, s.sub = verdict(s.data, today)
        s.word = short_word(s.kind)  # type: ignore[attr-defined]
    return stations


def index() -> Page:
    rate, main = _rate()
    return "public/index.html", {
        "rate": rate, "main": main, "stations": published.current("station").count(), "villages": published.current("village").count(),
        "issues": [i.data for i in published.current("issue").order_by("-published_at")[:6]],
        "bulletins": [{**b.data, "key": b.key} for b in published.current("bulletin").order_by("-published_at")[:3]],
        "samples": _samples()[:2], "plans": [p.data for p in published.current("plan")[:2]], "late": _late(),
    }  # fmt: skip


def _late() -> int:
    found = published.current("owing").first()
    return sum(r["late"] > 0 for r in found.data["rows"]) if found else 0


def stations() -> Page:
    """Every station; the office's page sieves and pages them, the written one carries all."""
    rows = _dressed(list(published.current("station")), clock.today())
    return "public/stations.html", {
        "rows": rows,
        "towns": sorted({s.data["township"] for s in rows if s.data["township"]}),
        "every": len(rows),
    }


def station(publication: Publication) -> Page:
    data, today = publication.data, clock.today()
    headline, kind, sub = verdict(data, today)
    lab = data.get("lab")
    return "public/station.html", {
        "p": publication, "s": data, "code": publication.key, "headline": headline, "kind": kind, "sub": sub,
        "visit_ago": ago(data["visit"]["on"], today) if data.get("visit") else "", "lab_day": ago(lab["on"], today) if lab else "",
        "lab_values": [(QUANTITIES.get(v["quantity"], v["quantity"]), v["value"]) for v in lab["values"] if v["quantity"] in ("cod", "nh3n", "tp")] if lab else [],
        "duties": callable_people(data.get("duties", [])), "money": money_of(data.get("money")),
        "has_village": published.latest("village", data.get("village_code", "")) is not None,
        "issues": [i.data for i in published.current("issue").filter(data__facility=data["key"])][:4],
    }  # fmt: skip


def villages() -> Page:
    rows = [p.data for p in published.current("village")]
    towns: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        towns.setdefault(row["township"], []).append(row)
    return "public/villages.html", {
        "towns": towns,
        "every": len(rows),
        "treated": sum(r["state"] == "已治理" for r in rows),
    }


def voices(village_code: str, facilities: list[str], today: dt.date) -> dict[str, Any]:
    """What people of a village told within a year, as counts; a small count is said to be small and no more."""
    rows = handed_in.about(village_code, facilities, today - dt.timedelta(days=365))
    state = PublicReport.State
    rule = stated_rule()

    def said(count: int) -> str:
        return _("不到 %d 件") % rule.threshold if rule.small(count) else _("%d 件") % rule.said(count)

    n = len(rows)
    return {
        "any": bool(n), "n": said(n), "yes": said(sum(r == state.CONFIRMED for r, _n in rows)), "no": said(sum(again > 0 for _r, again in rows)),
        "open": said(sum(r in (state.RECEIVED, state.TAKEN_UP, state.REOPENED) for r, _n in rows)),
    }  # fmt: skip


def village(publication: Publication) -> Page:
    data, today = publication.data, clock.today()
    keys = [s["code"] for s in data["stations"]]
    own = list(published.current("station").filter(key__in=keys))
    return "public/village.html", {
        "p": publication, "v": data, "stations": _dressed(own, today), "duties": callable_people(data["duties"]), "money": money_of(data["money"]),
        "modes": [(str(MODES.get(m["mode"], m["mode"])), m["hamlets"]) for m in data["modes"]],
        "voices": voices(data["code"], [s.data["key"] for s in own], today),
    }  # fmt: skip


def county_map(link: Link) -> Page:
    found = published.current("map").first()
    svg = ""
    if found is not None:
        words = {"map": _("村庄和站的图，每个村、每座站都能点"), "north": _("北")}
        svg = map_svg(
            found.data, lambda code: link("public_village", code), lambda code: link("public_station", code), words
        )
    return "public/map.html", {"p": found, "m": found.data if found else None, "svg": svg}


def rate() -> Page | None:
    """The published rate with its formula, both lists and townships: walked back as far as was published."""
    found, main = _rate()
    if found is None:
        return None
    return "public/rate.html", {
        "p": found,
        "d": found.data,
        "main": main,
        "history": list(published.history("rate", found.key)[:12]),
    }


def _samples() -> list[dict[str, Any]]:
    return [
        {**p.data, "title": p.title, "as_of": p.as_of, "key": p.key}
        for p in published.current("sample").order_by("-as_of")
    ]


def samples() -> Page:
    """Results with n and interval; the official verdict is by the point value, and no second verdict stands beside it."""
    rows = _samples()
    for row in rows:
        if row.get("share") is not None:
            row["low_pct"], row["high_pct"] = (
                round(100 * row[k], 1) if row.get(k) is not None else None for k in ("low", "high")
            )
            row["printed"] = row.get("printed") or f"{percent(Fraction(repr(row['share'])), 1, 1)}%"
    return "public/samples.html", {"rows": rows}


def plans() -> Page:
    rows = [p.data for p in published.current("plan").order_by("-data__adopted_on")]
    for row in rows:
        row["ways"] = [(str(MODES.get(m["mode"], m["mode"])), m["hamlets"]) for m in row["modes"]]
    return "public/plans.html", {"rows": rows}


def bulletins() -> Page:
    return "public/bulletins.html", {
        "rows": [{**b.data, "key": b.key} for b in published.current("bulletin").order_by("-data__issued_on")]
    }


def bulletin(publication: Publication) -> Page:
    """A bulletin's text as it was published; one of before texts were says only that it is there."""
    data = publication.data
    sections = [
        {**s, "heading": f"{numeral(n)}、{s['heading']}"} for n, s in enumerate(data.get("sections", []), start=1)
    ]
    return "public/bulletin.html", {"p": publication, "b": data, "sections": sections}


def issues() -> Page:
    return "public/issues.html", {"rows": [i.data for i in published.current("issue").order_by("-published_at")]}


def owing() -> Page:
    found = published.current("owing").first()
    rows = found.data["rows"] if found else []
    return "public/owing.html", {
        "p": found,
        "rows": rows,
        "late": sum(r["late"] > 0 for r in rows),
        "never": sum(not r["published"] and r["due"] is not None for r in rows),
    }


def about() -> Page:
    since = clock.today() - dt.timedelta(days=365)
    rule = stated_rule()
    channels = [
        (word, *(None if rule.small(n) else n for n in counts)) for word, *counts in handed_in.channels(since)
    ]
    return "public/help.html", {"channels": channels, "threshold": rule.threshold}
