"""The office itself: its people and duties, what was taken in, its trail and its keeping, one door each."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from qingxi_office.people.rights import Extent, extent


@dataclass(frozen=True)
class Door:
    """One page: ``kind`` is the kind of record of ``people.rights`` that one must see to be shown the door."""

    icon: str
    word: str
    small: str
    name: str
    kind: str

    @property
    def href(self) -> str:
        return reverse(self.name)


def _doors() -> tuple[tuple[str, tuple[Door, ...]], ...]:
    return (
        (
            _("人和责任"),
            (
                Door("users", _("人员"), _("请进来、交接、离岗"), "people", "person"),
                Door("sitemap", _("机构和地名"), _("省到组、部门和公司;合并和改名都留着"), "tree", "place"),
                Door("list-check", _("责任矩阵"), _("谁主责、谁配合、谁监督;空岗在这里"), "duties", "duty"),
                Door("list-check", _("考核"), _("考核表、异议、按效付费"), "appraisals", "appraisal"),
                Door("list-check", _("六个同步"), _("治污和规划、改厕、修路一起做没有"), "six", "village"),
                Door("users-group", _("协同度"), _("谁该做、谁迟了，和成效的关系"), "coordination", "figure"),
                Door("calendar", _("会议"), _("议题、纪要和任务"), "meetings", "meeting"),
            ),
        ),
        (
            _("登记和表格"),
            (
                Door("list-numbers", _("开账"), _("新县八步，做到哪里看得见"), "setting_up", "job"),
                Door("file-import", _("导入"), _("Excel 拖进来,先看后收"), "loads", "intake"),
                Door("table", _("三账核对"), _("三本台账对不上的地方,和季度调度表"), "morning", "conflict"),
                Door("report", _("月报、季报"), _("账里有的不用填,填黄格、提交、审核、锁定"), "returns", "return"),
                Door("home", _("户"), _("农户和排水户"), "households", "household"),
                Door("droplets", _("排水户和排口"), _("农家乐、作坊、排污口、采样点"), "waters", "discharger"),
                Door("droplet-half-2", _("受纳水体"), _("治理前后水变了没有"), "receiving", "outlet"),
                Door("bolt", _("电费单"), _("哪个户号缺月,哪个对不上"), "bills", "reading"),
                Door("flask", _("采样和化验"), _("哪座站该采了,每份化验超没超"), "labs", "reading"),
                Door("cloud-rain", _("雨量"), _("哪个站有雨量、缺哪几天,哪座设施用哪个站"), "rain", "rain"),
                Door("access-point", _("联网设备"), _("哪台在线、覆盖几成、下命令"), "devices", "reading"),
                Door("shield-x", _("隔离区"), _("等着准入的设备，被隔离的报文"), "quarantine", "wire"),
                Door("arrows-split", _("上级转发"), _("往省、市平台送到哪里了"), "forwarding", "wire"),
                Door("camera", _("登记快照"), _("冻结一天的登记，两天相比"), "snapshots", "snapshot"),
                Door("qrcode", _("一站一码"), _("成张打印的二维码"), "qr_sheets", "facility"),
                Door("paperclip", _("附件"), _("扫描件和照片,配额"), "attachments", "office"),
            ),
        ),
        (
            _("看得住"),
            (
                Door("walk", _("今天的巡查"), _("手机上记，没有信号也能用"), "rounds_today", "reading"),
                Door(
                    "calendar-week",
                    _("一周巡查"),
                    _("谁去了哪里，哪里没人去，哪里说不通"),
                    "rounds_week",
                    "round_sign",
                ),
                Door(
                    "device-mobile",
                    _("手机送来的巡查"),
                    _("一次一行：晚到多久，钟准不准，照片到齐没有"),
                    "rounds_sent",
                    "round_sign",
                ),
                Door("chart-bar", _("数字"), _("每个数的口径、名单、官方数；分母在这里签"), "figures", "figure"),
                Door("dice", _("抽查"), _("抽查评估、专项检查、双随机;名单封存到出发"), "spot_checks", "sample"),
                Door("search", _("判断"), _("规则发现了什么，凭什么，规则准不准"), "findings", "finding"),
                Door("scale", _("公平"), _("钱和服务落在谁头上"), "equity", "fund"),
                Door("file-text", _("来源文件的数"), _("照原样，旁边是算出来的"), "source_figures", "figure"),
                Door("history", _("留痕"), _("谁在什么时候做了什么,链条完整"), "trail", "trail"),
                Door(
                    "world-share", _("开放数据设置"), _("谁可以代交，许可，平台的钥匙"), "open_settings", "office"
                ),
                Door("users-group", _("双人复核"), _("等我复核的,我提请的"), "approvals", "place"),
                Door("shield-lock", _("安全设置"), _("哪些事要两个人,谁要第二道验证"), "safety", "person"),
                Door("message-report", _("群众反映"), _("扫码、来信、电话，谁来接"), "reports", "report"),
                Door("speakerphone", _("公开"), _("公开了什么，欠着什么，静态页"), "door", "figure"),
                Door("phone", _("12345 工单"), _("时限、答复、回访、重办"), "hotline", "report"),
                Door("bell", _("通知"), _("收件箱,和往外送的路"), "notices", "place"),
                Door("copy", _("重复的记录"), _("看着像同一处的,对着看,合成一条"), "merges", "office"),
                Door("shield-lock", _("个人信息"), _("查、给、留多久"), "privacy", "office"),
                Door("trash", _("回收站"), _("移走的可以拿回来"), "recycle", "place"),
                Door("palette", _("色值与部件"), _("每一种颜色和部件，一页看全"), "components", "place"),
                Door("stethoscope", _("体检"), _("备份、磁盘、时钟、工人"), "doctor", "job"),
            ),
        ),
    )


def _open(door: Door) -> bool:
    try:
        return bool(door.href)
    except NoReverseMatch:
        return False


@login_required
def hub(request: HttpRequest) -> HttpResponse:
    groups = [
        (title, shown)
        for title, doors in _doors()
        if (shown := [d for d in doors if _open(d) and extent(request.user, d.kind) is not Extent.NOTHING])
    ]
    return render(request, "site/hub.html", {"groups": groups})
