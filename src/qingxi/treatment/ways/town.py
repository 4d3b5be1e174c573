"""Joining a town's sewers or plant (近纳管); its costs are in the price table, ``docs/costs.md`` section 8."""

from qingxi.treatment.way import Way

WAY = Way(
    key="town",
    mode="town_connection",
    chinese="接入城镇管网",
    english="joining the town's sewers",
    power="pump",
    skill="operator",
    upkeep_zh="管网巡查清淤，提升泵站看护",
    upkeep_en="inspection and flushing of sewers, care of lifts",
    limits_zh="主管或厂有余量、产权单位同意",
    limits_en="spare capacity and the owner's consent",
)
