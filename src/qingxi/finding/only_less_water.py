"""Whether less water, and nothing else, explains that a plant drew less or was found without water (来水少，还是别的缘故)."""

from collections.abc import Callable, Sequence
from math import exp, log

import numpy as np

from qingxi.finding.by_paper import Month
from qingxi.finding.interval import median_of
from qingxi.finding.lab_pairs import Pair, left_of, pairs_of, strength_of
from qingxi.finding.little_water import LittleWater
from qingxi.finding.load import guests_share
from qingxi.finding.look import Look
from qingxi.finding.rounds import dry_for_a_time, waterless, waters
from qingxi.finding.thresholds import threshold


def only_less_water(look: Look, little: LittleWater, months: Sequence[Month]) -> bool:
    """Whether it is sure enough, and nothing but less water explains it, the register apart.

    The pumps, and air that follows the water, fall together while the machines still run; where the air is timed only the
    pumps do. Air that fades leaves the water dirtier; clear water that stays away lets it come in stronger; water that
    stays away altogether is another matter.
    """
    if little.sure < threshold("little.sure"):
        return False
    inside, outside = months[little.first : little.last + 1], [*months[: little.first], *months[little.last + 1 :]]
    a, b = look.index(inside[0].first), look.index(inside[-1].last)
    if little.fall == 0 and sum(a <= day <= b for day, _ in waters(look)) < threshold("starved.rounds"):
        return False
    # Guests vary from year to year.
    if little.fall and guests_share(look) is not None and little.fall > log(1 - threshold("starved.step_alone")):
        return False
    # A fall that nobody saw rise again, with no earlier year beside it, may be a village that was connected for a time.
    small = little.fall > log(1 - threshold("starved.step_alone"))
    if little.fall and not little.years and small and not _rose_again(little, months):
        return False
    # Whoever lets it turn without any water saves no air: a deep fall speaks against that.
    turned_dry = little.fall > log(1 - threshold("little.deep")) and (
        waterless(look, a, b) or dry_for_a_time(look, a, b)
    )
    if (
        turned_dry
        or (not little.years and _out_of_season(look, a, b))
        or not (look.passive or _ran_as_ever(inside, outside))
    ):
        return False
    left, strength = _apart(look, a, b, left_of), _apart(look, a, b, strength_of)
    if left is None:
        # Without tests outside these months those inside must tell that it treats. Bills alone do not.
        whole = [
            x for day, p in pairs_of(look).items() if a <= look.index(day) <= b and (x := left_of(p)) is not None
        ]
        if little.fall and (not whole or float(np.median(whole)) > threshold("little.treated")):
            return False
    elif not 1 / threshold("starved.even") ** 2 <= left <= threshold("starved.even"):
        return False  # cleaner than at other times is no objection unless something was broken then
    return look.passive or strength is None or strength < threshold("starved.thinner")


def _rose_again(little: LittleWater, months: Sequence[Month]) -> bool:
    """Whether the months on both sides drew more, by half of the fall at least."""
    beside = (little.first - 1, little.last + 1)
    low = float(np.nanmean([m.kwh_d for m in months[little.first : little.last + 1]]))
    return all(0 <= k < len(months) and months[k].kwh_d > low * exp(-little.fall / 2) for k in beside)


def _out_of_season(look: Look, i: int, j: int) -> bool:
    """Whether it is a village of guests and fewer of them were there between two days than outside them."""
    guests = guests_share(look)
    if guests is None:
        return False
    inside = np.zeros(guests.size, dtype=np.bool_)
    inside[max(0, i) : j + 1] = True
    if inside.all():
        return False
    both = [median_of(guests[part & ~np.isnan(guests)]) for part in (inside, ~inside)]
    return not both[0] >= both[1]


def _ran_as_ever(inside: Sequence[Month], outside: Sequence[Month]) -> bool:
    """Whether the rounds found it standing rarely, or no more often than in other months, as one whose air is timed."""
    ran, stood = (sum(len(getattr(m, key)) for m in inside) for key in ("running", "standing"))
    if ran >= threshold("starved.ran") * max(1, stood):
        return True
    ran_too, stood_too = (sum(len(getattr(m, key)) for m in outside) for key in ("running", "standing"))
    usual = stood_too / (ran_too + stood_too) if ran_too + stood_too else 0.0
    return ran > 0 and stood / (ran + stood) <= usual + threshold("starved.stood_more")


def _apart(look: Look, i: int, j: int, tells: Callable[[Pair], float | None]) -> float | None:
    """What the laboratory's pairs tell between two days over what they tell outside them, by medians. None without a pair
    on both sides."""
    inside: list[float] = []
    outside: list[float] = []
    for day, pair in pairs_of(look).items():
        if (value := tells(pair)) is not None:
            (inside if i <= look.index(day) <= j else outside).append(value)
    return float(np.median(inside) / np.median(outside)) if inside and outside else None
