"""A checker of designs of the Li & Matthew case that shares no code with the design: normal depth by Brent's method."""

import csv
import math
from typing import NamedTuple

from scipy.optimize import brentq

SIZES = (0.2, 0.25, 0.3, 0.35, 0.38, 0.4, 0.45, 0.5, 0.53, 0.6, 0.7, 0.8, 0.9, 1.0, 1.05, 1.2, 1.35, 1.4, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4)  # fmt: skip


class Told(NamedTuple):
    cost_yuan: float
    violations: list
    deepest_m: float


def section(depth, diameter):
    angle = math.acos(1 - 2 * depth / diameter)
    area = diameter**2 / 4 * (angle - math.sin(angle) * math.cos(angle))
    return area, area / (diameter * angle)


def normal_depth(flow, diameter, slope):
    """Depth of uniform flow below that of greatest flow; None where it does not fit."""

    def more(depth):
        area, radius = section(depth, diameter)
        return area * radius ** (2 / 3) * math.sqrt(slope) / 0.014 - flow

    most = 0.938 * diameter
    return None if more(most) < 0 else brentq(more, 1e-6, most, xtol=1e-12)


def pipe_yuan_per_m(d, h):
    if d <= 1:
        return 4.27 + 93.59 * d * d + 2.86 * d * h + 2.39 * h * h if h <= 3 else 36.47 + 88.96 * d * d + 8.70 * d * h + 1.78 * h * h  # fmt: skip
    return 20.50 + 149.27 * d * d - 58.96 * d * h + 17.75 * h * h if h <= 4 else 78.44 + 29.25 * d * d + 31.80 * d * h - 2.32 * h * h  # fmt: skip


def manhole_yuan(d, h):
    if d <= 1:
        return 136.67 + 166.19 * d * d + 3.50 * d * h + 16.22 * h * h if h <= 3 else 132.67 + 790.94 * d * d - 280.23 * d * h + 34.97 * h * h  # fmt: skip
    return 209.04 + 57.53 * d * d + 10.93 * d * h + 19.88 * h * h if h <= 4 else 210.66 - 113.04 * d * d + 126.43 * d * h - 0.60 * h * h  # fmt: skip


def violations_of(file, diameter_m, invert_up_m, invert_down_m, pumped):
    """Check every rule of every pipe and price the whole."""
    with open(file, encoding="utf-8-sig") as source:
        rows = list(csv.DictReader(source))
    bad, cost, deepest = [], 0.0, 0.0
    arriving = {}
    for i, row in enumerate(rows):
        arriving.setdefault(row["to_manhole"], []).append(i)
    tails = {row["from_manhole"] for row in rows if row["is_leaf_start"] == "0"}
    for i, row in enumerate(rows):
        d, up, down = float(diameter_m[i]), float(invert_up_m[i]), float(invert_down_m[i])
        length, flow = float(row["length_m"]), float(row["peak_flow_lps"]) / 1000
        h1, h2 = float(row["ground_up_m"]) - up, float(row["ground_down_m"]) - down
        deepest = max(deepest, h1, h2)
        slope = (up - down) / length

        def say(rule, pipe=row["pipe"]):
            bad.append((pipe, rule))

        if not any(abs(d - s) < 1e-9 for s in SIZES):
            say("size")
        if min(h1, h2) - d < 1 - 1e-6:
            say("cover")
        depth = normal_depth(flow, d, slope) if slope > 0 else None
        if depth is None:
            say("capacity")
        else:
            most = 0.6 if d <= 0.3 else 0.7 if d <= 0.45 else 0.75 if d <= 0.9 else 0.8
            speed = flow / section(depth, d)[0]
            if depth / d > most + 1e-6:
                say("fill")
            if speed > 5 + 1e-6:
                say("fast")
            if flow > 0.015 and speed < (0.7 if d <= 0.5 else 0.8) - 1e-6:
                say("slow")
            if flow <= 0.015 and slope < 0.003 - 1e-9:
                say("slope")
        if row["is_leaf_start"] == "0":
            for k in arriving.get(row["from_manhole"], []):
                if float(diameter_m[k]) > d + 1e-9:
                    say("shrinks")
                if not pumped[i] and float(invert_down_m[k]) + float(diameter_m[k]) < up + d - 1e-6:
                    say("rises")
        elif pumped[i]:
            say("pump-at-a-head")
        cost += length * pipe_yuan_per_m(d, (h1 + h2) / 2) + manhole_yuan(d, h1)
        if row["to_manhole"] not in tails:
            cost += manhole_yuan(d, h2)
        if pumped[i]:
            cost += 270_021 + 316.42 * 1000 * flow - 0.1663 * (1000 * flow) ** 2
    return Told(cost, bad, deepest)
