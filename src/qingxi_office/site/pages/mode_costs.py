"""What each mode would cost, and when the choice would turn over: for a village, a natural village, a version."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qingxi_office.design.parts import CostBar

from .modes import MODES, mode_word
from .plan_words import LEVERS


def told(option: Any) -> str:
    """The reason of a natural village in the reader's language; Chinese where the plan has no English."""
    return option.reason_en if get_language() == "en" and option.reason_en else option.reason


def flips_told(option: Any) -> bool:
    """Whether the sentence of the reason says already when the choice would turn over."""
    return any(mark in told(option) for mark in ("只看本村", "this hamlet alone"))


def flip_lines(option: Any) -> list[str]:
    """At which price or distance the choice of a natural village would turn over, in sentences; nearest first."""
    flips = option.flips or {}
    runner_up = mode_word(flips["runner_up"]) if flips.get("runner_up") else ""
    lines = []
    for part, factor in sorted(flips.get("factors", {}).items(), key=lambda kv: abs(kv[1] - 1)):
        word = LEVERS.get(part, part)
        turned = flips.get("to", {}).get(part)
        other = mode_word(turned) if turned else runner_up
        if factor > 0 and other:
            lines.append(
                (
                    _("%(word)s涨到 %(x).2f 倍，“%(other)s”更省")
                    if factor > 1
                    else _("%(word)s降到 %(x).2f 倍，“%(other)s”更省")
                )
                % {"word": word, "x": factor, "other": other}
            )
    if flips.get("distance_m"):
        lines.append(_("离可接入的管在 %(m)s m 以内，“近纳管”更省") % {"m": f"{flips['distance_m']:,.0f}"})
    return lines


def cost_bars(options: list[Any], modes: list[tuple[str, int]]) -> list[CostBar]:
    """What each mode would cost the whole village; a mode that fails in any natural village is not summed."""
    if not options:
        return []
    total: dict[str, float | None] = {}
    whys: dict[str, list[str]] = defaultdict(list)
    partly: Counter[str] = Counter()
    chosen_total = sum(o.present_value_yuan or 0.0 for o in options)
    for o in options:
        for item in o.options:
            mode = item["mode"]
            cost = item.get("present_value_yuan")
            if cost is None:
                total[mode] = None
                if o.mode == mode:
                    partly[mode] += 1  # chosen for those of its households that it suits
                elif item.get("why_not"):
                    whys[mode].append(f"{o.name}：{item['why_not']}" if len(options) > 1 else item["why_not"])
            elif total.get(mode, 0.0) is not None:
                total[mode] = (total.get(mode) or 0.0) + cost
    main = modes[0][0] if modes else ""
    bars = []
    households = sum(o.households for o in options) or 1
    for mode, cost in sorted(total.items(), key=lambda kv: (kv[0] != main, kv[1] is None, kv[1] or 0.0)):
        word, colour = MODES.get(mode, (mode, "none"))
        if mode in ("controlled", "unserved") and cost is None:
            continue
        if cost is None:
            why = (
                (_("%d 个自然村里有一部分户能用；") % partly[mode] if partly[mode] else "")
                + _("有 %d 个自然村做不了：") % len(whys[mode])
                + "；".join(whys[mode][:2])
                if len(options) > 1
                else "；".join(whys[mode])
            )
        elif mode == main and len(modes) == 1:
            why = _("选用·%.2f 万元/户") % (cost / households / 1e4)
        elif mode == main:
            why = _("户数最多；全村都用它是这个数")
        else:
            diff = cost - chosen_total
            why = (_("贵 %s 万元") if diff >= 0 else _("便宜 %s 万元")) % f"{abs(diff) / 1e4:,.2f}"
        bars.append(CostBar(word, cost, 0.0 if cost is not None else None, colour, why, chosen=mode == main))
    if len(modes) > 1:
        bars.insert(
            0,
            CostBar(
                _("选用"),
                chosen_total,
                0.0,
                "mix",
                _("各自然村各取所宜·%.2f 万元/户") % (chosen_total / households / 1e4),
                chosen=True,
            ),
        )
    return bars
