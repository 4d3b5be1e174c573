"""Words of the tree, of duties and of people as pages say them: the books keep the Chinese term, an English page says the English."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()


def word_of(term: Any) -> str:
    """The page's word for a term of the law; what is no term of it stays as it is."""
    text = str(getattr(term, "value", term) or "")
    return {
        "主责": _("主责"), "配合": _("配合"), "监督": _("监督"), "属地": _("属地"),
        "政府部门": _("政府部门"), "村级组织": _("村级组织"), "农户": _("农户"), "运维单位": _("运维单位"), "投资人": _("投资人"),
        "施工单位": _("施工单位"), "没有定人": _("没有定人"), "空岗": _("空岗"), "到期没有接": _("到期没有接"),
        "单位已撤销": _("单位已撤销"), "副手代": _("副手代"), "在岗": _("在岗"), "换人": _("换人"), "补空岗": _("补空岗"),
        "离任后空岗": _("离任后空岗"), "只改职务、电话或副手": _("只改职务、电话或副手"),
        "省": _("省"), "市": _("市"), "县": _("县"), "乡镇": _("乡镇"), "行政村": _("行政村"), "自然村": _("自然村"),
        "更名": _("更名"), "合并": _("合并"), "拆分": _("拆分"), "调整隶属": _("调整隶属"), "改代码": _("改代码"),
        "县主管": _("县主管"), "乡镇专干": _("乡镇专干"), "运维班长": _("运维班长"), "巡查员": _("巡查员"), "上级督导": _("上级督导"),
        "审计（只读）": _("审计（只读）"),
    }.get(text, text)  # fmt: skip


register.filter("term", word_of)
