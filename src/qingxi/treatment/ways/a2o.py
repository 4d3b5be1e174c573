"""A2/O package plant (A2/O 一体化)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="a2o",
    mode="shared_plant",
    chinese="A2/O 一体化",
    english="A2/O package plant",
    power="air",
    skill="technician",
    upkeep_zh="除磷加药，回流调节",
    upkeep_en="phosphorus dosing, return flows adjusted",
    limits_zh="须稳定供电和稳定进水",
    limits_en="steady power and steady inflow",
    shared=True,
)
