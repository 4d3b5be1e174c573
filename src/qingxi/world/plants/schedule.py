"""Which plant has what fault when: three per cent of facility-weeks in all, shared out among the kinds."""

import numpy as np

from qingxi.world.plants.kinds import FAULTY_SHARE, RDII_WEEKS, RECIPES, Episode, Kind
from qingxi.world.plants.plant import Plant

_DETAILS: dict[Kind, tuple[str, ...]] = {
    # Sewers that were never built to the houses are the usual cause (管网未配套), broken ones the rarer.
    Kind.STARVED: ("few-connected", "few-connected", "few-connected", "pipe-broken"),
    Kind.DILUTE: ("septic", "stream"),
    Kind.FOREIGN: ("workshop", "farm"),
    Kind.ABOVE_LIMIT: ("cod", "nh3n", "both"),
    Kind.HUGGING: ("cod", "nh3n"),
    Kind.CLOCK: ("28800", "-28800", "2700", "-4500", "86400", "-86400"),  # seconds the device is ahead
    Kind.FROZEN: ("flow", "quality", "all"),
    Kind.COPIED: ("day", "days3", "replay"),
    Kind.IMPOSSIBLE: ("oxygen", "dry-tank", "flow"),
}
_PAST_DAYS = 35


def plan_episodes(
    rng: np.random.Generator, plants: list[Plant], days: int, faulty_share: float = FAULTY_SHARE
) -> dict[int, list[Episode]]:
    """Draw episodes until the wanted share of facility-weeks has a fault.

    At most one planted fault a plant: what else follows from it physically (untreated water above its limit, say) the
    truth table reads from the water itself.

    Returns
    -------
    dict
        By the plant's index.
    """
    weeks = days // 7
    budget = faulty_share * len(plants) * weeks
    total = sum(recipe.share for recipe in RECIPES.values())
    free = {p.index: p for p in plants}
    planned: dict[int, list[Episode]] = {}
    for kind, recipe in RECIPES.items():
        wanted = budget * recipe.share / total
        order = rng.permutation(sorted(free))
        for index in order.tolist():
            plant = free[index]
            if recipe.powered and plant.passive:
                continue
            if recipe.weeks == (0, 0):
                length, counted = days, RDII_WEEKS * weeks
            else:
                low, high = recipe.weeks
                length = 7 * int(rng.integers(low, min(high, weeks) + 1)) + int(rng.integers(0, 7))
                length = min(length, days)
                counted = length / 7
            # The last one is planted with the chance that is left, so that the mean is the wanted share.
            if wanted <= 0 or rng.random() > wanted / counted:
                break
            wanted -= counted
            # A copy needs something to copy.
            earliest = min(_PAST_DAYS, days - length) if kind is Kind.COPIED else 0
            start = int(rng.integers(earliest, days - length + 1))
            detail = str(rng.choice(_DETAILS[kind])) if kind in _DETAILS else ""
            severity = float(rng.uniform(0.35, 1.0))
            creeping = bool(rng.random() < recipe.creeping)
            planned[index] = [Episode(kind, start, start + length, severity, creeping, detail)]
            del free[index]
    return planned


def ramp(episode: Episode, days: int, steps: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """0 outside the episode, 1 inside; a creeping one climbs over its first 40 %, six weeks at most.

    Parameters
    ----------
    days, steps : int
        Length of the world and steps a day: the result has days x steps values.
    """
    out = np.zeros(days * steps)
    lo, hi = episode.start * steps, min(days, episode.end) * steps
    out[lo:hi] = 1.0
    if episode.creeping:
        climb = min(int(0.4 * (hi - lo)), 42 * steps)
        if episode.kind is Kind.DECAY:
            climb = int(0.8 * (hi - lo))
        out[lo : lo + climb] = (np.arange(climb) + 1) / climb
    return out
