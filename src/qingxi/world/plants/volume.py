"""How much water: rain events and night infiltration as the rules measure them, against what truly came through the meter."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from qingxi.facility import Facility
from qingxi.finding import Evidence, Finding
from qingxi.finding.rain import rain_events
from qingxi.reading import day_start_s
from qingxi.world.plants.instruments import STEP_S
from qingxi.world.plants.kinds import Kind
from qingxi.world.plants.scene import PlantWorld, Scene
from qingxi.world.plants.truth import ACTIVE_SHARE, KINDS, RDII_GREY
from qingxi.world.plants.weather import STEPS

_DRY_SHARE = 0.01
"""Of the other water: below it nothing of the flow is rain's, the weather is dry for the sewer."""


@dataclass
class VolumeTally:
    """Events and what they were said to bring, m3.

    Attributes
    ----------
    errors : list of float
        (told - true) / true of every event the rule reports within a finding of rain-derived inflow, where rain truly
        brought 3 % of the other water or more.
    inside : int
        How many of those have the truth inside their interval.
    false_m3, dry_m3, claimed_m3 : float
        Water told to be rain's beyond the truth in events below that, of it in events in which the sewer was dry for all
        the rain brought (below 1 %), and all that was told.
    ground_errors : list of float
        (told - true) / true of the mean flow of ground water over a finding's days, where there truly is an infiltration.
    """

    errors: list[float] = field(default_factory=list)
    inside: int = 0
    dry_m3: float = 0.0
    claimed_m3: float = 0.0
    ground_errors: list[float] = field(default_factory=list)
    false_m3: float = 0.0
    false_events: int = 0

    def add(
        self, world: PlantWorld, scene: Scene, facility: Facility, evidence: Evidence, found: Sequence[Finding]
    ) -> None:
        """Compare one facility's events and infiltration with the truth."""
        inflow, course = scene.inflow, scene.course
        arriving = np.maximum(inflow.total, 1e-9)
        rain = course.through * inflow.rain / arriving / STEPS  # m3 in each quarter-hour
        rest = course.through / STEPS - rain
        leaks = [f for f in found if f.kind == "rain-inflow"]
        if leaks:
            start = day_start_s(world.first)
            for event in rain_events(facility, evidence, world.first, max(f.end for f in leaks)):
                a, b = (int((s - start) // STEP_S) for s in (event.start_s, event.end_s))
                day = a // STEPS
                inside = any((f.start - world.first).days <= day <= (f.end - world.first).days for f in leaks)
                if not event.clear or not inside:
                    continue
                true = float(rain[a:b].sum())
                told = max(0.0, event.volume_m3)
                self.claimed_m3 += told
                base = float(rest[a:b].sum())
                if true < RDII_GREY * base:  # what came was not the rain's
                    self.false_m3 += max(0.0, told - true)
                    self.dry_m3 += told if true < _DRY_SHARE * base else 0.0
                    self.false_events += 1
                else:
                    self.errors.append((told - true) / true)
                    self.inside += event.low_m3 <= true <= event.high_m3
        for each in found:
            if each.kind == "night-inflow":
                a, b = (each.start - world.first).days, (each.end - world.first).days + 1
                ground = float(scene.truth.ground_m3[a:b].mean())
                said = [n.value for n in each.numbers if n.unit == "m³/d"]
                real = (scene.truth.days[KINDS.index(Kind.INFILTRATION), a:b] == 1).mean() >= ACTIVE_SHARE
                if said and real and ground > 0:
                    self.ground_errors.append((said[0] - ground) / ground)

    def merge(self, other: "VolumeTally") -> None:
        """Add another run's events."""
        self.errors += other.errors
        self.ground_errors += other.ground_errors
        self.inside += other.inside
        self.false_events += other.false_events
        self.dry_m3, self.claimed_m3 = self.dry_m3 + other.dry_m3, self.claimed_m3 + other.claimed_m3
        self.false_m3 += other.false_m3

    def as_row(self) -> dict[str, object]:
        """Medians and shares; None where there is nothing to tell."""

        def spread(errors: list[float]) -> dict[str, object]:
            if not errors:
                return {"n": 0}
            size = np.abs(np.array(errors))
            return {
                "n": len(errors),
                "median_size": round(float(np.median(size)), 4),
                "p90_size": round(float(np.quantile(size, 0.9)), 4),
                "median": round(float(np.median(errors)), 4),
            }

        return {
            "events": spread(self.errors),
            "inside_interval": None if not self.errors else round(self.inside / len(self.errors), 4),
            "false_events": self.false_events,
            "false_share": None if self.claimed_m3 == 0 else round(self.false_m3 / self.claimed_m3, 4),
            "false_dry_share": None if self.claimed_m3 == 0 else round(self.dry_m3 / self.claimed_m3, 4),
            "ground": spread(self.ground_errors),
        }
