"""How right the rules are: findings held against the truth, by facility and week or quarter, with Wilson intervals."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from qingxi.facility import Facility
from qingxi.finding import CannotTell, Evidence, Finding
from qingxi.sampling import wilson
from qingxi.world.plants.kinds import Kind
from qingxi.world.plants.scene import Level, PlantWorld, Scene
from qingxi.world.plants.truth import ALIKES, KINDS, quarter_edges, week_edges
from qingxi.world.plants.volume import VolumeTally

Examine = Callable[[Facility, Evidence, date, date], tuple[list[Finding], list[CannotTell]]]
Bools = npt.NDArray[np.bool_]

SAME: dict[str, tuple[Kind, ...]] = {
    "stopped": (Kind.STOPPED,),
    "idle": (Kind.IDLE,),
    "stopped or idle": (Kind.STOPPED, Kind.IDLE),
    "starved": (Kind.STARVED,),
    "overloaded": (Kind.OVERLOADED,),
    "fake-run": (Kind.FAKE_POWER, Kind.FAKE_FLOW),
    "effluent-worse": (Kind.EFFLUENT_WORSE,),
    "over-limit": (Kind.ABOVE_LIMIT,),
    "dilute": (Kind.DILUTE,),
    "foreign": (Kind.FOREIGN,),
    "rain-inflow": (Kind.RDII,),
    "night-inflow": (Kind.INFILTRATION,),
    "silent": (Kind.SILENT,),
    "clock-wrong": (Kind.CLOCK,),
    "frozen": (Kind.FROZEN,),
    "copied": (Kind.COPIED,),
    "frozen or copied": (Kind.FROZEN, Kind.COPIED),
    "limit-hugging": (Kind.HUGGING,),
    "impossible": (Kind.IMPOSSIBLE,),
    "decay": (Kind.DECAY,),
}
"""What a finding's kind claims, in the kinds that were planted; a name with "or" sums two kinds of finding."""

_PAPERS = ("stopped", "idle", "stopped or idle", "starved", "effluent-worse", "over-limit", "dilute")
_METER = ("stopped", "idle", "stopped or idle", "starved", "silent", "frozen")
SHOWS: dict[Level, tuple[str, ...]] = {Level.PAPERS: _PAPERS, Level.METER: _METER, Level.DEVICE: tuple(SAME)}
"""What the evidence of a level can show at all. Water is not seen by bills and meters, nor is a false datum that touches
no meter; other kinds are left out of the level's table unless a rule claims them there."""

COVERED_SHARE = 0.5
"""Of a period's days that a finding must cover to claim the period: the same share as the truth asks."""


@dataclass
class Tally:
    """Counts of one kind at one level.

    ``grey`` cells count for nothing: the fault was there for less than half of the period, or its size is in the grey
    zone. ``mistaken`` counts what truly was the matter in falsely claimed cells, ``fooled`` which look-alike was there.
    """

    hit: int = 0
    false: int = 0
    missed: int = 0
    quiet: int = 0
    grey: int = 0
    plants: set[tuple[int, int]] = field(default_factory=set)
    mistaken: Counter[str] = field(default_factory=Counter)
    fooled: Counter[str] = field(default_factory=Counter)
    missed_as: Counter[str] = field(default_factory=Counter)

    def merge(self, other: "Tally") -> None:
        """Add another run's counts."""
        self.hit, self.false, self.missed = (
            self.hit + other.hit,
            self.false + other.false,
            self.missed + other.missed,
        )
        self.quiet, self.grey = self.quiet + other.quiet, self.grey + other.grey
        self.plants |= other.plants
        self.mistaken.update(other.mistaken)
        self.fooled.update(other.fooled)
        self.missed_as.update(other.missed_as)

    def as_row(self, kind: str) -> dict[str, object]:
        """Figures of a table row; precision or recall None where there is nothing to divide by."""
        claimed, there = self.hit + self.false, self.hit + self.missed
        return {
            "kind": kind,
            "hit": self.hit,
            "false": self.false,
            "missed": self.missed,
            "quiet": self.quiet,
            "grey": self.grey,
            "plants": len(self.plants),
            "precision": _rate(self.hit, claimed),
            "recall": _rate(self.hit, there),
            "mistaken_for": dict(self.mistaken.most_common(6)),
            "fooled_by": dict(self.fooled.most_common(6)),
            "missed_as": dict(self.missed_as.most_common(6)),
        }


def _rate(hits: int, n: int) -> list[float] | None:
    if n == 0:
        return None
    low, high = wilson(hits, n)
    return [round(hits / n, 4), round(low, 4), round(high, 4)]


def claimed(findings: Sequence[Finding], kinds: Iterable[str], first: date, edges: npt.NDArray[np.int64]) -> Bools:
    """Which periods between day numbers ``edges`` the findings of these kinds claim."""
    wanted = set(kinds)
    days = np.zeros(int(edges[-1]), dtype=np.bool_)
    for each in findings:
        if each.kind in wanted:
            a, b = max(0, (each.start - first).days), min(days.size, (each.end - first).days + 1)
            days[a:b] = True
    share = np.add.reduceat(days, edges[:-1]) / np.diff(edges)
    return np.asarray(share >= COVERED_SHARE, dtype=np.bool_)


def _meter_frozen(scene: Scene) -> bool:
    return any(e.kind is Kind.FROZEN and e.detail == "all" for e in scene.truth.episodes)


@dataclass
class Scores:
    """All tallies of a run: by level, then kind."""

    tallies: dict[Level, dict[str, Tally]] = field(
        default_factory=lambda: {level: {kind: Tally() for kind in SAME} for level in Level}
    )
    cells: Counter[str] = field(default_factory=Counter)
    faulty: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    volume: VolumeTally = field(default_factory=VolumeTally)

    def add(self, world: PlantWorld, scene: Scene, level: Level, findings: Sequence[Finding]) -> None:
        """Hold one facility's findings at one level against its truth."""
        if level is Level.METER and scene.plant.passive:
            return  # no meter stands at a plant without power
        edges = quarter_edges(world.first, world.days) if level is Level.PAPERS else week_edges(world.days)
        truth, alike = scene.truth.periods(edges), scene.truth.alikes(edges)
        self.cells[level] += edges.size - 1
        self.faulty[level] += int((truth == 1).any(axis=0).sum())
        said = {kind: claimed(findings, (kind,), world.first, edges) for kind in SAME if " or " not in kind}
        for name, kinds in SAME.items():
            rows = truth[[KINDS.index(k) for k in kinds]]
            state = np.where((rows == 1).any(axis=0), 1, np.where((rows == -1).any(axis=0), -1, 0))
            if level is Level.METER and Kind.FROZEN in kinds and not _meter_frozen(scene):
                state = np.where(state == 1, -1, state)
            claims = said[name] if name in said else np.any([said[part] for part in name.split(" or ")], axis=0)
            tally = self.tallies[level][name]
            hit, false, missed = claims & (state == 1), claims & (state == 0), ~claims & (state == 1)
            tally.hit += int(hit.sum())
            tally.false += int(false.sum())
            tally.missed += int(missed.sum())
            tally.quiet += int((~claims & (state == 0)).sum())
            tally.grey += int((state == -1).sum())
            if (state == 1).any():
                tally.plants.add((world.seed, scene.plant.index))
            for cell in np.flatnonzero(false).tolist():
                others = [k.value for k, row in zip(KINDS, truth, strict=True) if row[cell] != 0 and k not in kinds]
                tally.mistaken.update(others or ["nothing"])
                tally.fooled.update(
                    [a.value for a, row in zip(ALIKES, alike, strict=True) if row[cell]] or ["nothing"]
                )
            for cell in np.flatnonzero(missed).tolist():
                tally.missed_as.update([kind for kind, flags in said.items() if flags[cell]] or ["nothing"])

    def merge(self, other: "Scores") -> None:
        """Add another run's counts; no seed may be in both."""
        for level, tallies in self.tallies.items():
            for kind, tally in tallies.items():
                tally.merge(other.tallies[level][kind])
        for mine, its in ((self.cells, other.cells), (self.faulty, other.faulty), (self.unclear, other.unclear)):
            mine.update(its)
        self.volume.merge(other.volume)

    def as_rows(self) -> dict[str, object]:
        """Everything as plain figures."""
        return {
            level.value: {
                "unit": "quarter" if level is Level.PAPERS else "week",
                "cells": self.cells[level],
                "faulty": self.faulty[level],
                "rows": [
                    tally.as_row(kind)
                    for kind, tally in self.tallies[level].items()
                    if kind in SHOWS[level] or tally.hit + tally.false
                ],
                "unclear": {k.split("/", 1)[1]: n for k, n in self.unclear.items() if k.startswith(f"{level}/")},
            }
            for level in Level
        }


def score(
    worlds: Iterable[PlantWorld],
    examine: Examine,
    *,
    levels: Sequence[Level] = tuple(Level),
    told: Callable[[PlantWorld, Scene, Level, list[Finding]], None] = lambda world, scene, level, found: None,
) -> Scores:
    """Put the rules to every plant of the worlds at each level.

    Parameters
    ----------
    examine : callable
        ``qingxi.finding.trace_all`` or the like: facility, evidence, first and last day to findings and what could not
        be told. It sees nothing of the truth.
    told : callable
        Hears of every examination, for whoever tunes a rule.
    """
    scores = Scores()
    for world in worlds:
        last = world.first + timedelta(days=world.days - 1)
        for scene in world.scenes():
            for level in levels:
                facility, evidence = scene.facility(level), scene.evidence(level)
                found, unclear = examine(facility, evidence, world.first, last)
                scores.add(world, scene, level, found)
                scores.unclear.update(f"{level}/{each.rule}" for each in unclear)
                if level is Level.DEVICE:
                    scores.volume.add(world, scene, facility, evidence, found)
                told(world, scene, level, found)
    return scores
