"""Wording of a reminder (提示函). Pure words; nothing is saved here."""

from datetime import date

from qingxi_office.issues.models import IssueRecord


def wording(row: IssueRecord, today: date, days_over: int) -> str:
    """What the draft says: what was asked, since when it is due, what is asked now. No blame, no penalty."""
    unit = row.rectifier.name if row.rectifier else "有关单位"
    where = row.facility.name if row.facility else row.place.name
    return (
        f"{unit}：\n"
        f"{row.assigned_on.year}年{row.assigned_on.month}月{row.assigned_on.day}日交办的问题“{row.title}”"
        f"（编号 {row.key}，{where}），整改期限为{row.due_on.year}年{row.due_on.month}月{row.due_on.day}日，"
        f"至{today.year}年{today.month}月{today.day}日已超期 {days_over} 个工作日，目前为“{row.state}”。\n"
        "请抓紧办理；确有困难的，请写明原因、已采取的措施和新的期限，按程序申请延期。"
    )  # fmt: skip
