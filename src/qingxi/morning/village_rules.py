"""The village ledger against register and facilities: what is missing, what cannot be, what is treated by nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qingxi.morning.conflict import Cited
from qingxi.morning.docket import Docket
from qingxi.morning.facility_rules import Standing
from qingxi.morning.ledger import VillageLine
from qingxi.morning.placing import Placed
from qingxi.morning.register import RegisterVillage
from qingxi.morning.setting import STILL, Setting
from qingxi.morning.state import State
from qingxi.place import VillageKind

PATHS = (
    "纳管",
    "并网",
    "城镇管网",
    "纳入管网",
    "城镇污水",
    "资源",
    "还田",
    "回用",
    "分户",
    "散户",
    "三格",
    "无设施",
    "土地渗滤",
)
"""Words of a mode that say where the sewage goes without a facility of the village's own."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A village as it counts."""

    village: RegisterVillage
    state: State
    line: VillageLine | None
    households: int
    households_treated: int
    oversize: bool = False


def list_villages(
    placed: Placed, facilities: Iterable[Standing], troubled: Mapping[str, tuple[Cited, ...]], setting: Setting, docket: Docket
) -> list[Listed]:  # fmt: skip
    """Every village that counts, with its state.

    Parameters
    ----------
    troubled : mapping
        Villages that a problem names, with its rows: they show that a community is not only a town's.
    """
    at: dict[str, list[Standing]] = defaultdict(list)
    for standing in facilities:
        at[standing.village].append(standing)
    out = []
    for code, lines in sorted(placed.lines.items()):
        village = setting.register.by_code.get(code)
        if village is not None:
            out.append(_as_it_counts(village, lines, at[code], setting, docket))
    for village in setting.register.living:
        if village.code in placed.lines or village.code in placed.waiting:
            continue
        state = _left_out(village, at[village.code], troubled.get(village.code, ()), docket)
        if state is not None:
            out.append(Listed(village, state, None, 0, 0))
    return sorted(out, key=lambda v: v.village.code)


def _as_it_counts(
    village: RegisterVillage, lines: list[VillageLine], facilities: list[Standing], setting: Setting, docket: Docket
) -> Listed:  # fmt: skip
    line = lines[0]
    state = line.state or State.OPEN
    for each in lines:
        if each.state is None:
            decision = docket.file(
                "state-unknown", f"village:{village.code}", {"village": village.name, "state": each.written.said("state") or "空白"},
                (Cited(each.written, ("state",)),), village=village.code,
            )  # fmt: skip
            if decision and each is line:
                state = State(decision.way.partition(":")[2])
    claimed = [x for x in lines if x.state is State.TREATED] or ([line] if state is State.TREATED else [])
    if claimed:
        told = _treated_by_nothing(village, claimed, facilities, docket)
        state = told if told is not None and line in claimed else state
    households, treated = line.households or 0, line.households_treated or 0
    for each in lines:
        if each.households is not None and (each.households_treated or 0) > each.households:
            decision = docket.file(
                "households-exceeded", f"village:{village.code}",
                {"village": village.name, "treated": each.households_treated, "all": each.households},
                (Cited(each.written, ("households", "households_treated")),), village=village.code,
            )  # fmt: skip
            if decision and decision.way == "cap" and each is line:
                treated = households
    return Listed(village, state, line, households, treated, _oversize(village, line, facilities, setting, docket))


def _treated_by_nothing(
    village: RegisterVillage, claimed: list[VillageLine], facilities: list[Standing], docket: Docket
) -> State | None:
    """The state that was decided for a village that is treated by nothing that works; None where nothing was."""
    if any(word in line.mode for line in claimed for word in PATHS):
        return None
    rows = tuple(Cited(line.written, ("state", "mode")) for line in claimed)
    subject = f"village:{village.code}"
    if not facilities:
        modes = "、".join(dict.fromkeys(line.mode for line in claimed if line.mode)) or "空白"
        decision = docket.file(
            "treated-without-way", subject, {"village": village.name, "mode": modes}, rows, village=village.code
        )
    elif all(f.status in STILL for f in facilities):
        names = "、".join(f.name for f in facilities)
        rows += tuple(Cited(f.line.written, ("status",)) for f in facilities)
        decision = docket.file(
            "treated-facility-stopped", subject, {"village": village.name, "facility": names}, rows, village=village.code
        )  # fmt: skip
    else:
        return None
    if decision is None or decision.way == "leave":
        return None
    return State(decision.way.partition(":")[2])


def _oversize(
    village: RegisterVillage, line: VillageLine, facilities: list[Standing], setting: Setting, docket: Docket
) -> bool:
    """Whether the village's plants in use were signed as too large for its people."""
    running = [f for f in facilities if f.running]
    design = sum(f.line.design_m3_d or 0.0 for f in running)
    if not line.people or not running or design * 1000 / line.people <= setting.limits.most_l_person_d:
        return False
    said = {
        "village": village.name, "people": line.people, "design": f"{design:g}",
        "per": round(design * 1000 / line.people), "limit": f"{setting.limits.most_l_person_d:g}",
    }  # fmt: skip
    rows = (Cited(line.written, ("people",)), *(Cited(f.line.written, ("design_m3_d",)) for f in running))
    decision = docket.file("facility-oversize", f"village:{village.code}", said, rows, village=village.code)
    return decision is not None and decision.way == "oversize"


def _left_out(
    village: RegisterVillage, facilities: list[Standing], issues: tuple[Cited, ...], docket: Docket
) -> State | None:
    """The state under which a village that the ledger left out is put in; None while it stays out."""
    said = {"village": village.name, "town": village.township}
    if village.kind is VillageKind.VILLAGE:
        decision = docket.file("village-missing", f"village:{village.code}", said, village=village.code)
    else:
        why = []
        if facilities:
            why.append((f"有设施 {'、'.join(f.name for f in facilities)}", "it has a facility"))
        if issues:
            why.append(("问题台账提到它", "a problem names it"))
        if village.rural:
            why.append(("有自然村或在分母清单里", "it has natural villages or stands in the signed list"))
        if not why:
            return None  # a town's own community: no village's ledger owes it a line
        said |= {"why": "，".join(z for z, _ in why), "why_en": ", ".join(e for _, e in why)}
        rows = (*(Cited(f.line.written, ("village", "code")) for f in facilities), *issues)
        decision = docket.file("community-left-out", f"village:{village.code}", said, rows, village=village.code)
    if decision is None or decision.way == "exclude":
        return None
    return State(decision.way.partition(":")[2])
