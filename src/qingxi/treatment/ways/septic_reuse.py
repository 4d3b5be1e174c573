"""Three-chamber septic tank and use on fields (三格化粪池+还田)."""

from qingxi.treatment.way import Way

WAY = Way(
    key="reuse",
    mode="reuse",
    chinese="三格化粪池资源化利用",
    english="three-chamber tank and use on fields",
    power="none",
    skill="household",
    upkeep_zh="按农时还田，贮存期满清掏",
    upkeep_en="used on fields in season, emptied when full",
    limits_zh="自然村人数、消纳农田面积（氮）、农时贮存、离水体距离",
    limits_en="people of the hamlet, fields that take the nitrogen, storage between seasons, distance to waters",
)
