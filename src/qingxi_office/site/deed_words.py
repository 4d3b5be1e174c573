"""Deeds of ``people.rights`` as a person reads them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

DEED_WORDS: dict[str, Any] = {
    "load": _("收进台账"), "examine": _("按规则检查"), "decide_finding": _("确认判断"), "open_issue": _("交办问题"),
    "step_issue": _("办理问题"), "take_up_report": _("受理群众反映"), "record_visit": _("记巡查"),
    "change_state": _("改村的治理状态"), "propose_joint_works": _("提议合着挖路"), "make_plan": _("编制规划"),
    "adopt_plan": _("采用规划"), "override_plan": _("给规划定规定"), "try_prices": _("试算单价"),
    "compute_figures": _("计算数字"), "draft_bulletin": _("起草通报"), "send_bulletin": _("通报送审"),
    "record_bulletin_issued": _("记通报印发"), "publish": _("公开"), "invite": _("请人进来"),
    "set_safety": _("改安全设置"), "report_for_villager": _("代村民反映"), "second_closing": _("复核销号"),
}  # fmt: skip
WEIGHTY_WORDS: dict[str, Any] = {
    "send_bulletin": _("通报送审"), "adopt_plan": _("采用一版规划"), "recognise_village": _("把村认定为已治理"),
    "close_issue": _("问题销号（所有类别）"), "close_key_issue": _("问题销号（重点、督办）"),
}  # fmt: skip
