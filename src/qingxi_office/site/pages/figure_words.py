"""Words of figures that a page says in the reader's language: families, whose rule, trust, units counted."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

FAMILIES: dict[str, Any] = {
    "治理率": _("治理率，各地口径并列"), "运行": _("设施运行"), "水质": _("出水水质"), "接户和收集": _("接户和收集（不是一回事）"),
    "户内": _("户内"), "乡镇驻地": _("乡镇政府驻地"), "协同": _("一起干"), "销号": _("问题销号"), "其他": _("其他"),
}  # fmt: skip
REGIONS: dict[str, Any] = {
    "全国": _("全国"), "四川": _("四川"), "广东": _("广东"), "海南": _("海南"), "浙江": _("浙江"), "江西": _("江西"),
}  # fmt: skip
TRUSTS: dict[str, Any] = {
    "official": _("官方文本"), "sourced": _("公开资料"), "remembered": _("一般了解，未核实"), "assumption": _("假定，由县确认"),
}  # fmt: skip
UNITS: dict[str, Any] = {
    "行政村": _("行政村"), "自然村": _("自然村"), "户": _("户"), "设施": _("设施"), "乡镇": _("乡镇"), "处": _("处"), "件": _("件"),
    "m³": "m³",
}  # fmt: skip
