"""The first morning: three ledgers against the register and each other.

The decisions taken so far go in, because each may raise or still another conflict: a row that is said to be 红岩村 may be
its second row. What comes out is the list as it stands now.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from qingxi.morning.conflict import Conflict, Decision, Decisions
from qingxi.morning.date_rules import sound_dates
from qingxi.morning.docket import Docket
from qingxi.morning.facility_rules import COUNTY, Standing, stand_facilities
from qingxi.morning.issue_rules import Problem, list_issues, troubled
from qingxi.morning.kinds import KINDS
from qingxi.morning.ledger import Ledgers, VillageLine
from qingxi.morning.matching import Match
from qingxi.morning.placing import place_villages
from qingxi.morning.result import VillageResult, county_result, village_result
from qingxi.morning.setting import Setting
from qingxi.morning.total_rules import check_totals
from qingxi.morning.village_rules import Listed, list_villages

_ORDER = {kind.name: n for n, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Examined:
    """What the check found.

    Attributes
    ----------
    conflicts : tuple of Conflict
        By kind, then as met; those decided among them.
    decided : dict
        Decisions that settle a conflict of this list, by key.
    results : tuple of VillageResult
        Every village that counts, as the decisions so far have it; only fit to print when nothing is open.
    matches : tuple of (VillageLine, Match)
        How each line of the village ledger was matched.
    """

    conflicts: tuple[Conflict, ...]
    decided: dict[str, Decision]
    results: tuple[VillageResult, ...]
    matches: tuple[tuple[VillageLine, Match], ...]

    @property
    def open(self) -> tuple[Conflict, ...]:
        """Conflicts nobody has decided."""
        return tuple(c for c in self.conflicts if c.key not in self.decided)


def examine(ledgers: Ledgers, setting: Setting, decisions: Decisions | None = None) -> Examined:
    """Check the ledgers.

    Parameters
    ----------
    decisions : mapping, optional
        Decisions by conflict key, of this quarter or carried over; one that settles nothing here is left aside.

    Returns
    -------
    Examined
        Cost: one pass over the lines, a few milliseconds for a county.
    """
    docket = Docket(decisions or {})
    check_totals(ledgers, docket)
    villages = [sound_dates(line, setting, docket) for line in ledgers.villages]
    plants = [sound_dates(line, setting, docket) for line in ledgers.facilities]
    issues = [sound_dates(line, setting, docket) for line in ledgers.issues]
    placed = place_villages(villages, setting, docket)
    facilities = stand_facilities(plants, placed, setting, docket)
    problems = list_issues(issues, facilities, setting, docket)
    listed = list_villages(placed, facilities, troubled(issues, setting), setting, docket)
    conflicts = tuple(sorted(docket.conflicts, key=lambda c: _ORDER[c.kind]))
    return Examined(conflicts, docket.decided, _results(listed, facilities, problems), tuple(placed.matches))


def _results(
    listed: list[Listed], facilities: list[Standing], problems: list[Problem]
) -> tuple[VillageResult, ...]:
    at: dict[str, list[Standing]] = defaultdict(list)
    about: dict[str, list[Problem]] = defaultdict(list)
    for f in facilities:
        at[f.village].append(f)
    for p in problems:
        about[p.village].append(p)
    out = [village_result(v, at.pop(v.village.code, []), about.pop(v.village.code, [])) for v in listed]
    # What stands in a village that is not listed (a town's community, one kept out) counts with the county itself.
    rest = [f for many in at.values() for f in many], [p for many in about.values() for p in many]
    return tuple(out) if not any(rest) else (*out, county_result(COUNTY, *rest))
