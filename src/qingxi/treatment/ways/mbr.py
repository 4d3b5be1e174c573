"""Membrane bioreactor package plant (MBR 一体化)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="mbr",
    mode="shared_plant",
    chinese="MBR 一体化",
    english="membrane bioreactor",
    power="air",
    skill="technician",
    upkeep_zh="膜清洗与更换（5–8 年），在线监控",
    upkeep_en="membranes washed and replaced after 5 to 8 years, monitored",
    limits_zh="能耗和运维要求高",
    limits_en="much power and care",
    shared=True,
)
