"""Village plants with planted faults and honest look-alikes (带标签的虚构设施): what the rules are scored on.

Every name and number is made up by seed. The truth (:class:`Truth`) is kept apart from what can be known
(:meth:`Scene.evidence`), which comes in three levels: papers, meter, device.
"""

from qingxi.world.plants.kinds import FAULTY_SHARE, RECIPES, SHARES, Alike, Episode, Kind
from qingxi.world.plants.scene import Level, PlantWorld, Scene, make_plants
from qingxi.world.plants.truth import ALIKES, KINDS, Truth, quarter_edges, week_edges

__all__ = [
    "ALIKES",
    "FAULTY_SHARE",
    "KINDS",
    "RECIPES",
    "SHARES",
    "Alike",
    "Episode",
    "Kind",
    "Level",
    "PlantWorld",
    "Scene",
    "Truth",
    "make_plants",
    "quarter_edges",
    "week_edges",
]
