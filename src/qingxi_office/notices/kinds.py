"""What people are told about: one row a kind. Outside messages use only the neutral word of a kind, never a title."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

IN_OFFICE, EMAIL, WEBHOOK, SMS = "office", "email", "webhook", "sms"
WAYS = {IN_OFFICE: _("站内"), EMAIL: _("邮件"), WEBHOOK: _("工作群"), SMS: _("短信")}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice.

    ``outside`` is all that an e-mail, a group robot or a text message says of it. ``to_do`` counts among the 待办.
    ``ways`` are what a person gets who has chosen nothing.
    """

    word: Any  # translated where it is shown
    outside: str
    to_do: bool = False
    icon: str = "bell"
    ways: tuple[str, ...] = (IN_OFFICE, EMAIL, WEBHOOK)


KINDS: dict[str, Kind] = {
    "issue_assigned": Kind(_("交办了问题"), "新交办的问题", True, "clipboard-list"),
    "issue_waiting": Kind(_("问题等您这一步"), "等您办的问题", True, "clipboard-check"),
    "issue_nudged": Kind(_("有人催办"), "催办的问题", True, "bell-ringing"),
    "issue_returned": Kind(_("问题被退回"), "被退回的问题", True, "arrow-back-up"),
    "issue_answered": Kind(_("别的单位答复了"), "单位间答复", False, "clipboard-check"),
    "issue_extension": Kind(_("问题延期"), "延期的问题", False, "calendar-plus"),
    "issue_overdue": Kind(_("问题超期"), "超期的问题", True, "alert-octagon"),
    "letter_proposed": Kind(_("拟了提示函"), "等签发的提示函", True, "mail"),
    "job_done": Kind(_("任务做完"), "做完的任务", False, "circle-check", (IN_OFFICE,)),
    "job_failed": Kind(_("任务没有做完"), "没做完的任务", True, "circle-x"),
    "import_faults": Kind(_("导入有要改的行"), "有要改的导入", True, "file-alert"),
    "sheet_waiting": Kind(_("乡镇交来一张表"), "等县里收的表", True, "file-import"),
    "sheet_returned": Kind(_("交的表被退回"), "被退回的表", True, "file-x"),
    "second_waiting": Kind(_("等我复核"), "等您复核的事", True, "eye-check"),
    "second_answered": Kind(_("复核有了答复"), "复核的答复", True, "eye-check"),
    "bulletin_waiting": Kind(_("通报待审"), "待审的通报", True, "file-text"),
    "bulletin_returned": Kind(_("通报被退回"), "被退回的通报", True, "file-x"),
    "bulletin_approved": Kind(_("通报已审定"), "审定的通报", True, "file-check"),
    "bulletin_came": Kind(_("来了通报"), "待签收的通报", True, "file-text"),
    "reply_due": Kind(_("通报还没签收或回复"), "没签收或回复的通报", True, "clock-x"),
    "reply_came": Kind(_("乡镇回复了通报"), "通报的回复", True, "message"),
    "reply_returned": Kind(_("通报的回复被退回"), "被退回的回复", True, "arrow-back-up"),
    "callover_taken": Kind(_("取好了调度快照"), "调度快照", True, "calendar-stats"),
    "card_noticed": Kind(_("拟亮牌，可以说明"), "等您说明的拟亮牌", True, "cards"),
    "card_answered": Kind(_("乡镇对拟亮牌作了说明"), "拟亮牌的说明", True, "cards"),
    "card_decided": Kind(_("红黄牌有了决定"), "红黄牌的决定", False, "cards"),
    "card_appealed": Kind(_("乡镇对亮牌提出申诉"), "对亮牌的申诉", True, "cards"),
    "duty_gap": Kind(_("责任空岗"), "责任空岗", True, "user-off"),
    "duty_ends": Kind(_("责任快到期"), "快到期的责任", False, "calendar-time"),
    "station_silent": Kind(_("站点没有声息"), "没有声息的站点", True, "antenna-bars-off"),
    "vendor_failing": Kind(_("厂家平台取不到数"), "取不到数的厂家平台", True, "antenna-bars-off"),
    "round_repair": Kind(_("巡查报修"), "巡查报修", True, "tool"),
    "tests_missing": Kind(_("缺化验"), "缺化验的站点", True, "flask"),
    "backup_missing": Kind(_("没有备份"), "备份", True, "database-off"),
    "round_failed": Kind(_("定时任务没有跑完"), "没跑完的定时任务", True, "clock-x"),
    "appraisal_waiting": Kind(_("考核等您这一步"), "等您办的考核", True, "list-check"),
    "meeting_soon": Kind(_("要开会"), "快开的会", False, "calendar-event"),
    "task_given": Kind(_("会上交办的任务"), "会上交办的任务", True, "checklist"),
    "report_unsolved": Kind(_("反映人说没有解决"), "反映人说没有解决的事", True, "message-report"),
    "hotline_due": Kind(_("12345 工单快到期或超期"), "快到期的热线工单", True, "phone-call"),
    "disclosure_due": Kind(_("该公开的没有公开"), "该公开的事项", True, "speakerphone"),
    "delivery_failed": Kind(_("消息送不出去"), "送不出去的消息", False, "mail-off", (IN_OFFICE,)),
    "return_due": Kind(_("有报表要报"), "要报的报表", True, "report"),
    "return_late": Kind(_("报表还没有报"), "没报的报表", True, "alarm"),
    "return_submitted": Kind(_("乡镇交来报表"), "等审的报表", True, "report"),
    "return_returned": Kind(_("报表被退回"), "被退回的报表", True, "arrow-back-up"),
    "return_opened": Kind(_("锁定的报表开了例外"), "开了例外的报表", True, "lock-open"),
    "week_told": Kind(_("一周小结"), "一周小结", False, "calendar-stats", (IN_OFFICE,)),
}
"""Every kind that may be told; telling another is a mistake in the code."""


def outside_words(counts: dict[str, int]) -> str:
    """What one digest says outside the office: how many of which kind, no name, no place, no number of a record.

    >>> outside_words({"issue_assigned": 2, "job_failed": 1})
    '3 待办：新交办的问题 2、没做完的任务 1'
    """
    to_do = sum(n for kind, n in counts.items() if KINDS[kind].to_do)
    rest = sum(counts.values()) - to_do
    head = "、".join([*([f"{to_do} 待办"] if to_do else []), *([f"{rest} 条消息"] if rest else [])])
    return f"{head}：" + "、".join(f"{KINDS[kind].outside} {n}" for kind, n in sorted(counts.items()))
