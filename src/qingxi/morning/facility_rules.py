"""The facility ledger: one line a facility, in a village, in one state, tested when it must be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from qingxi.morning.conflict import Cited
from qingxi.morning.docket import Docket
from qingxi.morning.kinds import STATUS_EN, STATUS_ZH
from qingxi.morning.ledger import FacilityLine, VillageLine
from qingxi.morning.matching import match
from qingxi.morning.placing import Placed
from qingxi.morning.setting import RUNNING, STILL, Setting

COUNTY = ""
"""Village of what is counted with the county itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A facility as it counts: its village ("" with the county itself), status, and whether its test is owed and there."""

    line: FacilityLine
    village: str
    status: str
    test_owed: bool = False
    tested: bool = False

    @property
    def name(self) -> str:
        return self.line.name or self.line.id

    @property
    def running(self) -> bool:
        return self.status in RUNNING


def stand_facilities(
    lines: Iterable[FacilityLine], placed: Placed, setting: Setting, docket: Docket
) -> list[Standing]:
    """Every facility once, with the village, status and test that count."""
    groups: dict[str, list[FacilityLine]] = defaultdict(list)
    for line in lines:
        groups[line.id or f"row:{line.written.mark}"].append(line)
    found: list[tuple[FacilityLine, list[FacilityLine], str]] = []
    for many in groups.values():
        line, same = _one_of(many, setting, docket)
        village = _village_of(line, setting, docket)
        if village is not None:
            found.append((line, same, village))
    per_village: dict[str, int] = defaultdict(int)
    for _, _, village in found:
        per_village[village] += 1
    out = []
    for line, same, village in found:
        beside = placed.lines.get(village, []) if per_village[village] == 1 else []
        status = _status_of(line, same, beside, village, setting, docket)
        out.append(_tested(Standing(line, village, status), setting, docket))
    return out


def _label(line: FacilityLine) -> str:
    return (
        f"{line.name}（{line.id}）"
        if line.name and line.id
        else line.name or line.id or f"第 {line.written.row} 行"
    )


def _one_of(many: list[FacilityLine], setting: Setting, docket: Docket) -> tuple[FacilityLine, list[FacilityLine]]:
    """The line that stands, and the lines whose status is still to be compared."""
    if len(many) == 1 or _contradict([line.status for line in many]):
        return many[0], many
    decision = docket.file(
        "facility-twice", f"facility:{many[0].id}", {"facility": _label(many[0]), "n": len(many)},
        tuple(Cited(line.written, ("id", "design_m3_d", "village", "status")) for line in many), village=_town(many[0], setting),
    )  # fmt: skip
    if decision is None:
        return many[0], many[:1]
    mark = decision.way.partition(":")[2]
    kept = next(line for line in many if line.written.mark == mark)
    return kept, [kept]


def _town(line: FacilityLine, setting: Setting) -> str:
    found = match(setting.register, line.code, line.village, line.township)
    return found.code or next(iter(found.candidates), "") or setting.register.town(line.township)


def _village_of(line: FacilityLine, setting: Setting, docket: Docket) -> str | None:
    """Code of its village, COUNTY, or None when it was decided not to count it."""
    found = match(setting.register, line.code, line.village, line.township)
    if found.counts:
        return found.code
    at = found.code or next(iter(found.candidates), "") or setting.register.town(line.township)
    decision = docket.file(
        "facility-no-village", f"facility:{line.id or line.written.mark}",
        {"facility": _label(line), "name": line.village or "—", "code": line.code or "—"},
        (Cited(line.written, ("village", "code")),), village=at, candidates=setting.choices(found.candidates),
    )  # fmt: skip
    if decision is None or decision.way == "county":
        return COUNTY
    return None if decision.way == "drop" else decision.code


def _contradict(statuses: Iterable[str]) -> bool:
    said = set(statuses)
    return bool(said & RUNNING) and bool(said & STILL)


def _status_of(
    line: FacilityLine, same: list[FacilityLine], beside: list[VillageLine], village: str, setting: Setting, docket: Docket
) -> str:  # fmt: skip
    claims = [(x.status, x.written, Cited(x.written, ("status",))) for x in same]
    claims += [
        (v.facility_status, v.written, Cited(v.written, ("facility_status",))) for v in beside if v.facility_status
    ]
    rows = tuple(cited for _, _, cited in claims)
    known = setting.statuses.get(line.id, "")
    every = [(status, f"{w.file} 第 {w.row} 行", f"{w.file} row {w.row}") for status, w, _ in claims]
    every += [(known, "账册", "the office's register")] if known else []
    if _contradict(status for status, *_ in every):
        a = next(x for x in every if x[0] in RUNNING)
        b = next(x for x in every if x[0] in STILL)
        decision = docket.file(
            "facility-state", f"facility:{line.id or line.written.mark}",
            {"facility": _label(line), "a": f"{STATUS_ZH[a[0]]}（{a[1]}）", "b": f"{STATUS_ZH[b[0]]}（{b[1]}）",
             "a_en": f"{STATUS_EN[a[0]]} ({a[2]})", "b_en": f"{STATUS_EN[b[0]]} ({b[2]})"},
            rows, village=village or _town(line, setting),
        )  # fmt: skip
        return decision.way.partition(":")[2] if decision else line.status
    status = line.status or known
    if not status:
        decision = docket.file(
            "facility-state-unknown", f"facility:{line.id or line.written.mark}",
            {"facility": _label(line), "state": line.written.said("status") or "空白"},
            (Cited(line.written, ("status",)),), village=village or _town(line, setting),
        )  # fmt: skip
        return decision.way.partition(":")[2] if decision else ""
    return status


def _tested(standing: Standing, setting: Setting, docket: Docket) -> Standing:
    """Whether a test is owed by size, and there: by the office's own readings first, else by the ledger's column."""
    line, since = standing.line, setting.quarter.tests_since
    design = line.design_m3_d or 0.0
    if not standing.running or design < setting.limits.tested_from_m3_d:
        return standing
    days = [d for d in (setting.tests.get(line.id), line.tested_on) if d is not None and d <= setting.on]
    last = max(days, default=None)
    if last is not None and last >= since:
        return replace(standing, test_owed=True, tested=True)
    decision = docket.file(
        "facility-untested", f"facility:{line.id or line.written.mark}",
        {"facility": _label(line), "design": f"{design:g}", "since": since, "last": last or "—"},
        (Cited(line.written, ("design_m3_d", "tested_on")),), village=standing.village or _town(line, setting),
    )  # fmt: skip
    return replace(standing, test_owed=True, tested=decision is not None and decision.way == "tested")
