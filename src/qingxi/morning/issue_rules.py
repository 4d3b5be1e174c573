"""The problem ledger: about a village and a facility that exist, and not closed over a stopped plant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qingxi.morning.conflict import Cited
from qingxi.morning.docket import Docket
from qingxi.morning.facility_rules import COUNTY, Standing
from qingxi.morning.ledger import IssueLine
from qingxi.morning.matching import match
from qingxi.morning.names import plain
from qingxi.morning.setting import STILL, Setting


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as it counts: its village ("" with the county itself), and whether it counts as closed."""

    line: IssueLine
    village: str
    closed: bool


def list_issues(
    lines: Iterable[IssueLine], facilities: Iterable[Standing], setting: Setting, docket: Docket
) -> list[Problem]:
    """Every problem that counts."""
    by_id: dict[str, Standing] = {}
    for f in facilities:
        by_id[_number(f.line.id)] = f
        by_id.setdefault(plain(f.line.name), f)
    out = []
    for line in lines:
        subject = f"issue:{line.id or line.written.mark}"
        facility, counts = _facility(line, subject, by_id, setting, docket)
        village = _village(line, subject, facility, setting, docket) if counts else None
        if village is None:
            continue
        closed = line.closed
        if closed and facility is not None and facility.status in STILL:
            rows = (
                Cited(line.written, ("state", "closed_on", "facility")),
                Cited(facility.line.written, ("status",)),
            )
            said = {"issue": line.id or line.title, "facility": facility.name}
            decision = docket.file("issue-closed-stopped", subject, said, rows, village=village or facility.village)
            closed = not (decision and decision.way == "reopen")
        out.append(Problem(line, village, closed))
    return out


def _number(text: str) -> str:
    return plain(text).upper()


def _facility(
    line: IssueLine, subject: str, by_id: dict[str, Standing], setting: Setting, docket: Docket
) -> tuple[Standing | None, bool]:
    """The facility it is about, and whether the problem counts at all."""
    if not line.facility:
        return None, True
    found = by_id.get(_number(line.facility)) or by_id.get(plain(line.facility))
    if found is not None or line.facility in setting.statuses:
        return found, True
    at = match(setting.register, line.code, line.village, line.township)
    decision = docket.file(
        "issue-unknown-facility", subject, {"issue": line.id or line.title, "facility": line.facility},
        (Cited(line.written, ("facility",)),), village=at.code or setting.register.town(line.township),
    )  # fmt: skip
    if decision is not None and decision.way == "of":
        return by_id.get(_number(decision.target)) or by_id.get(plain(decision.target)), True
    return None, decision is None or decision.way != "drop"


def _village(
    line: IssueLine, subject: str, facility: Standing | None, setting: Setting, docket: Docket
) -> str | None:
    """Code of its village, COUNTY, or None when it was decided not to count it."""
    if not line.code and not line.village:
        return facility.village if facility else COUNTY
    found = match(setting.register, line.code, line.village, line.township)
    if found.counts:
        return found.code
    decision = docket.file(
        "issue-unknown-village", subject,
        {"issue": line.id or line.title, "name": line.village or "—", "code": line.code or "—"},
        (Cited(line.written, ("village", "code")),),
        village=found.code or next(iter(found.candidates), "") or setting.register.town(line.township),
        candidates=setting.choices(found.candidates),
    )  # fmt: skip
    if decision is None or decision.way == "county":
        return COUNTY
    return None if decision.way == "drop" else decision.code


def troubled(lines: Iterable[IssueLine], setting: Setting) -> dict[str, tuple[Cited, ...]]:
    """Villages that a problem names, with its rows."""
    out: dict[str, tuple[Cited, ...]] = {}
    for line in lines:
        found = (
            match(setting.register, line.code, line.village, line.township) if line.code or line.village else None
        )
        if found is not None and found.counts:
            out[found.code] = (*out.get(found.code, ()), Cited(line.written, ("village", "code")))
    return out
