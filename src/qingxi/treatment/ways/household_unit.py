"""A unit at the house (户用净化槽)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="unit",
    mode="onsite",
    chinese="户用净化槽",
    english="household unit",
    power="air",
    skill="operator",
    upkeep_zh="每季巡检，风机与填料更换",
    upkeep_en="quarterly visits, blowers and media replaced",
    limits_zh="不在水源一级保护区，离水体有最小距离",
    limits_en="not in a first-grade source zone, a least distance to waters",
)
