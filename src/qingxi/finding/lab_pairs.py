"""Effluent above influent by laboratory sheets, quarter by quarter (出水高于进水，化验).

Two bottles whose labels were exchanged look the same on paper. So a pair that reads as an ordinary pair of this very
plant when turned round is asked about, not accused; a plant that truly fails shows ordinary sewage coming in.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.evidence import lab_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found
from qingxi.finding.thresholds import lowest, threshold
from qingxi.quantity import quantity
from qingxi.reading import LabResult

_COMPARED = ("cod", "nh3n", "tp", "tn", "ss", "bod5")
_TREATED = ("cod", "nh3n")
Pair = dict[str, tuple[LabResult, LabResult]]


def pairs_of(look: Look) -> dict[date, Pair]:
    """Influent and effluent of one day, by quantity; days up to the last of the look."""
    points: dict[tuple[date, str], dict[str, LabResult]] = defaultdict(dict)
    for lab in look.evidence.labs:
        if lab.quantity in _COMPARED and lab.value is not None and lab.sampled_on <= look.last:
            points[lab.sampled_on, lab.quantity][lab.point] = lab
    out: dict[date, Pair] = defaultdict(dict)
    for (day, code), both in points.items():
        if {"influent", "effluent"} <= set(both):
            out[day][code] = (both["influent"], both["effluent"])
    return dict(out)


def left_of(pair: Pair) -> float | None:
    """Effluent over influent, the geometric mean of COD and ammonia: two measurements err less than one. None without both."""
    logs = []
    for code in _TREATED:
        if code not in pair:
            return None
        into, out = pair[code]
        least = quantity(code).resolution
        logs.append(np.log(max(out.value or 0.0, least) / max(into.value or 0.0, least)))
    return float(np.exp(np.mean(logs)))


def strength_of(pair: Pair) -> float | None:
    """What comes in, mg/L, the geometric mean of COD and ammonia. None without both."""
    if not set(_TREATED) <= set(pair):
        return None
    return float(np.exp(np.mean([np.log(max(pair[c][0].value or 0.0, quantity(c).resolution)) for c in _TREATED])))


def _level(pair: Pair) -> bool:
    """Whether nothing was taken out beyond what a laboratory errs by."""
    times = left_of(pair)
    return times is not None and times > 1 - threshold("worse.margin")


class WorseByPairs:
    """Most of what a pair tells lies higher in the effluent; the matter lasts until a pair that is in order."""

    code, kind, name, version = "effluent-worse-pairs", "effluent-worse", "出水浓度高于进水（化验）", "2"
    needs = ("同日的进水与出水检测",)
    overturned_by = "两瓶样品贴错、采样点不对、进水当日被雨水或灌溉水冲淡，复测后出水低于进水"
    blind = "半年一测，两次之间何时变差不知道；只有一对样品时分不清贴错标签"
    severe = True
    levels = (EvidenceLevel.PAPER,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        pairs = pairs_of(look)
        if not pairs:
            return cannot(self, look, "没有同一天的进水和出水检测")
        days = sorted(pairs)
        bad = {day for day in days if self._worse(pairs[day])}
        # Beside such a pair one that is level within the laboratory's error is the same matter going on, not its end.
        reach = threshold("worse.reach_days")
        for order in (days, days[::-1]):
            for day, next_ in pairwise(order):
                if day in bad and abs((next_ - day).days) <= reach and _level(pairs[next_]):
                    bad.add(next_)
        good = [day for day in days if day not in bad]
        out = []
        runs: list[list[date]] = [[]]
        for day in days:
            if day in bad and not self._exchanged(pairs, day, good):
                runs[-1].append(day)
            elif runs[-1]:
                runs.append([])
        for run in runs:
            # Half the time to the samples before and after is as likely this side as that; a season at most.
            if run and (f := self._found(look, pairs, days, run)) is not None:
                out.append(f)
        return out

    def _worse(self, pair: Pair) -> bool:
        margin = 1 + threshold("worse.margin")
        # Solids settle and nitrogen is partly eaten even in a dead tank: what the plant is there to take out decides.
        if (times := left_of(pair)) is not None and times > margin:
            return True
        over = [
            (out.value or 0.0) > (into.value or 0.0) * margin + quantity(code).resolution
            for code, (into, out) in pair.items()
        ]
        return sum(over) * 2 > len(over) or (sum(over) >= 1 and len(over) <= 2)

    def _exchanged(self, pairs: dict[date, Pair], day: date, good: Sequence[date]) -> bool:
        """Whether the pair turned round is an ordinary pair of this plant (or of any, where it has no other)."""
        scores = []
        for code, (into, out) in pairs[day].items():
            usual = [
                (p[0].value or 0.0) / max(p[1].value or 0.0, quantity(code).resolution)
                for other in good
                if (p := pairs[other].get(code)) is not None
            ]
            ratio = (out.value or 0.0) / max(into.value or 0.0, quantity(code).resolution)
            removal = float(np.median(usual)) if usual else threshold("worse.usual_removal")
            scores.append(ratio > threshold("worse.exchanged") * removal)
        return bool(scores) and sum(scores) * 2 > len(scores)

    def _found(
        self, look: Look, pairs: dict[date, Pair], days: Sequence[date], run: Sequence[date]
    ) -> Finding | None:
        reach = int(threshold("worse.reach_days"))
        before = [d for d in days if d < run[0]]
        after = [d for d in days if d > run[-1]]
        i = look.index(run[0]) - min(reach, (run[0] - before[-1]).days // 2 if before else reach)
        j = look.index(run[-1]) + min(reach, (after[0] - run[-1]).days // 2 if after else reach)
        i, j = max(0, i), min(look.days - 1, j)
        if j < 0 or i > look.days - 1 or j < i:
            return None
        pieces, numbers, several = [], [], 0
        for day in run:
            hits = [
                (code, into, out) for code, (into, out) in sorted(pairs[day].items())
                if (out.value or 0.0) > (into.value or 0.0) * (1 + threshold("worse.margin"))
            ]  # fmt: skip
            several += len(hits)
            text = "；".join(f"{quantity(c).chinese}进水 {a.value:g}、出水 {b.value:g} mg/L" for c, a, b in hits)
            refs = tuple(dict.fromkeys(ref for _, a, b in hits for ref in (lab_ref(a), lab_ref(b))))
            pieces.append(Piece("水质检测", f"{day:%Y-%m-%d} {text}", 2, refs))
            numbers += [
                Number(f"出水{quantity(c).chinese}为进水的", (b.value or 0.0) / max(a.value or 0.0, 1e-6), "倍")
                for c, a, b in hits
            ]
        uses = [lab.use for day in run for pair in pairs[day].values() for lab in pair]
        said = f"{'、'.join(f'{d:%Y-%m-%d}' for d in run)} 检测出水高于进水"
        return found(
            self, look, i, j, said, pieces, confidence=Confidence.HIGH if len(run) > 1 else Confidence.FAIR,
            numbers=numbers, use=lowest(uses), remark="起止按相邻两次检测的中点估计",
        )  # fmt: skip
