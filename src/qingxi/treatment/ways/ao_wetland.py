"""Biological contact oxidation and wetland (生物接触氧化+人工湿地)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="ao_wetland",
    mode="shared_plant",
    chinese="A/O 接触氧化+人工湿地",
    english="contact oxidation and constructed wetland",
    power="air",
    skill="operator",
    upkeep_zh="风机与填料检修，植物收割",
    upkeep_en="blowers and media serviced, plants cut",
    limits_zh="须稳定供电和一定用地",
    limits_en="steady power and some land",
    shared=True,
)
