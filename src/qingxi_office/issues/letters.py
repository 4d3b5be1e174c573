"""Wording of letters about overdue problems. Pure words; nothing is saved here."""

import re
from datetime import date

from qingxi.issue import LetterKind
from qingxi_office.issues.models import IssueRecord

_ASKS = {
    LetterKind.REMIND: "请抓紧办理；确有困难的，请写明原因、已采取的措施和新的期限，按程序申请延期。",
    LetterKind.ORDER: "此前已发提示函。请于收到本单之日起 5 个工作日内书面报告办理情况、未完成的原因和完成时间。",
    LetterKind.TALK: "此前已向该单位发提示函、督办单。建议由领导小组负责同志约谈该单位负责同志，时间和方式请领导定。",
    LetterKind.LETTER: "此事需贵单位支持，请予研究办理，并请函复办理安排；如有困难，请一并说明，以便共同商定。",
}


def _printed(text: str) -> str:
    """Words of the ledger as a paper prints them: Chinese commas between Chinese words."""
    return re.sub(r"(?<=[^\x00-\x7f])[,;](?=[^\x00-\x7f]|\d)", lambda m: {",": "，", ";": "；"}[m[0]], text)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def title(row: IssueRecord, kind: LetterKind) -> str:
    """The paper's title."""
    name = {LetterKind.LETTER: "函", LetterKind.TALK: "约谈建议"}.get(kind, kind.value)
    return f"关于“{_printed(row.title)}”整改的{name}"


def wording(row: IssueRecord, today: date, days_over: int, kind: LetterKind = LetterKind.REMIND) -> str:
    """What the draft says: what was asked, since when it is due, what is asked now. No blame, no penalty."""
    unit = row.rectifier.name if row.rectifier else "有关单位"
    where = row.facility.name if row.facility else row.place.name
    due = row.due_on or row.assigned_on
    # A summons is proposed to those who would hold it, not to the one who would be summoned.
    inner = kind is LetterKind.TALK
    return (
        f"{'领导小组' if inner else unit}：\n"
        f"{_day(row.assigned_on)}交{unit if inner else ''}办{'理' if inner else ''}的问题“{_printed(row.title)}”"
        f"（编号 {row.key}，{where}），整改期限为{_day(due)}，"
        f"至{_day(today)}已超期 {days_over} 个工作日，目前为“{row.state}”。\n"
        f"{_ASKS[kind]}"
    )
