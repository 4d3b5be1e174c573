"""Black and grey water apart at the house (黑灰分离): black water stored and taken to fields or emptied, grey water through a small bed."""

from qingxi.treatment.way import Way

WAY = Way(
    key="separation",
    mode="onsite",
    chinese="黑灰分离：黑水清掏还田、灰水小湿地",
    english="black water emptied to fields, grey water to a small bed",
    power="none",
    skill="household",
    upkeep_zh="黑水定期清掏还田，灰水湿地收割清淤",
    upkeep_en="black water emptied to fields, the bed cut and cleaned",
    limits_zh="地下水埋深、坡度、离水体和邻房距离",
    limits_en="depth of groundwater, slope, distance to waters and to the next house",
    asks_data=True,
)
