"""What papers can tell of a broken sewer at all: the most that anybody could reach who knew the labelled world's own numbers.

    .venv/bin/python benchmarks/findings_limit.py [--seeds 1-49 1000-1005 2000-2005 3000-3023] [--facilities 400]

Whoever reads the papers here knows beside them the true first and last day, the share of rounds without water as it came
out, what each process draws a m3 in this world, and how sound plants scatter about it. A quarter counts as tellable where

- the rounds of these days (log of the likelihood ratio against the world's mistakes, its best share),
- a fall of the bills in them by 5 % and three times their scatter beside a single month outside (counted as certain), and
- how few sound plants draw as little (log of one over their share)

sum up to the prior odds against a broken sewer. Bills are those of one year, as in the first four draws. Every one of these is more than a rule can have; precision 0.90 would ask
for more still. Two CPU minutes for the seeds that have been looked at.
"""

import argparse
import sys
from collections import Counter
from datetime import date, timedelta
from math import log

import numpy as np
from findings import FIRST_DAY, seeds_of

from qingxi.finding.by_paper import months_of
from qingxi.finding.look import Look
from qingxi.finding.rounds import sees_no_water
from qingxi.world.plants import KINDS, Alike, Episode, Kind, Level, PlantWorld, Scene, make_plants, quarter_edges
from qingxi.world.plants.plant import _PROCESSES

DAYS = 365
EVERY = 10
"""Of the sound plants one in so many is looked at."""
MISTAKES = 0.028
"""Of rounds where enough water comes: two answers, each wrong once in seventy."""
CERTAIN = 10.0
ODDS = log(1300)
"""Against a quarter of a plant having a broken sewer, as the world plants them: 105 of some 136,000."""
_MID = 15


def broken(episodes: list[Episode]) -> Episode | None:
    """The broken sewer among a plant's episodes."""
    return next((e for e in episodes if e.kind is Kind.STARVED and e.detail == "pipe-broken"), None)


def draw_share(scene: Scene, kwh_d: float) -> float:
    """Of what the process draws at full load, by the world's own table."""
    facility = scene.plant.facility
    return kwh_d / facility.design_m3_d / _PROCESSES[facility.process][1]


def own_bills(scene: Scene) -> bool:
    """Whether there are bills, of the plant alone."""
    return bool(scene.bills) and Alike.SHARED_ACCOUNT not in scene.plant.alike


def by_rounds(look: Look, episode: Episode) -> float:
    """What the rounds within the true days say, with the share of them without water as it came out."""
    seen = [
        sees_no_water(v)
        for v in look.evidence.visits
        if v.answers.get("blower") != "off" and episode.start <= look.index(v.visited_at.date()) < episode.end
    ]
    empty, n = sum(seen), len(seen)
    share = max(empty / max(1, n), MISTAKES)
    others = (n - empty) * log((1 - share) / (1 - MISTAKES)) if share < 1 else 0.0
    return empty * log(share / MISTAKES) + others


def by_bills(scene: Scene, look: Look, episode: Episode, sound: np.ndarray) -> float:
    """What the bills say: a fall within the true days, and how low they lie."""
    months = months_of(look)
    kwh = np.array([m.kwh_d for m in months])
    mid = np.array([look.index(m.first) + _MID for m in months])
    within = (mid >= episode.start) & (mid < episode.end)
    inside, outside = kwh[within & ~np.isnan(kwh)], kwh[~within & ~np.isnan(kwh)]
    fall = 0.0
    if inside.size >= 2 and outside.size:
        both = (inside.var() * inside.size + outside.var() * outside.size) / (inside.size + outside.size)
        scatter = max(0.015 * outside.mean(), both**0.5)
        deep = inside.mean() < 0.95 * outside.mean() and outside.mean() - inside.mean() >= 3 * scatter
        fall = CERTAIN if deep else 0.0
    if not inside.size or not own_bills(scene):
        return fall
    lower = (sound <= draw_share(scene, float(np.median(inside)))).mean()
    return fall + log(1 / max(lower, 1 / sound.size))


def sound_draws(worlds: list[PlantWorld]) -> np.ndarray:
    """How sound plants draw, as a share of what their process does at full load."""
    out = []
    for world in worlds:
        for index in range(world.seed % EVERY, len(world.plants), EVERY):
            if world.episodes.get(index):
                continue
            scene = world.scene(index)
            if own_bills(scene):
                out.append(draw_share(scene, float(np.median([b.kwh for b in scene.bills])) * 12 / DAYS))
    return np.array(out)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--seeds", nargs="+", default=["1-49", "1000-1005", "2000-2005", "3000-3023"])
    words.add_argument("--facilities", type=int, default=400)
    args = words.parse_args()
    worlds = [
        make_plants(s, args.facilities, first=FIRST_DAY, days=DAYS, billed_before=0) for s in seeds_of(args.seeds)
    ]
    sound = sound_draws(worlds)
    last: date = FIRST_DAY + timedelta(days=DAYS - 1)
    edges, row = quarter_edges(FIRST_DAY, DAYS), KINDS.index(Kind.STARVED)
    quarters: Counter[tuple[bool, bool]] = Counter()
    for world in worlds:
        for index, episodes in sorted(world.episodes.items()):
            if (episode := broken(episodes)) is None:
                continue
            scene = world.scene(index)
            look = Look(scene.facility(Level.PAPERS), scene.evidence(Level.PAPERS), FIRST_DAY, last)
            n = int((scene.truth.periods(edges)[row] == 1).sum())
            says = by_rounds(look, episode)
            says += 0.0 if scene.plant.passive else by_bills(scene, look, episode, sound)
            quarters[scene.plant.passive, says >= ODDS] += n
            if says < ODDS:
                print(f"  {world.seed}/{index}: {n} quarters, days {episode.start}-{episode.end}, e^{says:.1f}")
    for passive in (False, True):
        told, all_ = quarters[passive, True], quarters[passive, True] + quarters[passive, False]
        print(f"{'without' if passive else 'with'} power: {told} of {all_} quarters could be told")
    print(f"sound plants beside: {sound.size}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
