"""What a finished random sample says: rate, interval, operators, and what was known of the entries. Saves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from qingxi.indicator import percent
from qingxi.sampling import (
    Design,
    Ends,
    Method,
    agreement,
    estimate_by,
    gaps,
    refuse_rate,
    share_by,
    verdict,
    weights_by,
    wilson,
)
from qingxi_office.samples import law
from qingxi_office.samples.models import Campaign, Entry, Visit


def result_of(campaign: Campaign) -> dict[str, Any]:
    """Everything that is kept of a result; raises NoRate for a check that gives none, ValueError when too little was seen.

    Stations that were not visited (没查成) are left out of the rate and counted; ``worst`` and ``best`` are the rates had all
    of them not run, or run.
    """
    kind = law.kind_of(campaign)
    refuse_rate(kind)
    design, sizes = Design.read(campaign.design), _sizes(campaign)
    visits = list(Visit.objects.filter(campaign=campaign).select_related("row"))
    seen = [v for v in visits if v.effective is not None]
    found = _found(seen, None)
    estimate = estimate_by(design, found, sizes)
    said = verdict(kind, estimate, campaign.required)
    pairs: dict[str, list[tuple[bool | None, bool]]] = defaultdict(list)
    for v in seen:
        pairs[v.row.operator or "没有运维单位"].append((v.row.reported, bool(v.effective)))
    reported = [v.reported for v in campaign.frame.filter(excluded="") if v.reported is not None]
    return {
        "share": estimate.share, "printed": f"{percent(share_by(design, found, sizes), 1, 1)}%", "low": said.low, "high": said.high, "hits": sum(bool(v.effective) for v in seen),
        "visited": len(seen), "drawn": len(visits), "cannot": len(visits) - len(seen),
        "worst": estimate_by(design, _found(visits, False), sizes).share,
        "best": estimate_by(design, _found(visits, True), sizes).share,
        "variance": estimate.variance, "between": estimate.between, "within": estimate.within, "df": estimate.df,
        "design_effect": estimate.design_effect, "effective_n": _finite(estimate.effective_n),
        "intervals": {e.value: list(estimate.interval(e)) for e in Ends}, "ends": Ends.CLOPPER.value,
        "meets": said.meets, "proven": said.proven, "would_prove": said.would_prove,
        "reported": sum(reported) / len(reported) if reported else None, "reported_n": len(reported),
        "by_operator": [
            {
                "name": g.name, "n": g.n, "hits": g.hits, "found": g.found, "interval": list(wilson(g.hits, g.n)),
                "reported": g.reported, "points": g.points, "p": g.p, "corrected": g.corrected, "paired": g.paired,
            }
            for g in gaps(pairs)
        ],
        "by_place": _by_place(seen), "agreement": _agreement(campaign),
    }  # fmt: skip


def _sizes(campaign: Campaign) -> dict[str, int]:
    """Stations in all by part of the design."""
    method, population = Design.read(campaign.design).method, law.population_of(campaign)
    if method is Method.SIMPLE:
        return {"": len(population)}
    return dict(population.strata if method is Method.STRATIFIED else population.clusters)


def stands_for(campaign: Campaign, seen: Sequence[Visit]) -> dict[int, Fraction]:
    """For how many stations of the whole each of these visits stands, by its key; ``seen`` are all that have an outcome."""
    if not seen:
        return {}
    found = _found(seen, None)
    weights = weights_by(
        Design.read(campaign.design), {part: n for part, (_hits, n) in found.items()}, _sizes(campaign)
    )
    return {v.pk: sum((weights[part] for part in v.parts), Fraction(0)) for v in seen}


def _by_place(seen: list[Visit]) -> list[dict[str, Any]]:
    """Counts by county, or by township where there is one county; counted station by station, not weighted."""
    field = "county" if len({v.row.county for v in seen}) > 1 else "township"
    held: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for v in seen:
        held[getattr(v.row, field)][0] += bool(v.effective)
        held[getattr(v.row, field)][1] += 1
    return [
        {"name": name or "不明", "n": n, "hits": hits, "found": hits / n, "interval": list(wilson(hits, n))}
        for name, (hits, n) in sorted(held.items(), key=lambda item: (item[1][0] / item[1][1], item[0]))
    ]


def _finite(n: float) -> float | None:
    return None if n == float("inf") else round(n, 1)


def _found(visits: Sequence[Visit], missed: bool | None) -> dict[str, tuple[int, int]]:
    """Hits and stations seen by part; what was missed counts as said, or not at all."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for v in visits:
        ran = missed if v.effective is None else v.effective
        for part in v.parts:
            out[part][0] += bool(ran)
            out[part][1] += 1
    return {part: (hits, n) for part, (hits, n) in out.items()}


def _agreement(campaign: Campaign) -> dict[str, Any]:
    """How far the two blind entries agreed, on the outcome and on any question at all."""
    first: dict[str, Entry] = {}
    second: dict[str, Entry] = {}
    for e in Entry.objects.filter(visit__campaign=campaign).order_by("id").select_related("visit"):
        (first if str(e.visit_id) not in first else second)[str(e.visit_id)] = e
    outcome = agreement({k: e.effective for k, e in first.items()}, {k: e.effective for k, e in second.items()})
    words = sum(first[k].answers != e.answers for k, e in second.items())
    return {"n": outcome.n, "same": outcome.same, "kappa": outcome.kappa, "any_question": words}
