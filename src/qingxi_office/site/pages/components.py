"""The component sheet: every role of colour, every part, as the pages themselves draw them."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qingxi_office.design.parts import Figure, Provenance, RateBar, State, Step, Way


def _roles() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Roles by group: word, role, and the ground its contrast is measured on."""
    return [
        (
            _("底、线、字、强调"),
            [
                (_("纸"), "ground", "panel"), (_("面板"), "panel", "panel"), (_("凹"), "sunken", "panel"), (_("发丝线"), "line", "panel"),
                (_("控件线"), "line-strong", "panel"), (_("字"), "ink", "panel"), (_("次字"), "ink-2", "panel"), (_("强调"), "accent", "panel"),
                (_("强调字"), "accent-ink", "panel"), (_("强调浅"), "accent-soft", "panel"),
            ],
        ),
        (
            _("状态：图形色与文字色（文字色在浅底上 ≥ 4.5）"),
            [
                (_("好"), "good", "panel"), (_("好·字"), "good-ink", "good-soft"), (_("关注"), "watch", "panel"),
                (_("关注·字"), "watch-ink", "watch-soft"), (_("坏"), "bad", "panel"), (_("坏·字"), "bad-ink", "bad-soft"),
                (_("不明"), "unknown", "panel"), (_("不明·字"), "unknown-ink", "unknown-soft"),
            ],
        ),
        (
            _("曲线：同一样东西在每一页同一个颜色"),
            [
                (_("水量"), "s-flow", "panel"), (_("电量"), "s-power", "panel"), (_("进水"), "s-influent", "panel"),
                (_("出水"), "s-effluent", "panel"), (_("雨量"), "s-rain", "panel"), (_("限值（虚线）"), "s-limit", "panel"),
            ],
        ),
        (
            _("治理模式（地图）"),
            [
                (_("近纳管"), "m-join", "panel"), (_("聚集中"), "m-central", "panel"), (_("散分户"), "m-single", "panel"),
                (_("资源利用"), "m-reuse", "panel"), (_("未定、只管控"), "m-none", "panel"),
            ],
        ),
    ]  # fmt: skip


def _chart() -> dict[str, Any]:
    """Six weeks of a plant that never was: a gap, then a stop."""
    values = [
        None if 16 <= n <= 18 else 0.0 if n >= 31 else round(19 + 3 * math.sin(n * 2.1) + 2 * math.cos(n * 0.7), 1)
        for n in range(42)
    ]
    first = date(2026, 10, 11)

    def day(n: int) -> str:
        return (first + timedelta(days=n)).isoformat()

    return {
        "from": day(0), "to": day(41), "view": day(0), "today": day(41), "fine": [], "series": "", "design": 30,
        "rain": [], "flow": [[day(n), v] for n, v in enumerate(values)], "power": [], "bills": [],
        "quality": {
            "code": "cod", "word": "COD", "unit": "mg/L", "limits": [{"value": 60, "word": _("限值")}],
            "in": [[day(4), 210], [day(25), 185]], "out": [[day(4), 38], [day(25), 52]],
        },
        "gaps": [[day(16), day(18)]],
        "lanes": [_("判断")], "periods": [{"from": day(31), "to": day(41), "kind": "bad"}], "points": [],
        "spans": [{"from": day(31), "to": day(41), "kind": "bad", "lane": 0, "words": _("疑似闲置")}],
        "words": {
            "rain": _("雨量"), "flow": _("水量"), "power": _("电量"), "bills": _("每月电量"), "design": _("设计"), "design30": "",
            "in": _("进"), "out": _("出"), "today": _("今天"), "missing": _("缺"),
        },
    }  # fmt: skip


def _samples() -> list[tuple[str, str, RateBar]]:
    """Sampled rates with their intervals, and one reported without."""
    return [
        (_("省抽查 2025"), "88.5 % n=52", RateBar(88.5, 80, 77.0, 94.6)),
        (_("市抽查 2025"), "81.8 % n=66", RateBar(81.8, 80, 70.9, 89.3)),
        (_("县抽查 2026 三季度"), "82.5 % n=40", RateBar(82.5, 80, 68.1, 91.3)),
        (_("运维单位自报"), "97.1 %", RateBar(97.1, 80)),
    ]


@login_required
def components(request: HttpRequest) -> HttpResponse:
    """All of it on one page, in the dress that is worn: the contrasts are measured in the browser from the roles."""
    words = [
        _("交办"),
        _("签收"),
        _("方案"),
        _("整改"),
        _("自验"),
        _("申请"),
        _("核查"),
        _("签字"),
        _("公示"),
        _("备案"),
    ]
    return render(
        request, "site/components.html",
        {
            "groups": _roles(), "sizes": [4, 8, 12, 16, 24, 32, 40, 44], "samples": _samples(), "chart": _chart(),
            "line": [Step(w, state="done" if n < 6 else "now" if n == 6 else "") for n, w in enumerate(words)],
            "states": [
                [State("good", _("运行正常")), State("good", _("已治理")), State("info", _("等现场核查"))],
                [State("watch", _("关注")), State("watch", _("今天到期"), "clock"), State("watch", _("在修"), "tool")],
                [State("bad", _("疑似闲置"), "player-pause"), State("bad", _("停运"), "ban"), State("bad", _("超 12 工作日"))],
                [State("unknown", _("权属不明")), State("unknown", _("没有数据")), State("plain", _("内部")), State("plain", _("线索")),
                 State("plain", _("管理")), State("plain", _("执法"))],
                [State("unknown", _("离线·待同步 2"), "wifi-off"), State("info", _("正在同步 1/2"), "refresh"), State("good", _("已同步"), "check")],
            ],
            "figure": Figure(
                _("治理率"), "73.4 %", _("目标 75 %"), [_("58/79 村 · 11-22 · 县认定")],
                Provenance(
                    _("治理率 73.4 %"),
                    [
                        (_("定义"), _("达到县认定规则（2024 版）的行政村 ÷ 名单内行政村")), (_("分子"), _("58 村；今年 +7，−1（返黑返臭）")),
                        (_("分母"), _("79 村，2026-01-05 签发的名单")), (_("日期"), _("2026-11-22 24:00 快照")),
                        (_("谁认定"), _("县自评，市核查 41 村，省抽查 6 村")),
                    ],
                    [Way(_("怎么知道的"), "/figures/")],
                ),
                RateBar(73.4, 75),
            ),
        },
    )  # fmt: skip
