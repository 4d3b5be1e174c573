"""Households connected as they may be published: station, village, township and county, small counts withheld by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from qingxi.disclosure import stated_rule
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.opendata.actions import disclose
from qingxi_office.places.models import County, Place
from qingxi_office.places.queries import heads
from qingxi_office.trail import actions as trail

_LEVELS = ("county", "township", "village")


class Connected:
    """The table of one day. ``of(key)`` is what may be said of a station: the count, or None where it is withheld."""

    def __init__(self, rows: Iterable[FacilityRecord], county: County, *, as_of: date, by: trail.Doer) -> None:
        rows = list(rows)
        chains = {row.pk: [p.rstrip("/").rpartition("/")[2] for p in heads(row.place.path)] for row in rows}
        codes = {code for chain in chains.values() for code in chain}
        self._places = {
            p.code: p
            for p in Place.objects.filter(code__in=codes, level__in=_LEVELS, valid_to=None).only(
                "code", "name", "level"
            )
        }
        self.values: dict[str, int] = defaultdict(int)
        parts: dict[str, dict[str, None]] = defaultdict(dict)
        for row in rows:
            below = f"facility:{row.key}"
            self.values[below] = row.households_connected
            for code in chains[row.pk]:
                if code in self._places:
                    self.values[code] += row.households_connected
                    parts[code][below] = None
                    below = code
        sums = [(total, sorted(kids)) for total, kids in sorted(parts.items())]
        self._rule = stated_rule()
        self.withheld = disclose(f"households/{county.place.code}", dict(self.values), sums, as_of=as_of, by=by)
        self.refs = [f"facility:{row.key}" for row in rows]

    def _said(self, cell: str) -> int | None:
        return None if cell in self.withheld else self._rule.said(self.values[cell])

    def of(self, key: str) -> int | None:
        return self._said(f"facility:{key}")

    def places(self) -> list[dict[str, Any]]:
        """County, townships and villages with what may be said of each."""
        order = {level: n for n, level in enumerate(_LEVELS)}
        rows = sorted(self._places.values(), key=lambda p: (order[p.level], p.code))
        return [
            {"code": p.code, "name": p.name, "level": p.level, "connected": self._said(p.code), "withheld": p.code in self.withheld}
            for p in rows
        ]  # fmt: skip
