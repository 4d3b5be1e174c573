"""What is held on one person, gathered for their request; and what has to go because its time is over (个人信息保护法)."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

from django.db.models import Q
from openpyxl import Workbook

from qingxi.keeping import retention_rules
from qingxi.origin import Ref
from qingxi_office.attachments.models import Attachment
from qingxi_office.intake import actions as intake
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.models import IssueRecord, IssueStep
from qingxi_office.notices import actions as notices
from qingxi_office.notices.models import Mailbox
from qingxi_office.patrols.actions import forget_places
from qingxi_office.people import rights
from qingxi_office.people.actions import forget_phones
from qingxi_office.people.models import User
from qingxi_office.people.queries import people
from qingxi_office.places.queries import under
from qingxi_office.site.pages import seen
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry
from qingxi_office.villages.queries import households

Table = tuple[str, list[str], list[list[Any]]]
_MOST = 20_000


def held_on(user: Any, *, name: str = "", phone: str = "", household: str = "") -> list[Table]:
    """Every row in the books that names this person, within what the asker sees; one table a book, empty ones too.

    Raises ValueError when nothing is asked by.
    """
    rights.check(user, "answer_person")
    name, phone, household = name.strip(), phone.strip(), household.strip()
    if not (name or phone or household):
        raise ValueError("请写姓名、电话或户编号，至少一样")

    def by(name_field: str, phone_field: str = "") -> Q:
        asked = Q(pk__in=[])
        if name:
            asked |= Q(**{name_field: name})
        if phone and phone_field:
            asked |= Q(**{phone_field: phone})
        return asked

    tables: list[Table] = [
        _table("人员", ["登录名", "姓名", "单位", "职务", "电话", "在用"], people(user).filter(by("name", "phone")),
               lambda r: [r.username, r.name, r.unit.name if r.unit else "", r.title, r.phone, r.is_active]),
        _table("责任", ["地方", "事项", "角色", "姓名", "职务", "电话", "起", "止"], seen.duties(user).filter(by("person", "phone")),
               lambda r: [str(r.place or ""), r.matter, r.role, r.person, r.title, r.phone, r.valid_from, r.valid_to]),
        _table("群众反映", ["查询码", "收到", "内容", "电话", "状态", "答复"],
               seen.reports(user).filter(phone=phone) if phone else PublicReport.objects.none(),
               lambda r: [r.code, r.received_at, r.text, r.phone, r.get_state_display(), r.answer]),
        _table("12345 工单", ["工单号", "类别", "内容", "来电人", "电话"], seen.orders(user).filter(by("caller", "phone")),
               lambda r: [r.number, r.klass, r.text, r.caller, r.phone]),
        _table("办过的问题步骤", ["问题", "步骤", "日期", "说明"],
               IssueStep.objects.filter(issue__in=seen.issues(user).order_by()).filter(by("by_name")).select_related("issue"),
               lambda r: [r.issue.key, r.step, r.on, r.note]),
        _table("放上来的附件", ["放在", "文件", "时间", "拍摄时间", "经度", "纬度"],
               Attachment.objects.filter(under(user.scope.path, "place_path") | Q(place_path="")).filter(by("by_name")),
               lambda r: [f"{r.kind}:{r.key}", r.name, r.at, r.taken_at, r.lon, r.lat]),
        _table("留痕", ["时间", "做了什么", "对象", "理由"],
               Entry.objects.filter(by("by_name")) if name and seen.may_see(user, "trail") else Entry.objects.none(),
               lambda r: [r.at, r.action, f"{r.subject_kind}:{r.subject_id}", r.because]),
        _table("户", ["户编号", "自然村", "户籍人口", "常住人口", "厕所", "经度", "纬度"],
               households(user).filter(key=household) if household else households(user).none(),
               lambda r: [r.key, r.hamlet.name, r.people_registered, r.people_resident, r.toilet, r.lon, r.lat]),
    ]  # fmt: skip
    return tables


def _table(title: str, head: list[str], rows: Any, line: Any) -> Table:
    return title, head, [[_plain(v) for v in line(row)] for row in rows[:_MOST]]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str) and value[:1] in "=+-@":
        return "'" + value  # a sheet must not run what a person once wrote
    return value


def answer_zip(user: Any, tables: list[Table], asked: dict[str, str]) -> bytes:
    """The person's copy: a sheet for reading, JSON for machines, and the words that go with it; the giving is in the trail."""
    book = Workbook()
    book.remove(book.active)
    for title, head, rows in tables:
        sheet = book.create_sheet(title)
        sheet.append(head)
        for row in rows:
            sheet.append(row)
    out, pages = io.BytesIO(), io.BytesIO()
    book.save(pages)
    counts = {title: len(rows) for title, _head, rows in tables}
    words = [
        f"个人信息副本，{clock.today():%Y年%m月%d日}", "依据：《中华人民共和国个人信息保护法》第四十四条、第四十五条（查阅、复制）。",
        f"按以下内容查找：{'、'.join(v for v in asked.values() if v)}", "",
        *[f"{title}：{n} 条" for title, n in counts.items()], "",
        "认为不准确的可以要求更正（第四十六条）；保存期限见《处理活动记录》。", "",
        *[f"- {r.data}：{r.purpose}；{r.begins + '起 ' + str(r.days) + ' 天后' if r.days else ''}{r.end}" for r in retention_rules().values()],
    ]  # fmt: skip
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parcel:
        parcel.writestr("说明.txt", "\ufeff" + "\r\n".join(words))
        parcel.writestr("资料.xlsx", pages.getvalue())
        parcel.writestr(
            "资料.json",
            json.dumps({t: [dict(zip(h, r, strict=True)) for r in rows] for t, h, rows in tables}, ensure_ascii=False, indent=1),
        )  # fmt: skip
    trail.record(
        "person.answered", Ref("person", "request"), by=user, because="个人信息查阅、复制请求",
        after={"by": [k for k, v in asked.items() if v], "rows": counts},
    )  # fmt: skip
    return out.getvalue()


def let_go(today: dt.date, *, by: trail.Doer) -> dict[str, int]:
    """Remove what was kept for its time, by the table; gives how many of each kind. Idempotent."""
    rules = retention_rules()

    def before(key: str) -> dt.date:
        return today - dt.timedelta(days=rules[key].days or 0)

    closed = IssueRecord.objects.exclude(report_code="").filter(
        is_open=False, closed_on__lt=before("report.contact")
    )
    done = {
        "report.contact": intake.forget_contacts(
            answered_before=before("report.contact"),
            closed=set(closed.values_list("report_code", flat=True)),
            by=by,
        ),
        "hotline.caller": intake.forget_callers(before("hotline.caller"), by=by),
        "report.sender": intake.forget_senders(before("report.sender"), by=by),
        "notice.inbox": notices.forget_notices(before("notice.inbox")),
        "notice.mailbox": 0,
        "round.place": forget_places(before("round.place"), by=by),
        "duty.person": forget_phones(before("duty.person"), by=by),
    }
    leavers = set(User.objects.filter(is_active=False).values_list("pk", flat=True))
    if leavers and Mailbox.objects.filter(person_pk__in=leavers).exists():
        done["notice.mailbox"] = notices.forget_mailboxes(leavers, by=by)
    return {key: n for key, n in done.items() if n}
