"""Milliseconds of CPU and bytes a tile, over a random walk on the map: p50, p95, worst by layer and level.

    QINGXI_HOME=HOME python benchmarks/tiles.py --user NAME [--steps 300] [--seed 1]

The home holds a county with its plan (``qingxi demo --size county``). A step goes to a neighbour tile or one level in or
out, near a natural village of the plan, as somebody who looks around would. First the walk with an empty cache ("drawn"), then the
same walk again ("kept").
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import defaultdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--user", required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingxi_office.site.settings")
    import django

    django.setup()
    from qingxi_office.people.models import User
    from qingxi_office.plans.queries import options
    from qingxi_office.site.pages import seen
    from qingxi_office.site.tiles import layers

    user = User.objects.select_related("scope", "unit").get(username=asked.user)
    plan = seen.plan_version(user, "")
    spots = list(options(user, plan).exclude(lon=None).values_list("lon", "lat"))
    walk = list(walked(spots, asked.steps, random.Random(asked.seed)))
    for name in layers.LAYERS:
        layers.LAYERS[name][0](
            user, plan, 14, *tile_of(*spots[0], 14)
        )  # files are read once, before the clock runs
    layers._made.clear()
    print(f"{len(walk)} steps, {len(set(walk))} different tiles, {asked.user}")
    print("layer       level  tiles   drawn p50   p95   worst ms   kept p95 ms   bytes p50      p95")
    for name, (draw, _kind, _planned) in layers.LAYERS.items():
        drawn: dict[int, list[tuple[float, int]]] = defaultdict(list)
        again: dict[int, list[float]] = defaultdict(list)
        met = set()
        for z, x, y in walk:
            began = time.process_time()
            body = draw(user, plan, z, x, y)
            spent = (time.process_time() - began) * 1000
            if (z, x, y) in met:
                again[z].append(spent)
            else:
                drawn[z].append((spent, len(body)))
                met.add((z, x, y))
        for z, x, y in walk:
            began = time.process_time()
            draw(user, plan, z, x, y)
            again[z].append((time.process_time() - began) * 1000)
        for z in sorted(drawn):
            ms, size = [m for m, _ in drawn[z]], [b for _, b in drawn[z]]
            print(
                f"{name:11s} {z:5d} {len(ms):6d} {at(ms, 0.5):11.1f} {at(ms, 0.95):6.1f} {max(ms):9.1f} {at(again[z], 0.95):13.1f} "
                f"{at(size, 0.5):11.0f} {at(size, 0.95):8.0f}"
            )


def at(values: list[float], share: float) -> float:
    """The value below which a share of them lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    import math

    side = 1 << z
    return int((lon + 180) / 360 * side), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)


def walked(spots: list[tuple[float, float]], steps: int, rng: random.Random):
    """Tiles of a random walk: from time to time to another natural village, else a step aside, in or out."""
    z = 11
    x, y = tile_of(*rng.choice(spots), z)
    for _ in range(steps):
        yield z, x, y
        dice = rng.random()
        if dice < 0.1:
            z = rng.choice((10, 11, 12, 13, 14, 15, 16))
            x, y = tile_of(*rng.choice(spots), z)
        elif dice < 0.3 and z < 17:
            z, x, y = z + 1, 2 * x + rng.randrange(2), 2 * y + rng.randrange(2)
        elif dice < 0.45 and z > 9:
            z, x, y = z - 1, x // 2, y // 2
        else:
            x, y = x + rng.choice((-1, 0, 1)), y + rng.choice((-1, 0, 1))


if __name__ == "__main__":
    main()
