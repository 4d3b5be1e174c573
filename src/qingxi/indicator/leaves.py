"""By name: how the lines of a figure are found among the facts. A definition says ``of = "effluent"``."""

from collections.abc import Callable, Mapping
from typing import Any

from qingxi.indicator.leaf import Leaves
from qingxi.indicator.leaves_people import basics, covered, effective_villages, households_share
from qingxi.indicator.leaves_station import collection, effluent, load, reported_running
from qingxi.indicator.leaves_work import closing, dug_once, seats, seats_running

# (definition, records, day) → lines; records are qingxi.indicator.Records.
LEAVES: Mapping[str, Callable[[Any, Any, Any], Leaves]] = {
    "basics": basics,
    "covered": covered,
    "effective_villages": effective_villages,
    "households": households_share,
    "effluent": effluent,
    "load": load,
    "collection": collection,
    "reported_running": reported_running,
    "seats": seats,
    "seats_running": seats_running,
    "dug_once": dug_once,
    "closing": closing,
}
