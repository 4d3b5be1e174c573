"""The truth of labelled worlds as a table: facility, week or quarter, what was the matter, what only looked so."""

import csv
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from qingxi.world.plants import ALIKES, KINDS, PlantWorld, quarter_edges, week_edges

HEADS = (
    "seed",
    "facility",
    "unit",
    "first",
    "last",
    "faults",
    "grey",
    "look_alikes",
    "rain_m3",
    "ground_m3",
    "other_m3",
)


def write_truth(path: Path, worlds: Iterable[PlantWorld]) -> int:
    """Write a row for each facility and period that is not plain; the number of rows. Volumes are what came through the meter."""
    rows = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADS)
        for world in worlds:
            for scene in world.scenes():
                truth = scene.truth
                for unit, edges in (
                    ("week", week_edges(world.days)),
                    ("quarter", quarter_edges(world.first, world.days)),
                ):
                    cells, alike = truth.periods(edges), truth.alikes(edges)
                    for k, (a, b) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
                        said = [
                            " ".join(kind.value for kind, row in zip(KINDS, cells, strict=True) if row[k] == sign)
                            for sign in (1, -1)
                        ]
                        looks = " ".join(kind.value for kind, row in zip(ALIKES, alike, strict=True) if row[k])
                        if not (said[0] or said[1] or looks):
                            continue
                        days = (world.first + timedelta(days=a), world.first + timedelta(days=b - 1))
                        volumes = (f"{v[a:b].sum():.2f}" for v in (truth.rain_m3, truth.ground_m3, truth.other_m3))
                        out.writerow((world.seed, scene.plant.facility.id, unit, *days, *said, looks, *volumes))
                        rows += 1
    return rows
