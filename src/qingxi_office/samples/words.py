"""The checklist's words and the fields of strata, so that they are gathered for translation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

STRATUM_WORDS: dict[str, Any] = {
    "county": _("县"), "township": _("乡镇"), "operator": _("运维单位"), "scale": _("规模"),
}  # fmt: skip
METHOD_WORDS: dict[str, Any] = {
    "simple": _("简单随机"), "stratified": _("分层随机"), "two_stage": _("先抽乡镇再抽站（等概率）"),
    "two_stage_pps": _("先抽乡镇再抽站（按站数）"),
}  # fmt: skip
# What standard/tables/effective.csv and the exclusions say; shown through gettext.
_GATHERED = (
    _("进站"), _("进得去"), _("进不去，没查成"), _("供电"), _("有电"), _("不用电"), _("没有电"), _("主要设备"), _("能正常运转"),
    _("没有动力设备"), _("不能运转"), _("进水"), _("有进水"), _("当天没有，有近期进水痕迹"), _("长期没有进水"), _("出水"),
    _("出水正常"), _("当天不出水，说得清原因"), _("浑浊、发黑或发臭"), _("直排"), _("没有污水直排"), _("有污水未经处理直接排放"),
    _("站外管网"), _("没有满溢和破损"), _("有满溢或破损，污水进不了站"), _("运维记录"), _("近一个月有记录"), _("近一个月没有记录"),
    _("停用待拆"), _("已并网"), _("在建"), _("试运行"), _("纯资源化"), _("报废"), _("没有运维单位"),
)  # fmt: skip
