"""Making the programme and its projects from the plan, the money and other departments' works in the books."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from qingxi.money import fen_from_yuan
from qingxi_office.funds.models import FundSource
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county
from qingxi_office.plans.models import PlanRecord, SystemRow
from qingxi_office.programmes import actions as programmes
from qingxi_office.programmes.models import LotRow, OtherWork
from qingxi_office.trail import actions as trail
from qingxi_office.villages.models import HamletRecord

_BUILT = ("town_connection", "shared_plant", "onsite")


@dataclass(frozen=True, slots=True)
class Made:
    """What a programme came to."""

    lots: int
    waiting: int
    clashes: int
    spent_fen: int
    years: tuple[int, ...]
    gap: float


def make(*, by: trail.Doer, years: tuple[int, ...]) -> Made:
    """Put the systems of the current plan that are still to be built into years, within the money.

    A system is still to be built while less than three fifths of the households of one of its natural villages are
    treated. Raises ValueError without a plan.
    """
    from qingxi.programme import Timing, make_programme

    rights.check(by, "load")
    plan = PlanRecord.objects.filter(is_current=True).first()
    own = county()
    if plan is None or own is None:
        raise ValueError("还没有规划,先运行 qingxi plan 并载入")
    systems = {s.system_id: s for s in plan.systems.select_related("place", "place__parent")}
    treated = _treated()
    candidates = [_candidate(s) for s in systems.values() if s.mode in _BUILT and not _done(s, treated)]
    funds = [_fund(f) for f in FundSource.objects.all()]
    trenches = _trenches(plan.at, {c.id for c in candidates})
    works = _works(own.crs)
    made = make_programme(candidates, funds, years, trenches=trenches, works=works)
    with transaction.atomic():
        lots = programmes.take_in_lots(
            [_lot(lot, plan, systems[int(lot.system)], own.place) for lot in made.lots]
            + [_waiting(w, plan, systems[int(w.system)], own.place) for w in made.waiting],
            by=by,
        ).ids
        keys = dict(OtherWork.objects.values_list("key", "pk"))
        rows = [
            _clash(clash, lot, lots[_key(plan, lot.system)], keys[clash.work], systems[int(lot.system)])
            for lot in made.lots
            for clash in lot.clashes
            if clash.work in keys and clash.timing in (Timing.TOGETHER, Timing.DUG_AGAIN)
        ]
        programmes.take_in_clashes(rows, by=by)
    return Made(
        len(made.lots), len(made.waiting), len(rows), sum(lot.cost_fen for lot in made.lots), made.years, made.gap
    )


def _key(plan: PlanRecord, system: str) -> str:
    return f"{plan.key}/{system}"


def _treated() -> dict[str, bool]:
    """By natural village: whether three fifths of its households are treated."""
    rows = HamletRecord.objects.values_list("key", "households", "households_treated")
    return {key: bool(all_ and (treated or 0) * 5 >= all_ * 3) for key, all_, treated in rows}


def _done(system: SystemRow, treated: dict[str, bool]) -> bool:
    return bool(system.hamlets) and all(treated.get(key, False) for key in system.hamlets)


def _candidate(s: SystemRow) -> Any:
    from qingxi.programme import Candidate
    from qingxi.standard import load_table

    shares = load_table("programme").under("equipment")
    total = fen_from_yuan(s.capex_yuan)
    # Pipes are all building; only what treats has equipment.
    equipment = round(total * (shares[s.mode].value if s.mode in shares else 0.0))
    place = s.place
    township = place.parent if place is not None and place.level == "village" else place
    return Candidate(
        id=str(s.system_id), name=s.name, village=place.code if place else "", township=township.name if township else "",
        mode=s.mode, households=s.households, build_fen=total - equipment, equipment_fen=equipment,
        running_fen_y=fen_from_yuan(s.running_yuan_y), consent=s.consent,
    )  # fmt: skip


def _fund(f: FundSource) -> Any:
    from qingxi.programme import Fund, Use

    uses = frozenset(Use(u) for u in f.eligible if u in set(Use))
    return Fund(f.key, f.name, f.kind, f.year, f.amount_fen, uses, f.state or "已下达")


def _trenches(folder: Path, systems: set[str]) -> list[Any]:
    """The streets that each system digs up: its pipes without house connections."""
    import shapely

    from qingxi.files import read_plan_layer
    from qingxi.programme import Trench

    if not (folder / "plan.gpkg").is_file():
        return []
    pipes, lines = read_plan_layer(folder / "plan.gpkg", "pipes")
    if lines is None:
        return []
    by_system: dict[str, list[Any]] = {}
    for system, kind, line in zip(pipes["system_id"], pipes["kind"], lines, strict=True):
        if kind != "lateral" and str(system) in systems:
            by_system.setdefault(str(system), []).append(shapely.get_coordinates(line))
    return [Trench(system, tuple(parts)) for system, parts in by_system.items()]


def _works(crs: str) -> list[Any]:
    import numpy as np
    import shapely
    from pyproj import Transformer

    from qingxi.programme import OtherWork as Work

    into = Transformer.from_crs("EPSG:4490", crs or "EPSG:4544", always_xy=True)
    out = []
    for w in OtherWork.objects.all():
        line = np.zeros((0, 2))
        if w.geometry:
            xy = shapely.get_coordinates(shapely.from_wkb(bytes(w.geometry)))
            line = np.column_stack(into.transform(xy[:, 0], xy[:, 1]))
        ends = w.end if w.start is None or w.end is None or w.end >= w.start else None
        out.append(
            Work(
                w.key,
                w.department,
                w.kind,
                w.name,
                line,
                w.start,
                ends,
                w.budget_fen or 0,
                _SURFACES.get(w.surface, w.surface or "concrete"),
            )
        )
    return out


_SURFACES = {"沥青": "asphalt", "水泥": "concrete", "土": "earth"}


def _lot(lot: Any, plan: PlanRecord, s: SystemRow, own: Place) -> dict[str, Any]:
    return {
        "key": _key(plan, lot.system), "plan_id": plan.pk, "name": f"{lot.name}({lot.id})", "place_id": (s.place or own).pk,
        "year": lot.year, "mode": lot.mode, "households": lot.households, "cost_fen": lot.cost_fen,
        "funds": [{"fund": p.fund, "year": p.year, "use": p.use.value, "amount_fen": p.amount_fen} for p in lot.payments],
        "mandatory": "、".join(lot.must)[:60], "reason": lot.reason, "because": [f"system:{s.key}", *_fund_refs(lot.payments)],
    }  # fmt: skip


def _fund_refs(payments: Any) -> list[str]:
    return list(dict.fromkeys(f"fund:{p.fund}" for p in payments))


def _waiting(w: Any, plan: PlanRecord, s: SystemRow, own: Place) -> dict[str, Any]:
    return {
        "key": _key(plan, w.system), "plan_id": plan.pk, "name": w.name, "place_id": (s.place or own).pk, "year": None,
        "mode": s.mode, "households": s.households, "cost_fen": fen_from_yuan(s.capex_yuan), "funds": [], "mandatory": "",
        "reason": w.reason, "because": [f"system:{s.key}"],
    }  # fmt: skip


def _clash(clash: Any, lot: Any, lot_id: int, work_id: int, s: SystemRow) -> dict[str, Any]:
    return {
        "key": f"{s.key}/{clash.work}", "lot_id": lot_id, "work_id": work_id, "place_id": s.place_id,
        "overlap_m": clash.overlap_m, "months_apart": clash.gap_months, "saved_fen": clash.saved_fen, "lon": s.lon,
        "lat": s.lat, "because": [f"lot:{s.key}", f"work:{clash.work}"],
    }  # fmt: skip


def projects_of_lots(year: int) -> list[LotRow]:
    """Lots of a year that have no project yet."""
    return list(LotRow.objects.filter(year=year, projects=None).select_related("place"))
