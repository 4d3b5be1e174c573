"""The ground and what lies on it: heights, streets, waters, land, protected areas, existing sewers and plants.

Everything is in metres of the county's computing zone; whoever reads files brings it there. Unknown heights are NaN,
whatever the file used for them.
"""

from qingxi.terrain.connect import connect_houses
from qingxi.terrain.elevation import Elevation
from qingxi.terrain.existing import Consent, ExistingPlants, ExistingSewers
from qingxi.terrain.graph import CROSSINGS, Surrounds, TrenchGraph, build_graph, extend_graph, make_graph
from qingxi.terrain.land import Land, Protected, ProtectedKind, Waters
from qingxi.terrain.near_points import points_near
from qingxi.terrain.noding import NodedStreets, node_streets
from qingxi.terrain.permit import LANDS, TRENCH_WORKS, LineLand, approvals_of, judge_lines
from qingxi.terrain.place_keys import first_of_each
from qingxi.terrain.spanner import far_by_net, spanner
from qingxi.terrain.streets import Streets, Surface
from qingxi.terrain.subsoil import Digging, Subsoil, digging_at

__all__ = [
    "CROSSINGS",
    "LANDS",
    "TRENCH_WORKS",
    "Consent",
    "Digging",
    "Elevation",
    "ExistingPlants",
    "ExistingSewers",
    "Land",
    "LineLand",
    "NodedStreets",
    "Protected",
    "ProtectedKind",
    "Streets",
    "Subsoil",
    "Surface",
    "Surrounds",
    "TrenchGraph",
    "Waters",
    "approvals_of",
    "build_graph",
    "connect_houses",
    "digging_at",
    "extend_graph",
    "far_by_net",
    "first_of_each",
    "judge_lines",
    "make_graph",
    "node_streets",
    "points_near",
    "spanner",
]
