"""What each deed is called in a sentence: "陈静 采用了一版规划". A deed's code without words is found by a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

# By room; a new deed gets its line here.
DEEDS: dict[str, Any] = {
    # files, the recycle bin, merges, personal data
    "attachment.added": _("放上了附件"),
    "quota.set": _("改了附件配额"),
    "blobs.swept": _("清掉了没人用的文件"),
    "attachment.removed": _("移走了附件"),
    "attachment.restored": _("拿回了附件"),
    "attachment.purged": _("清掉了到期的附件"),
    "bulletin.removed": _("移走了通报草稿"),
    "bulletin.restored": _("拿回了通报草稿"),
    "bulletin.purged": _("清掉了到期的通报草稿"),
    "letter.removed": _("移走了提示函草稿"),
    "letter.restored": _("拿回了提示函草稿"),
    "letter.purged": _("清掉了到期的提示函草稿"),
    "facility.removed": _("移走了误导入的设施"),
    "facility.restored": _("拿回了误导入的设施"),
    "facility.purged": _("清掉了到期的误导入设施"),
    "household.removed": _("移走了误导入的农户"),
    "household.restored": _("拿回了误导入的农户"),
    "household.purged": _("清掉了到期的误导入农户"),
    "facility.merged": _("合并了重复的设施"),
    "facility.unmerged": _("拆开了合并的设施"),
    "facility.not_twins": _("认定两座设施不是一处"),
    "household.merged": _("合并了重复的农户"),
    "household.unmerged": _("拆开了合并的农户"),
    "household.not_twins": _("认定两户不是一户"),
    "person.answered": _("把个人信息副本给了本人"),
    "phones.forgotten": _("抹去了卸任和离岗人员的电话"),
    "mailboxes.forgotten": _("抹去了离岗人员的通知地址"),
    "reports.contacts_forgotten": _("抹去了到期的反映人电话"),
    "reports.senders_forgotten": _("抹去了到期的来件地址密文"),
    # devices and lines
    "device.kept": _("改了设备登记"),
    "device.admitted": _("准入了一台设备"),
    "device.readmitted": _("把设备准入前的报文补进了读数库"),
    "device.dismissed": _("把一台来访设备移出了候选"),
    "command.ordered": _("向设备下了命令"),
    "command.withdrawn": _("撤回了设备命令"),
    "command.settled": _("记下了设备命令的结果"),
    "platform.kept": _("改了上级平台的登记"),
    "vendor.kept": _("改了厂家平台的接入"),
    "vendor.token_made": _("给厂家平台换了送数的令牌"),
    "vendor.point_kept": _("改了厂家设备的对应"),
    "vendor.point_removed": _("去掉了厂家设备的对应"),
    "vendor.taken_in": _("收进了厂家平台的读数"),
    # places and people
    "places.taken_in": _("收进了行政区划"),
    "units.taken_in": _("收进了单位"),
    "duties.taken_in": _("收进了责任清单"),
    "county.set": _("改了本县的设置"),
    "place.renamed": _("给一个地方更了名"),
    "place.merged": _("撤并了地方"),
    "place.split": _("拆分了一个地方"),
    "place.moved": _("调整了一个地方的隶属"),
    "place.closed": _("撤销了一个地方"),
    "unit.opened": _("登记了一个单位"),
    "unit.renamed": _("给一个单位更了名"),
    "unit.moved": _("调整了一个单位的隶属"),
    "unit.merged": _("把一个单位并入另一个"),
    "unit.closed": _("撤销了一个单位"),
    "duty.appointed": _("定了一个责任人"),
    "duty.ended": _("终止了一项责任"),
    "duties.handed_over": _("按表交接了岗位"),
    "duties.laid_out": _("按标准清单设了岗位"),
    "duties.passed_on": _("把一个人的岗位交给了接手的人"),
    "person.invited": _("请进了一个人"),
    "person.link_made": _("发了一个设密码的链接"),
    "person.password_set": _("用链接设了密码"),
    "person.left": _("办了一个人的离岗"),
    "person.changed": _("改了一个人的角色、辖区或单位"),
    "person.demo_cast": _("建了演示账号"),
    # register
    "villages.taken_in": _("收进了行政村台账"),
    "hamlets.taken_in": _("收进了自然村台账"),
    "households.taken_in": _("收进了农户"),
    "households.planned": _("按规划标了农户的去向"),
    "scope.taken_in": _("收进了分母清单"),
    "village.state_changed": _("改了村的治理状态"),
    "facilities.taken_in": _("收进了设施台账"),
    "facility.made_by": _("登记了移交来的设施"),
    "household.edited": _("改了一户的登记"),
    "village.edited": _("改了村的登记"),
    "facility.changed": _("改了设施的登记"),
    "facility.owner": _("改了设施的产权单位"),
    "facility.status": _("改了设施的状态"),
    "facility.repair": _("记了一次大修改造"),
    "facility.fault": _("认定了设施的故障类别"),
    "facility.other": _("记了设施的一件事"),
    "facility.sign": _("给设施换了站码"),
    "facility.scrapped": _("报废了设施"),
    "facility.cost": _("记了设施的一笔费用"),
    "discharger.entered": _("登记了排水户"),
    "discharger.edited": _("改了排水户"),
    "outlet.entered": _("登记了排污口"),
    "outlet.edited": _("改了排污口"),
    "sampling_point.entered": _("登记了采样点"),
    "sampling_point.edited": _("改了采样点"),
    "register.frozen": _("冻结了一天的登记"),
    # plan and works
    "plan.taken_in": _("收进了一版规划"),
    "plan.adopted": _("采用了一版规划"),
    "plan.checked": _("记下了规划的独立复核"),
    "plan.override_made": _("给规划定了一条"),
    "plan.override_withdrawn": _("撤回了给规划定的一条"),
    "plan.file_taken": _("取走了画到每一户的规划文件"),
    "lots.taken_in": _("收进了年度批次"),
    "works.taken_in": _("收进了别的部门的工程"),
    "clashes.taken_in": _("算出了路管冲突"),
    "clash.proposed": _("提议合着挖一次路"),
    "clash_letter.drafted": _("拟了同步施工的函稿"),
    "clash_letter.reworded": _("改了函稿"),
    "clash_letter.sent": _("签发了同步施工的函"),
    "clash_letter.answered": _("记下了对方的答复"),
    "clash_letter.dropped": _("定了这份函不发"),
    "projects.taken_in": _("收进了项目"),
    "project.stepped": _("给项目走了一步"),
    "group.kept": _("记下了小组和成员"),
    "meeting.arranged": _("拟了一个会"),
    "meeting.item_added": _("加了议题"),
    "meeting.item_moved": _("排了议题的先后"),
    "meeting.item_dropped": _("去掉了议题"),
    "meeting.item_decided": _("记了议题的结论"),
    "meeting.went": _("改了会议的状态"),
    "meeting.minuted": _("写了会议纪要"),
    "meeting.signed": _("记了签到"),
    "task.decided": _("会上交办了任务"),
    "task.ended": _("了结了任务"),
    "task.moved": _("改了任务的期限"),
    "feed.opened": _("开了自己的日历地址"),
    "feed.ended": _("收回了自己的日历地址"),
    "funds.taken_in": _("收进了资金来源"),
    "fund.allocated": _("拨了一笔钱"),
    "funds.allocated": _("拨了多笔钱"),
    # running
    "dailys.taken_in": _("收进了日数据"),
    "devices.taken_in": _("收进了设备"),
    "bills.taken_in": _("收进了电费单"),
    "labs.taken_in": _("收进了化验单"),
    "visits.taken_in": _("收进了巡查"),
    "visit.recorded": _("记了一次巡查"),
    "rounds.places_forgotten": _("抹去了旧巡查的手机位置"),
    "round_sign.looked": _("看了一条巡查线索"),
    "findings.taken_in": _("按规则检查，写下了判断"),
    "finding.decided": _("确认或否定了一个判断"),
    # problems
    "issues.taken_in": _("收进了问题台账"),
    "issue.opened": _("交办了一个问题"),
    "issue.receive": _("签收了问题"),
    "issue.plan": _("报了整改方案"),
    "issue.start": _("开始整改"),
    "issue.self_check": _("自查自验了问题"),
    "issue.apply": _("申请给问题销号"),
    "issue.verify": _("现场核查通过"),
    "issue.refuse": _("现场核查退回"),
    "issue.sign": _("审核签字"),
    "issue.publish": _("公示了整改"),
    "issue.close": _("给问题销号备案"),
    "issue.archive": _("归档了问题"),
    "issue.revisit": _("回头看了问题"),
    "issue.reopen": _("反弹重开了问题"),
    "issue.unfound": _("认定问题不属实"),
    "issue.return": _("退回了问题"),
    "issue.reassign": _("转办了问题"),
    "issue.merge": _("把问题并入另一个"),
    "issue.extend": _("给问题延期"),
    "issue.suspend": _("把问题挂账"),
    "issue.resume": _("恢复办理问题"),
    "issue.add": _("给问题补充材料"),
    "report.handed_in": _("反映了一件事"),
    "report.replied": _("说了解决没有"),
    # answering
    "figure.computed": _("算出了一个数字"),
    "figure.reported_noted": _("记下了一个官方数"),
    "figure.target_set": _("记下了任务目标"),
    "scope.signed": _("签发了分母清单的增减"),
    "seat.noted": _("记下了乡镇驻地的污水去处"),
    "bulletin.drafted": _("起草了通报"),
    "bulletin.sent": _("把通报送审"),
    "bulletin.issued": _("记下通报已印发"),
    "published": _("公开了一份内容"),
    # the first morning
    "ledgers.taken_in": _("交来三本台账"),
    "ledgers.columns_said": _("指明了台账的列"),
    "ledgers.examined": _("核对了三本台账"),
    "conflict.signed": _("签认了一处冲突"),
    "conflict.undone": _("撤回了一处签认"),
    "change.explained": _("写了村子变化的理由"),
    "form.taken_in": _("收下了表样"),
    "form.dropped": _("停用了表样"),
    "call_sheet.printed": _("打印了调度表"),
    "job.asked": _("交办了一件长任务"),
    "job.cancel_asked": _("取消了一件长任务"),
    "channel.kept": _("改了往外送的路"),
    "channel.switched": _("开关了往外送的路"),
    "letter.drafted": _("起草了函件"),
    "letter.dropped": _("没有用这份函件"),
    "letter.signed": _("签发了函件"),
    "round.done": _("做完一轮例行检查"),
    "round.failed": _("一轮例行检查没有做成"),
    "round.switched": _("开关了例行检查"),
    "sheet.received": _("收到一张表"),
    "sheet.reading": _("重新读一张表"),
    "sheet.shown": _("读好一张表，等人看"),
    "sheet.handed_in": _("交上一张表，待县审"),
    "sheet.taking": _("开始收一张表"),
    "sheet.taken": _("收下了一张表"),
    "sheet.dropped": _("没有收一张表"),
    "sheet.returned": _("退回了一张表"),
    "sheet.failed": _("一张表没有读成"),
    # second looks, sign-in, acting for another
    "approval.asked": _("提请复核"),
    "approval.agreed": _("复核同意"),
    "approval.refused": _("复核不同意"),
    "approval.taken_back": _("撤回了提请"),
    "approval.used": _("复核同意后办成"),
    "approval.set": _("定了这件事要不要两个人"),
    "access.sessions_ended": _("退出了别处的登录"),
    "access.password_changed": _("改了密码"),
    "access.second_factor_on": _("开了第二道验证"),
    "access.second_factor_off": _("关了第二道验证"),
    "access.linked": _("绑定了统一身份认证"),
    "access.token_made": _("建了一个令牌"),
    "access.token_revoked": _("作废了一个令牌"),
    "access.rule_set": _("改了登录要求"),
    "access.mandate_given": _("授权别人代办"),
    "access.mandate_revoked": _("收回了授权"),
    "access.acting_began": _("开始代办"),
    "access.acting_ended": _("结束代办"),
    # the trail itself
    "trail.exported": _("导出了留痕"),
}  # fmt: skip
LOOKS: dict[str, Any] = {
    "looked.households": _("看了农户名单"),
    "looked.household": _("看了一户"),
    "looked.contact": _("看了反映人的材料"),
    "looked.phones": _("看了通讯录"),
    "looked.export": _("导出了含个人信息的表"),
    "looked.person": _("查了一个人的全部记录"),
}
KINDS: dict[str, Any] = {
    "county": _("县"), "tree": _("区划"), "place": _("地方"), "unit": _("单位"), "duty": _("责任"), "person": _("人员"),
    "register": _("台账"), "village": _("行政村"), "hamlet": _("自然村"), "household": _("农户"), "facility": _("设施"),
    "plan": _("规划"), "override": _("规划规定"), "lot": _("年度批次"), "work": _("别的部门工程"), "clash": _("路管冲突"), "clash_letter": _("同步施工的函"),
    "project": _("项目"), "fund": _("资金"), "visit": _("巡查"), "finding": _("判断"), "issue": _("问题"),
    "report": _("群众反映"), "figure": _("数字"), "reported": _("官方数"), "seat": _("乡镇驻地"),  "bulletin": _("通报"), "publication": _("公布"), "job": _("任务"),
    "discharger": _("排水户"), "outlet": _("排污口"), "sampling_point": _("采样点"), "snapshot": _("登记快照"),
    "sheet": _("表格"), "letter": _("函件"), "attachment": _("附件"), "quota": _("配额"), "channel": _("往外送的路"), "round": _("例行检查"), "deed": _("事项"), "role": _("角色"), "token": _("令牌"), "trail": _("留痕"), "page": _("页面"), "list": _("清单"), "ledger": _("台账"),
    "ledger_check": _("三账核对"), "conflict": _("冲突"), "form": _("表样"),
}  # fmt: skip
FIELDS: dict[str, Any] = {
    "people_registered": _("户籍人口"), "people_resident": _("常住人口"), "people_festival": _("春节人口"), "toilet": _("厕所"),
    "separated": _("黑灰分离"), "rain_separated": _("雨污分流"), "connected": _("接管"), "water_source": _("用水"),
    "water_m3_month": _("月用水 m³"), "door": _("门牌"), "ditch": _("沟渠"), "income_class": _("收入类别"), "note": _("备注"),
    "households": _("户数"), "households_connected": _("接户数"), "status": _("状态"), "fault_class": _("故障类别"),
    "owner": _("产权单位"), "operator": _("运维单位"), "design_m3_d": _("设计规模"), "actual_m3_d": _("实际水量"),
    "process": _("工艺"), "public_code": _("站码"), "amount_fen": _("金额（分）"), "year": _("年份"), "counts": _("行数"),
    "permit": _("排水许可"), "pretreatment": _("预处理"), "registered": _("登记"), "water": _("受纳水体"),
    "state": _("状态"), "role": _("角色"), "scope": _("管的地方"), "due_on": _("期限"), "rectifier": _("整改单位"),
    "klass": _("类别"), "evidence": _("证据"), "number": _("编号"), "signer": _("签发人"), "on": _("日期"), "title": _("标题"),
    "as_of": _("截至"), "new": _("新增"), "changed": _("改动"), "sha256": _("内容指纹"), "kind": _("种类"), "key": _("编号"),
    "facility": _("设施"), "solved": _("解决了"), "passed": _("通过"), "said": _("说明"), "rows": _("行"), "mode": _("模式"),
    "subject": _("对象"), "lon": _("经度"), "lat": _("纬度"), "radius_m": _("半径（米）"), "systems": _("系统数"),
    "hamlets": _("自然村数"), "asked": _("怎么要求的"), "address": _("地址"), "as": _("格式"), "unit": _("单位"),
    "place_id": _("地方"), "name": _("名称"), "fen": _("金额（分）"), "to": _("给"), "moves": _("笔数"), "reason": _("理由"),
    "second_factor": _("要第二道验证"), "session_hours": _("登录管几小时"), "approval": _("提请"), "needs_second": _("要两个人"),
    "deed": _("事项"), "until": _("到期"), "since": _("开始"), "deeds": _("事项"), "path": _("路径"), "title_of": _("职务"),
}  # fmt: skip


# Values that stand in the trail as codes.
VALUES: dict[str, Any] = {
    "draft": _("草稿"), "sent": _("已送审"), "issued": _("已印发"), "station": _("站"), "rate": _("治理率"), "bulletin": _("通报"),
    "issue": _("问题"), "village": _("行政村"), "county_officer": _("县主管"), "township_clerk": _("乡镇专干"),
    "operator_foreman": _("运维班长"), "inspector": _("巡查员"), "supervisor": _("上级督导"), "auditor": _("审计（只读）"),
    "shared_plant": _("集中处理"), "town_connection": _("接入城镇管网"), "onsite": _("分户处理"), "reuse": _("资源化利用"),
    "controlled": _("管控"), "in_use": _("在用"), "trial": _("试运行"), "stopped": _("停运"), "joined": _("已并网"), "scrapped": _("报废"),
    "true": _("是"), "false": _("否"),
}  # fmt: skip


def deed(action: str) -> str:
    """The deed in words; a code that has none is given as it is, so that nothing is hidden."""
    return str(DEEDS.get(action) or LOOKS.get(action) or action)


def kind(name: str) -> str:
    return str(KINDS.get(name, name))


def field(name: str) -> str:
    return str(FIELDS.get(name, name))


def difference(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """(field, before, after) of what differs, in words; a bare value has no field's name."""
    old, new = _fields(before), _fields(after)
    names = list(dict.fromkeys([*old, *new]))
    return [(field(n), _text(old.get(n)), _text(new.get(n))) for n in names if old.get(n) != new.get(n)]


def _fields(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    return value if isinstance(value, Mapping) else {"": value}


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("是")) if value else str(_("否"))
    if isinstance(value, list | tuple):
        return "、".join(_text(v) for v in value[:20]) + (" …" if len(value) > 20 else "")
    if isinstance(value, Mapping):
        return "；".join(f"{field(str(k))} {_text(v)}" for k, v in list(value.items())[:20])
    return str(VALUES.get(value, value) if isinstance(value, str) else value)[:400]
