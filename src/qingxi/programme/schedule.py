"""Making the programme (年度计划): what must come first, then the rest, each year within its money."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from qingxi.programme.choose import choose_years
from qingxi.programme.clash import Clash, DigRule, Timing, find_clashes, shared_streets
from qingxi.programme.fund import Fund, Use, pay
from qingxi.programme.lot import Candidate, Lot, Payment, Programme, Waiting
from qingxi.programme.reasons import why_waiting, why_year
from qingxi.programme.work import OtherWork, Trench
from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class ProgrammeRule:
    """How a county makes its programme; :meth:`from_table` gives the defaults."""

    dig: DigRule
    start_month: int
    end_month: int
    per_household: float
    late: float
    gap: float
    seconds: float

    def __post_init__(self) -> None:
        if not 1 <= self.start_month <= self.end_month <= 12:
            raise ValueError(
                f"programme rule: season {self.start_month} to {self.end_month}, must be months in order"
            )

    @classmethod
    def from_table(cls, name: str = "programme") -> "ProgrammeRule":
        """Figures of a table of :mod:`qingxi.standard`."""
        t = load_table(name)
        return cls(
            DigRule.from_table(name), int(t["lot.start_month"]), int(t["lot.end_month"]), t["value.household"], t["value.late"],
            t["solve.gap"], t["solve.seconds"],
        )  # fmt: skip

    def window(self, year: int) -> tuple[date, date]:
        """Building season of a year."""
        return date(year, self.start_month, 1), date(year, self.end_month, 28)


def make_programme(
    candidates: Sequence[Candidate],
    funds: Sequence[Fund],
    years: Sequence[int],
    *,
    trenches: Sequence[Trench] = (),
    works: Sequence[OtherWork] = (),
    rule: ProgrammeRule | None = None,
    as_of: date | None = None,
) -> Programme:
    """Put systems into years.

    RULE 1  A year never pays more than its sources hold, and no source pays for what it may not.
    RULE 2  What must come first is placed first, as if nothing else were there; the rest takes what is left.
    RULE 3  A system's running cost must be covered from the year after building to the last year.
    RULE 4  A system whose owner refuses is not placed; where consent is still to be asked, not in the first year.
    RULE 5  Digging together with another department lowers a system's cost in that year, and only there.

    Parameters
    ----------
    years : sequence of int
        Ascending; money of other years is not touched.
    as_of : date or None
        Other departments' works that ended before this day are done and cannot be joined; left out: the first day of
        the first year.

    Returns
    -------
    Programme
        Every candidate is in exactly one of ``lots`` and ``waiting``.

    Raises
    ------
    ValueError
        When ids stand twice or years do not ascend.
    """
    rule = rule or ProgrammeRule.from_table()
    years = tuple(years)
    if list(years) != sorted(set(years)) or not years:
        raise ValueError(f"years are {list(years)}, must ascend")
    for name, ids in (("system", [c.id for c in candidates]), ("fund", [f.id for f in funds])):
        if len(set(ids)) != len(ids):
            raise ValueError(f"a {name} id stands twice")
    funds = [fund for fund in funds if fund.year in years]
    as_of = as_of or date(years[0], 1, 1)
    shared = shared_streets(trenches, works, within_m=rule.dig.within_m, shortest_m=rule.dig.shortest_m)
    clashes = {
        year: _by_system(
            find_clashes(shared, works, {c.id: rule.window(year) for c in candidates}, rule.dig, as_of=as_of)
        )
        for year in years
    }
    needs: dict[tuple[str, int], dict[tuple[int, Use], int]] = {}
    points: dict[tuple[str, int], float] = {}
    for c in candidates:
        for year in _allowed(c, years):
            needs[c.id, year] = _needs(c, year, years, _saving(c, clashes[year].get(c.id, ())))
            worth = rule.per_household * max(c.households, 1)
            points[c.id, year] = worth * (1 - rule.late) ** (year - years[0]) + 1e-6
    taken: dict[tuple[int, Use], int] = {}
    chosen: dict[str, int] = {}
    gap = 0.0
    for group in ([c for c in candidates if c.must], [c for c in candidates if not c.must]):  # RULE 2
        choice = choose_years(group, years, funds, needs, points, taken, gap=rule.gap, seconds=rule.seconds)
        gap = max(gap, choice.gap)
        chosen |= choice.year
        for system, year in choice.year.items():
            for key, fen in needs[system, year].items():
                taken[key] = taken.get(key, 0) + fen
    flows = _flows(years, funds, taken)
    lots = _lots(candidates, chosen, needs, clashes, funds, flows, rule)
    running = tuple(
        Payment(fund, year, use, fen)
        for (year, fund, use), fen in sorted(flows.items())
        if use is Use.RUNNING and fen > 0
    )
    waiting = tuple(
        Waiting(
            c.id, c.name, why_waiting(c, years, funds, not c.must and any(k.must for k in candidates)), (c.ref,)
        )
        for c in candidates
        if c.id not in chosen
    )
    return Programme(years, lots, waiting, running, gap)


def _by_system(clashes: Iterable[Clash]) -> dict[str, tuple[Clash, ...]]:
    out: dict[str, tuple[Clash, ...]] = {}
    for clash in clashes:
        out[clash.system] = (*out.get(clash.system, ()), clash)
    return out


def _allowed(c: Candidate, years: Sequence[int]) -> list[int]:
    """RULE 4."""
    if c.consent == "不同意":
        return []
    first = max(c.earliest or years[0], years[0] + (1 if c.consent == "未征询" else 0))
    return [year for year in years if year >= first]


def _saving(c: Candidate, clashes: Sequence[Clash]) -> int:
    """RULE 5: at most what the building itself costs."""
    return min(c.build_fen, sum(clash.saved_fen for clash in clashes if clash.timing is Timing.TOGETHER))


def _needs(c: Candidate, year: int, years: Sequence[int], saved_fen: int) -> dict[tuple[int, Use], int]:
    """Fen by year of payment and use; RULE 3."""
    out = {(year, Use.BUILD): c.build_fen - saved_fen, (year, Use.EQUIPMENT): c.equipment_fen}
    out |= {(later, Use.RUNNING): c.running_fen_y for later in years if later > year}
    return {key: fen for key, fen in out.items() if fen > 0}


def _flows(
    years: Sequence[int], funds: Sequence[Fund], taken: Mapping[tuple[int, Use], int]
) -> dict[tuple[int, str, Use], int]:
    """Fen by (year, fund, use) that covers all needs exactly (RULE 1)."""
    out: dict[tuple[int, str, Use], int] = {}
    for year in years:
        own = [fund for fund in funds if fund.year == year]
        needs = {use: fen for (y, use), fen in taken.items() if y == year}
        paid = pay(needs, own, {fund.id: fund.amount_fen for fund in own})
        if paid is None:
            raise AssertionError(f"year {year}: chosen lots cannot be paid")  # the choice obeys Hall's condition
        out |= {(year, fund, use): fen for (fund, use), fen in paid.items()}
    return out


def _lots(
    candidates: Sequence[Candidate],
    chosen: Mapping[str, int],
    needs: Mapping[tuple[str, int], Mapping[tuple[int, Use], int]],
    clashes: Mapping[int, Mapping[str, tuple[Clash, ...]]],
    funds: Sequence[Fund],
    flows: dict[tuple[int, str, Use], int],
    rule: ProgrammeRule,
) -> tuple[Lot, ...]:
    """Lots in order of year and duty, each with its own payments taken out of the year's flows."""
    left = dict(flows)
    name_of = {fund.id: fund for fund in funds}
    order = sorted(
        (c for c in candidates if c.id in chosen), key=lambda c: (chosen[c.id], not c.must, -c.households, c.id)
    )
    lots = []
    for number, c in enumerate(order, start=1):
        year = chosen[c.id]
        payments = []
        for use in (Use.BUILD, Use.EQUIPMENT):
            short = needs[c.id, year].get((year, use), 0)
            for fund in sorted(name_of, key=lambda f: (not name_of[f].granted, f)):
                step = min(short, left.get((year, fund, use), 0))
                if step > 0:
                    left[year, fund, use] -= step
                    short -= step
                    payments.append(Payment(fund, year, use, step))
        mine = clashes[year].get(c.id, ())
        saved = _saving(c, mine)
        lots.append(
            Lot(
                id=f"P{year}-{number:03d}",
                system=c.id,
                name=c.name,
                village=c.village,
                township=c.township,
                mode=c.mode,
                households=c.households,
                year=year,
                window=rule.window(year),
                cost_fen=c.capital_fen - saved,
                saved_fen=saved,
                running_fen_y=c.running_fen_y,
                payments=tuple(payments),
                clashes=mine,
                must=c.must,
                reason=why_year(c, year, mine, saved, [name_of[p.fund] for p in payments]),
                because=(c.ref, *dict.fromkeys(name_of[p.fund].ref for p in payments)),
            )
        )
    return tuple(lots)
