"""Names of the measured quantities, marked for translation; the library's own names are the Chinese ones."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

QUANTITY_WORDS: dict[str, Any] = {
    "flow": _("流量"), "energy": _("用电量"), "cod": _("化学需氧量"), "bod5": _("五日生化需氧量"), "cod_mn": _("高锰酸盐指数"),
    "nh3n": _("氨氮"), "tn": _("总氮"), "tp": _("总磷"), "ss": _("悬浮物"), "oil": _("动植物油"), "petroleum": _("石油类"),
    "fecal_coliform": _("粪大肠菌群"), "ph": _("pH值"), "do": _("溶解氧"), "water_temp": _("水温"), "conductivity": _("电导率"),
    "colour": _("色度"), "cod_in": _("进水化学需氧量"), "nh3n_in": _("进水氨氮"), "power": _("功率"), "level": _("液位"),
    "rain": _("雨量"), "clock_offset": _("时钟偏差"),
}  # fmt: skip
