"""Sequencing batch package plant (SBR 一体化)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="sbr",
    mode="shared_plant",
    chinese="SBR 一体化",
    english="SBR package plant",
    power="air",
    skill="technician",
    upkeep_zh="周期程序调整，滗水器检修",
    upkeep_en="cycles adjusted, decanters serviced",
    limits_zh="规模过小不经济，须自动控制",
    limits_en="not for small flows, needs automatic control",
    shared=True,
)
