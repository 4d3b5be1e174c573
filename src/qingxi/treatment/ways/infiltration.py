"""Anaerobic tank and land infiltration (厌氧池+土地渗滤)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="infiltration",
    mode="shared_plant",
    chinese="厌氧池+土地渗滤",
    english="anaerobic tank and land infiltration",
    power="pump",
    skill="caretaker",
    upkeep_zh="轮灌轮休，防堵",
    upkeep_en="beds used by turns, kept open",
    limits_zh="地下水埋深足够、坡度平缓，不在水源保护区",
    limits_en="deep groundwater, gentle slope, not in source zones",
    shared=True,
    asks_data=True,
)
