"""Other recipes for an invented county: how land, villages and ways lie differently from the hills of the first one.

A recipe is a function from seed and number of households to a :class:`Sketch`; what is on paper (people, states, books,
evidence) is made from any sketch alike.
"""

from collections.abc import Callable

from qingxi.world.recipes.delta import delta
from qingxi.world.recipes.ring import ring
from qingxi.world.recipes.sketch import Sketch
from qingxi.world.recipes.valley import valley

RECIPES: dict[str, Callable[[int, int], Sketch]] = {"ring": ring, "valley": valley, "delta": delta}
"""By the word of ``qingxi county --recipe``: ring villages, a linear valley, a flat delta."""

__all__ = ["RECIPES", "Sketch"]
