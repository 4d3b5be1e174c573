"""Anaerobic tank and oxidation pond with plants (厌氧池+氧化塘)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="pond",
    mode="shared_plant",
    chinese="厌氧池+水生植物氧化塘",
    english="anaerobic tank and oxidation pond with plants",
    power="none",
    skill="caretaker",
    upkeep_zh="水生植物按季收割，防蚊防渗",
    upkeep_en="plants cut by season, mosquitoes and lining looked after",
    limits_zh="占地大，冬季过冷不宜，须平缓地块",
    limits_en="much land, not where winters are cold, gentle ground",
    shared=True,
    asks_data=True,
)
