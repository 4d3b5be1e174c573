"""A sewered system as EPA SWMM sees it (水力模型): junctions, wet wells, conduits, pumps, outfalls at design peak.

How a plan becomes a model:

- Every street node keeps its ground and invert; levels are written as elevations. Gravity pipes are CIRCULAR conduits with
  the plan's Manning n.
- A lift is a wet well (STORAGE) and a variable-speed pump (TYPE4) that gives the arriving design flow at its working level.
  The pump pushes straight to where its pressure main ends; the main's pipes and the nodes it passes are drawn as the
  pump's own line. A rising main that ends freely is full at its foot and part full at its head, which the engine's
  surcharge methods do not balance (continuity errors of 10 to 40 % in real plans); its head loss is the plan's, and
  ``qingxi check`` recomputes it.
- The last node is an inlet chamber (STORAGE) into which every arriving pipe falls freely, tied to the outfall by a link of
  the same kind as a pump and of no hydraulic meaning, since SWMM lets an outfall have one link only. (The engine's ideal
  pump would miss what other pumps bring in the same step, and the chamber would slowly fill.)
- House connections are not modelled: each household's own design peak enters at its street node as dry-weather inflow.
  Peaks of many houses do not coincide; a pipe is designed for less than the sum of what arrives. What is missing
  (错峰折减) enters at the manhole as a constant negative inflow, so that **every gravity pipe carries its own design peak
  at once**. Pumps pass on all that arrives, which is their design peak or slightly more.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SwmmNode:
    """A node. ``kind``: junction, well, end, outfall. Levels in m, flows in L/s.

    ``inflow_l_s`` is the sum of its houses' design peaks, ``reduction_l_s`` (negative) what the pipe that leaves is designed
    for less than all that arrives.
    """

    id: str
    kind: str
    node_id: int
    invert_m: float
    ground_m: float
    x_m: float
    y_m: float
    inflow_l_s: float = 0.0
    reduction_l_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SwmmLink:
    """A link. ``kind``: gravity, pump, inlet (of the end). ``flow_l_s``: what it carries at design peak.

    ``pipe_ids`` are the plan's pipes it stands for (a pump: its pressure main's), ``passed`` the nodes on the way of a
    main. ``working_depth_m``: level in the well, above its floor, at which a pump gives its flow.
    """

    id: str
    kind: str
    pipe_ids: tuple[int, ...]
    tail: str
    head: str
    flow_l_s: float
    length_m: float = 0.0
    dn_mm: int = 0
    invert_up_m: float = 0.0
    invert_down_m: float = 0.0
    velocity_m_s: float = 0.0
    working_depth_m: float = 0.0
    passed: tuple[int, ...] = ()
    course_m: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class WellRule:
    """How a wet well is sized.

    Attributes
    ----------
    area_m2, sump_m : float
        Floor area; depth below the lowest arriving pipe down to the working level.
    working_s, working_depth_m : float
        Volume between floor and working level in seconds of the design flow, and its least depth.
    """

    area_m2: float
    sump_m: float
    working_s: float
    working_depth_m: float

    def depth_m(self, flow_l_s: float) -> float:
        """Floor to working level."""
        return max(self.working_depth_m, flow_l_s / 1000 * self.working_s / self.area_m2)


@dataclass(slots=True)
class SwmmSystem:
    """One system, ready to be written."""

    system_id: int
    name: str
    nodes: list[SwmmNode] = field(default_factory=list)
    links: list[SwmmLink] = field(default_factory=list)

    def filling_time_s(self, manhole_area_m2: float, well_area_m2: float) -> float:
        """Seconds until the farthest house's flow has filled every pipe, manhole and well down to the end.

        A pipe fills in length / velocity and its manhole in at most as much again (floor area × diameter / flow); a
        well comes within 1 % of its working level in 4.6 times volume / flow.
        """
        leaving = {link.tail: link for link in self.links}
        needed: dict[str, float] = {}
        for start in leaving:
            way = []
            name = start
            while name in leaving and name not in needed:
                way.append(name)
                name = leaving[name].head
            for name in reversed(way):
                link = leaving[name]
                time = needed.get(link.head, 0.0)
                if link.kind == "pump" and link.flow_l_s > 0:
                    time += 4.6 * link.working_depth_m * well_area_m2 / (link.flow_l_s / 1000)
                elif link.kind == "gravity" and link.velocity_m_s > 0 and link.flow_l_s > 0:
                    flowing = link.length_m / link.velocity_m_s
                    time += flowing + min(flowing, link.dn_mm / 1000 * manhole_area_m2 / (link.flow_l_s / 1000))
                needed[name] = time
        return max(needed.values(), default=0.0)
