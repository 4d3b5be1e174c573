"""The strip of figures on the home page, each with its provenance."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi_office.asking import ask, ask_one
from qingxi_office.design.parts import Figure, Provenance, RateBar, Way
from qingxi_office.indicators.models import FigureRecord

from . import seen
from .provenance import of_figure
from .tally import working_days


def figure_strip(
    user: Any, county: Any, rate: FigureRecord | None, target: float | None, counts: Counter[str],
    facilities: list[Any], issues: tuple[int, int], late: list[Any], today: dt.date, *, closed: int, reports: int,
) -> list[Figure]:  # fmt: skip
    strip = []
    if rate is not None:
        strip.append(
            Figure(
                _("治理率"),
                rate.text,
                small=_("目标 %g %%") % target if target is not None else "",
                captions=[
                    f"{rate.numerator}/{rate.denominator} {rate.unit_counted}·{rate.as_of:%m-%d}·{_('县认定')}"
                ],
                provenance=of_figure(rate),
                bar=RateBar(rate.value, target),
            )
        )
    elif seen.may_see(user, "figure"):
        strip.append(Figure(_("治理率"), _("还没有计算"), captions=[_("先装入台账并计算指标")], unknown=True))
    sampled = ask_one(
        user,
        lambda u, at: seen.figures(u).filter(definition="effective_operation_rate", place_id=at.place, low__isnull=False)[:1],
        place=county.place_id,
    )  # fmt: skip
    if sampled is not None:
        strip.append(
            Figure(
                _("有效运行率（抽查）"),
                sampled.text,
                captions=[
                    f"{_('查成 %(h)d/%(n)d 座') % {'h': sampled.numerator, 'n': sampled.denominator}}·{_('区间')} {sampled.low:.1f}–{sampled.high:.1f}"
                ],
                provenance=of_figure(sampled),
                bar=RateBar(sampled.value, 80, sampled.low, sampled.high),
            )
        )
    else:
        evidence = Counter(f.evidence for f in facilities)
        strip.append(
            Figure(
                _("有效运行率（抽查）"),
                _("还没有抽查"),
                captions=[
                    _("设施靠什么知道：数采仪 %(a)d，远传 %(b)d，纸面 %(c)d")
                    % {"a": evidence["hj212"], "b": evidence["remote_meter"], "c": evidence["paper"]}
                ],
                unknown=True,
            )
        )
    in_count = sum(counts[key] for key in ("ok", "watch", "idle", "stop", "unk"))
    strip.append(
        Figure(
            _("设施正常"),
            str(counts["ok"]),
            small=_("共 %d 座") % in_count,
            captions=[
                _("关注 %(a)d·疑似闲置 %(b)d") % {"a": counts["watch"], "b": counts["idle"]},
                _("停运 %(a)d·不明 %(b)d") % {"a": counts["stop"], "b": counts["unk"]},
            ],
            provenance=Provenance(
                _("设施正常 %d 座") % counts["ok"],
                [
                    (_("定义"), _("在用，且最近一次核查没有任何未被推翻的判断；没有产权单位或什么都判不了的算“不明”，不算正常")),
                    (_("分母"), _("台账里的设施 %(n)d 座，去掉已并网、报废 %(off)d 座") % {"n": len(facilities), "off": counts["off"]}),
                    (_("日期"), str(today)),
                    (_("谁量的"), _("规则自动提出，人来确认")),
                ],
                [Way(_("看名单"), reverse("facilities")), Way(_("看判断"), reverse("facilities") + "?standing=watch")],
            ),
        )
    )  # fmt: skip
    n_open, n_late = issues
    longest = working_days(late[0].due_on, today) if late else 0  # the first of ``late`` is due longest
    strip.append(
        Figure(
            _("问题超期"),
            str(n_late),
            small=_("在办 %d 件") % n_open,
            captions=[
                _("最久 %d 个工作日") % longest if late else _("没有超期"),
                _("本月销号 %d 件") % closed,
            ],
            provenance=Provenance(
                _("问题超期 %d 件") % n_late,
                [
                    (_("定义"), _("在办，且期限早于今天；期限按工作日算")),
                    (_("分母"), _("看得到的在办问题 %d 件") % n_open),
                    (_("日期"), str(today)),
                    (_("谁量的"), _("问题台账")),
                ],
                [Way(_("看名单"), reverse("issues") + "?late=1")],
            ),
        )
    )
    money = ask(user, lambda u, _at: seen.projects(u).order_by().values_list("total_fen", "paid_fen"))
    n, total, paid = len(money), sum(row[0] or 0 for row in money), sum(row[1] or 0 for row in money)
    if n:
        strip.append(
            Figure(
                _("项目总投资"),
                f"{total / 1e6:,.2f}",
                small=_("万元·%d 个") % n,
                captions=[_("已付 %s 万元") % f"{paid / 1e6:,.2f}"],
                provenance=Provenance(
                    _("项目总投资"),
                    [
                        (_("定义"), _("各项目总投资（工程费用、其他费用、预备费）之和")),
                        (_("日期"), str(today)),
                        (_("谁量的"), _("项目台账；规划阶段是估算")),
                    ],
                    [Way(_("看名单"), reverse("projects"))],
                ),
            )
        )
    elif seen.may_see(user, "project"):
        strip.append(Figure(_("项目总投资"), _("还没有项目"), unknown=True))
    if not seen.may_see_reports(user):
        return strip
    strip.append(
        Figure(
            _("群众反映"),
            str(reports),
            small=_("件没有交办"),
            captions=[_("不认可、退回来的排在最前")],
            provenance=Provenance(
                _("群众反映"),
                [(_("定义"), _("扫码或代办来的反映，已收到、还没有交办，或反映人不认可")), (_("日期"), str(today))],
                [Way(_("看名单"), reverse("issues") + "?reports=1")],
            ),
        )
    )
    return strip
