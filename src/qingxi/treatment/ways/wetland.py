"""Anaerobic tank and constructed wetland (厌氧池+人工湿地)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="wetland",
    mode="shared_plant",
    chinese="厌氧池+人工湿地",
    english="anaerobic tank and constructed wetland",
    power="none",
    skill="caretaker",
    upkeep_zh="植物收割，布水管和填料防堵",
    upkeep_en="plants cut, distribution and media kept open",
    limits_zh="占地较大，严寒地区须保温",
    limits_en="much land, insulation in severe cold",
    shared=True,
)
