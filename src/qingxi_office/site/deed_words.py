"""Deeds of ``people.rights`` as a person reads them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

DEED_WORDS: dict[str, Any] = {
    "load": _("收进台账"), "examine": _("按规则检查"), "decide_finding": _("确认判断"), "open_issue": _("交办问题"),
    "step_issue": _("办理问题"), "take_up_report": _("受理群众反映"),
    "raise_blockage": _("提推进堵点"), "enter_upper": _("代记上级销号"), "cross_county": _("办跨县函件"),
    "record_visit": _("记巡查"),
    "change_state": _("改村的治理状态"), "propose_joint_works": _("提议合着挖路"), "make_plan": _("编制规划"),
    "adopt_plan": _("采用规划"), "override_plan": _("给规划定规定"), "try_prices": _("试算单价"),
    "compute_figures": _("计算数字"), "note_reported": _("记官方数"), "set_figure_target": _("记任务目标"), "sign_scope": _("签发分母清单"), "note_seat": _("记乡镇驻地"),
    "draft_bulletin": _("起草通报"), "send_bulletin": _("通报送审"),
    "record_bulletin_issued": _("记通报印发"), "take_callover": _("取调度快照"), "edit_bulletin": _("改通报"),
    "approve_bulletin": _("审定通报"), "hand_bulletin": _("把通报交公文系统"), "decide_card": _("决定红黄牌和表扬"),
    "answer_card": _("对红黄牌说明或申诉"), "sign_receipt": _("签收和回复通报"), "publish": _("公开"), "invite": _("请人进来"),
    "edit_register": _("改登记"), "change_facility_status": _("改设施状态"), "scrap_facility": _("报废设施"),
    "reissue_code": _("换站码"), "freeze_register": _("冻结登记快照"), "set_channels": _("设通知的路"), "run_round": _("开例行检查"),
    "sign_letter": _("签发函件"), "attach": _("传附件"), "set_quota": _("定附件配额"), "remove": _("移走附件"),
    "remove_record": _("移走记录"), "merge": _("合并重复"), "answer_person": _("答复个人信息请求"), "check_ledgers": _("三账核对"),
    "call_meeting": _("开会议"), "step_task": _("办任务"), "submit_sheet": _("交表"), "manage_person": _("管人员"), "assign_duty": _("定责任人"), "reorganise": _("改区划和机构"),
    "sign_conflict": _("签认冲突"), "set_safety": _("改安全设置"), "report_for_villager": _("代村民反映"), "second_closing": _("复核销号"),
    "admit_device": _("准入设备"), "edit_device": _("改设备登记"), "command_device": _("向设备下命令"),
    "move_equipment": _("向设备下动作命令"), "set_forwarding": _("设上级转发"),
    "set_vendor": _("设厂家接入"),
    "record_six": _("记六个同步"), "record_step": _("记协同步骤"), "record_water": _("记受纳水体水样"),
    "fill_return": _("填报表"), "review_return": _("审报表"), "lock_return": _("锁定报表"),
    "open_return_period": _("开一期报表"), "keep_return_form": _("定报表的表样"),
    "open_appraisal": _("开始考核"), "self_appraise": _("写自评分"), "check_appraisal": _("写核查分"), "object_appraisal": _("提考核异议"),
    "finish_appraisal": _("答复异议、考核定稿"), "set_care_terms": _("登记付费条款、算运维费"),
    "run_sample": _("组织抽查"), "check_station": _("到站检查"), "publish_sample": _("公布抽查结果"),
}  # fmt: skip
ROLE_WORDS: dict[str, Any] = {
    "county_officer": _("县主管"), "township_clerk": _("乡镇专干"), "operator_foreman": _("运维班长"), "inspector": _("巡查员"),
    "supervisor": _("上级督导"), "auditor": _("审计（只读）"),
}  # fmt: skip
WEIGHTY_WORDS: dict[str, Any] = {
    "send_bulletin": _("通报送审"), "approve_bulletin": _("审定自己起草的通报"), "adopt_plan": _("采用一版规划"), "recognise_village": _("把村认定为已治理"),
    "close_issue": _("问题销号（所有类别）"), "close_key_issue": _("问题销号（重点、督办）"),
    "move_equipment": _("向设备下动作命令（采样、校准、清洗）"),
}  # fmt: skip
