"""A/O package plant (A/O 一体化)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="ao",
    mode="shared_plant",
    chinese="A/O 一体化",
    english="A/O package plant",
    power="air",
    skill="operator",
    upkeep_zh="回流与溶解氧调节，风机检修",
    upkeep_en="return flow and oxygen adjusted, blowers serviced",
    limits_zh="须稳定供电",
    limits_en="steady power",
    shared=True,
)
