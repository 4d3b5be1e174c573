"""What the pages of figures read: the newest of each definition, its target, its official value, its weakest township."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qingxi.indicator import Definition, Difference, against, definitions, percent
from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.indicators.models import FigureRecord, ReportedFigure
from qingxi_office.indicators.queries import as_reported
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.models import Place
from qingxi_office.programmes.models import Clash

from . import seen

TREND_DAYS = 90


@dataclass(frozen=True)
class Target:
    """What is asked of a figure, per cent, and by which paper."""

    value: float
    by: str
    ours: bool  # of the county's own task letter; else a requirement named by the definition


@dataclass
class Part:
    """One township's share of a figure."""

    code: str
    name: str
    part: int = 0
    n: int = 0

    @property
    def value(self) -> float | None:
        return self.part / self.n * 100 if self.n else None

    def printed(self, decimals: int) -> str:
        return f"{percent(self.part, self.n, decimals)}%" if self.n else "–"


@dataclass
class Line:
    """A definition on the list of figures."""

    definition: Definition
    record: FigureRecord | None = None
    target: Target | None = None
    official: tuple[ReportedFigure, Difference] | None = None
    weakest: Part | None = None
    trend: list[float | None] = field(default_factory=list)

    @property
    def short(self) -> float | None:
        """Points short of the target; None when it is met or cannot be said."""
        if self.record is None or self.record.value is None or self.target is None:
            return None
        gap = self.target.value - self.record.value
        return gap if gap > 1e-9 else None


def target_of(d: Definition, rows: Mapping[str, Any], main: str, county_target: float | None) -> Target | None:
    """The task letter's, else the county's own, else what the definition's paper asks."""
    if (row := rows.get(d.id)) is not None:
        return Target(row.value, row.document, True)
    if d.id == main and county_target is not None:
        return Target(county_target, "", True)
    return Target(d.required, d.required_by, False) if d.required is not None else None


def targets_of(user: Any, place: Place, year: int) -> dict[str, Any]:
    """The last target of each definition for a year."""
    rows = seen.targets(user).filter(place=place, year=year).order_by("id")
    return {row.definition: row for row in rows}


def official_of(user: Any, place: Place) -> dict[str, list[ReportedFigure]]:
    """Official figures of a place by the definition they may be held against, the newest first."""
    out: dict[str, list[ReportedFigure]] = defaultdict(list)
    rows = seen.reported(user).filter(place=place).exclude(definition="").defer("place__geometry")
    for row in sorted(rows, key=lambda r: (r.as_of or r.issued_on or dt.date.min, r.pk), reverse=True):
        out[row.definition].append(row)
    return out


def difference(row: ReportedFigure, record: FigureRecord) -> Difference:
    return against(as_reported(row), record.text, record.unit_counted, record.as_of)


def book(user: Any, place: Place, today: dt.date, main: str, county_target: float | None) -> list[Line]:
    """Every definition with its newest figure for a place. Six queries."""
    since = today - dt.timedelta(days=TREND_DAYS)
    light = list(
        seen.figures(user).filter(place=place, as_of__lte=today).select_related(None).order_by("as_of", "id")
        .filter(as_of__gte=since).values_list("definition", "pk", "value", "as_of")
    )  # fmt: skip
    newest = {definition: pk for definition, pk, _value, _day in light}
    trend: dict[str, dict[dt.date, float | None]] = defaultdict(dict)
    for definition, _pk, value, day in light:
        trend[definition][day] = value  # the last of a day
    missing = [d for d in definitions() if d not in newest]
    for definition, pk in (
        seen.figures(user).filter(place=place, as_of__lt=since, definition__in=missing).select_related(None)
        .order_by("as_of", "id").values_list("definition", "pk")
    ):  # fmt: skip
        newest[definition] = pk
    records = {f.pk: f for f in seen.figures(user).filter(pk__in=newest.values()).defer("place__geometry")}
    asked, official = targets_of(user, place, today.year), official_of(user, place)
    lines = []
    for d in definitions().values():
        record = records.get(newest.get(d.id, 0))
        line = Line(d, record, target_of(d, asked, main, county_target), trend=list(trend[d.id].values()))
        if record is not None and official[d.id]:
            line.official = (official[d.id][0], difference(official[d.id][0], record))
        lines.append(line)
    towns = by_township(user, [line.record for line in lines if line.record is not None])
    for line in lines:
        if line.record is not None:
            parts = [p for p in towns[line.record.pk] if p.n]
            line.weakest = min(parts, key=lambda p: (p.part / p.n, p.code)) if len(parts) > 1 else None
    return lines


def by_township(user: Any, records: Iterable[FigureRecord]) -> dict[int, list[Part]]:
    """Each figure's lines summed by township, never a rate of rates; three queries whatever the number of figures."""
    records = list(records)
    where = _townships(records)
    names = dict(
        Place.objects.filter(level="township", code__in=set(where.values())).values_list("code", "name")
    )  # fmt: skip
    out: dict[int, list[Part]] = {}
    for record in records:
        out[record.pk] = []
        if record.low is not None:  # a sample of the county says nothing of a township
            continue
        parts: dict[str, Part] = {}
        for lines, name in ((record.numerator_list, "part"), (record.denominator_list, "n")):
            for line in lines:
                code = where.get(line["ref"], "")
                if code in names:
                    part = parts.setdefault(code, Part(code, names[code]))
                    setattr(part, name, getattr(part, name) + int(line.get("weight", 1)))
        out[record.pk] = sorted(parts.values(), key=lambda p: (p.part / p.n if p.n else 2, p.code))
    return out


def _townships(records: Iterable[FigureRecord]) -> dict[str, str]:
    """Township code of every line's thing, by reference."""
    ids: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for line in record.denominator_list:
            ref = Ref.parse(line["ref"])
            ids[ref.kind].add(ref.id)
    out = {f"{kind}:{name}": name[:9] for kind in ("village", "hamlet", "place") for name in ids[kind]}
    for kind, model in (("facility", FacilityRecord), ("issue", IssueRecord), ("clash", Clash)):
        if ids[kind]:
            wanted = ids[kind]
            found = model.objects.order_by().values_list("key", "place__code")  # type: ignore[attr-defined]
            if len(wanted) <= 2000:
                found = found.filter(key__in=wanted)
            out |= {f"{kind}:{key}": code[:9] for key, code in found if key in wanted and code}
    return out
