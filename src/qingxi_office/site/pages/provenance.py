"""What stands behind a figure, as its pop-over shows it."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi_office.design.parts import Provenance, Way
from qingxi_office.indicators.models import FigureRecord


def of_figure(figure: FigureRecord) -> Provenance:
    """Definition, numerator, denominator, deductions, date, source, and the three ways on."""
    rows = [(_("定义"), figure.formula or figure.name)]
    if figure.numerator is not None:
        rows.append((_("分子"), f"{figure.numerator} {figure.unit_counted}"))
    if figure.denominator is not None:
        text = f"{figure.denominator} {figure.unit_counted}"
        if figure.deductions:
            text += _("；名单增减 %d 处，各有理由") % len(figure.deductions)
        rows.append((_("分母"), text))
    if figure.low is not None and figure.high is not None:
        rows.append((_("怎么算"), _("按抽样设计加权，不是分子除以分母；每座代表几座写在名单里")))
        rows.append((_("95 % 区间"), f"{figure.low:.1f}–{figure.high:.1f} %"))
    if figure.counts:
        rows.append((_("分开看"), "，".join(f"{key} {value}" for key, value in figure.counts.items())))
    rows.append((_("日期"), f"{figure.as_of:%Y-%m-%d}"))
    if figure.source:
        rows.append((_("依据"), figure.source))
    ways = [
        Way(_("看名单"), reverse("figure", args=[figure.pk])),
        Way(_("怎么知道的"), reverse("walk", args=["figure", figure.key])),
        Way(_("历次数值"), reverse("figure", args=[figure.pk]) + "#history"),
    ]
    return Provenance(f"{figure.name} {figure.text}", rows, ways)
