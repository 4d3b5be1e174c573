"""Sewers: hydraulics, trench costs and the design of a tree of pipes (see ``docs/costs.md``)."""

from qingxi.sewer.design import DesignArrays, design_forest, new_design
from qingxi.sewer.exact_lifts import Forest, choose_lifts
from qingxi.sewer.exact_rules import fall_limits
from qingxi.sewer.exact_tree import ExactCosts, ExactDesign, ExactRules, ExactTree, design_exactly
from qingxi.sewer.hydraulics import fill_of, flow_at_fill, peak_flow_l_s, slope_limit, velocity_at
from qingxi.sewer.kit import COMPENSATED, SewerKit, annuity_of, sewer_kit, trench_class
from qingxi.sewer.trench import friction_slope, pressure_dn, trench_works

__all__ = [
    "COMPENSATED",
    "DesignArrays",
    "ExactCosts",
    "ExactDesign",
    "ExactRules",
    "ExactTree",
    "Forest",
    "SewerKit",
    "annuity_of",
    "choose_lifts",
    "design_exactly",
    "design_forest",
    "fall_limits",
    "fill_of",
    "flow_at_fill",
    "friction_slope",
    "new_design",
    "peak_flow_l_s",
    "pressure_dn",
    "sewer_kit",
    "slope_limit",
    "trench_class",
    "trench_works",
    "velocity_at",
]
