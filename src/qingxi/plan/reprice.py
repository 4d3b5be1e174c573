"""A problem at other prices: the graph stays, the money is made anew by the formulas that made it."""

from dataclasses import replace

import numpy as np

from qingxi.plan.changes import Changes
from qingxi.plan.pricing import end_money, home_money, own_choice
from qingxi.plan.problem import Problem
from qingxi.plan.serve import own_service
from qingxi.plan.stay import NodeStays, stay_fixed
from qingxi.sewer import sewer_kit
from qingxi.treatment import plant_kit


def repriced(problem: Problem, changes: Changes) -> Problem:
    """The problem with changed prices and processes; the very same where none of them changes."""
    p = problem
    prices, processes = changes.in_table(p.prices, "prices"), changes.in_table(p.processes, "processes")
    if prices is p.prices and processes is p.processes:
        return p
    kit = sewer_kit(p.norms, prices)._replace(growth=p.kit.growth)
    plants = plant_kit(processes, p.norms, prices, kit.works_pv, kit.annuity, p.steps, p.place)
    own = own_service(
        p.given, p.houses, p.hamlets, p.own.hamlet, p.norms, processes, kit.works_pv, kit.annuity, known=p.own
    )
    choice = own_choice(own, p.given.mode == "free")
    homes = p.homes._replace(**home_money(kit, p.homes.node, p.lateral_m, choice.pv[p.member])._asdict())
    fixed = p.stays.fixed.copy()
    stock = p.given.plants
    for v in np.flatnonzero(p.stays.plant >= 0):
        assert stock is not None
        wet = bool(p.ends.site[v] == 4)
        fixed[v] = stay_fixed(stock, int(p.stays.plant[v]), wet, prices, kit.works_pv, kit.annuity, p.steps)
    stays = NodeStays(p.stays.plant, fixed, p.stays.capacity_m3_d)
    ground = p.ground._replace(stay_fixed=fixed, **end_money(kit, prices, p.graph.nodes)._asdict())
    return replace(
        p, prices=prices, processes=processes, kit=kit, plants=plants, own=own, own_mode=choice.mode, homes=homes,
        stays=stays, ground=ground,
    )  # fmt: skip
