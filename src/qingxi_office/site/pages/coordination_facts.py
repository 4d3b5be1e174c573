"""What the coordination pages rest on: degrees by village, the effect, and the registers' proxies of the four confounders."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from qingxi.indicator import (
    Degree,
    Observed,
    Participation,
    Relation,
    coordination_rule,
    degree,
    relation,
)
from qingxi_office.asking import ask
from qingxi_office.coordination.gather import VillageHere, gather, villages_here
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord

from . import seen

EFFECT_MONTHS = 12


@dataclass(frozen=True)
class Facts:
    """Degrees of the villages this person sees, and the parts they are made of."""

    here: Mapping[str, VillageHere]
    parts: list[Participation]
    degrees: dict[str, Degree]
    as_of: dt.date


def facts(user: Any, as_of: dt.date) -> Facts:
    here = villages_here(user)
    parts = gather(user, as_of, here)
    by_village: dict[str, list[Participation]] = {code: [] for code in here}
    for part in parts:
        by_village[part.village].append(part)
    return Facts(here, parts, {code: degree(own, as_of) for code, own in by_village.items()}, as_of)


def effect_words() -> dict[str, tuple[str, str]]:
    """The effects that may be looked at: their name and how they are counted."""
    return {
        "months": (
            _("没有判断的站月份额"),
            _("近十二个月，村里在用的站没有运行判断（不成立的不算）的月数 ÷ 站月数；没有站的村没有数"),
        ),
        "basics": (_("三基本做到几成"), _("三基本里查过并做到的项数 ÷ 查过的项数；没有查过的村没有数")),
    }


def _months_free(user: Any, as_of: dt.date) -> dict[str, float]:
    """By village: facility-months of the last twelve in which no finding held that nobody threw out."""
    used = (FacilityRecord.Status.IN_USE, FacilityRecord.Status.TRIAL)
    village = {
        pk: code[:12]
        for pk, code in ask(
            user,
            lambda u, at: seen.facilities(u).filter(status__in=at.used).order_by().values_list("pk", "place__code"),
            used=[str(s) for s in used],
        )
        if len(code) >= 12
    }
    first = as_of.replace(day=1)
    months = []
    for _n in range(EFFECT_MONTHS):
        last = first - dt.timedelta(days=1)
        first = last.replace(day=1)
        months.append((first, last))
    bad: dict[int, set[dt.date]] = defaultdict(set)
    rows = ask(
        user,
        lambda u, at: seen.findings(u).exclude(state=FindingRecord.State.REJECTED).filter(period_to__gte=at.since)
        .order_by().values_list("facility_id", "period_from", "period_to"),
        since=months[-1][0],
    )  # fmt: skip
    for pk, start, end in rows:
        for begin, last in months:
            if start <= last and end >= begin:
                bad[pk].add(begin)
    of: dict[str, list[int]] = defaultdict(list)
    for pk, code in village.items():
        of[code].append(EFFECT_MONTHS - len(bad[pk]))
    return {code: sum(own) / (EFFECT_MONTHS * len(own)) for code, own in of.items()}


def _basics(user: Any) -> dict[str, float]:
    out = {}
    rows = ask(
        user,
        lambda u, _at: seen.villages(u).values_list("place__code", "no_sewage_seen", "no_odour", "no_complaint"),
    )
    for code, *looked in rows:
        known = [b for b in looked if b is not None]
        if known:
            out[code] = sum(known) / len(known)
    return out


_PROXIES = ("habits", "closeness", "means", "works")


def proxy_words() -> dict[str, tuple[str, str]]:
    """The four confounders of the study: the proxy that stands for each, and what it is."""
    return {
        "habits": (_("村民习惯"), _("黑灰水分开的户占查过的户")),
        "closeness": (_("人口聚集"), _("每个自然村平均户数")),
        "means": (_("经济水平"), _("不是低保、脱贫、五保的户占知道收入的户")),
        "works": (_("村庄基础设施"), _("登记在册的路、水、渠、厕工程数")),
    }


def _proxies(user: Any, here: Iterable[str]) -> dict[str, dict[str, float | None]]:
    """By village, the register's proxies; None where the register is silent. Three questions."""
    out: dict[str, dict[str, float | None]] = defaultdict(lambda: dict.fromkeys(_PROXIES))
    rows = ask(
        user,
        lambda u, _at: seen.households(u).order_by().values("hamlet_id").annotate(
            asked=Count("pk", filter=Q(separated__isnull=False)), apart=Count("pk", filter=Q(separated=True)),
            known=Count("pk", filter=~Q(income_class="")), poor=Count("pk", filter=~Q(income_class__in=["", "一般"])),
        ),
    )  # fmt: skip
    hamlets = ask(user, lambda u, _at: seen.hamlets(u).order_by().values_list("pk", "key", "households"))
    hamlet = {pk: key for pk, key, _n in hamlets}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if key := hamlet.get(row["hamlet_id"]):
            own = sums[key[:12]]
            for name in ("asked", "apart", "known", "poor"):
                own[name] += row[name]
    for code, s in sums.items():
        out[code]["habits"] = s["apart"] / s["asked"] if s["asked"] else None
        out[code]["means"] = 1 - s["poor"] / s["known"] if s["known"] else None
    size: dict[str, list[int]] = defaultdict(list)
    for _pk, key, n in hamlets:
        if n:
            size[key[:12]].append(n)
    for code, sizes in size.items():
        out[code]["closeness"] = sum(sizes) / len(sizes)
    codes = ask(
        user,
        lambda u, _at: seen.works(u).filter(place__isnull=False).order_by().values_list("place__code", flat=True),
    )
    works: Counter[str] = Counter(code[:12] for code in codes if len(code) >= 12)
    if works:  # a county that keeps no book of works knows nothing of any village
        for code in here:
            out[code]["works"] = float(works[code])
    return out


def observed(user: Any, known: Facts, effect: str) -> list[Observed]:
    """One row a village, its degree without the steps that rest on the same records as the effect."""
    apart = set(coordination_rule().apart)
    own: dict[str, list[Participation]] = defaultdict(list)
    for part in known.parts:
        if part.step not in apart:
            own[part.village].append(part)
    effects = _basics(user) if effect == "basics" else _months_free(user, known.as_of)
    proxies = _proxies(user, known.here)
    words = {key: word for key, (word, _what) in proxy_words().items()}
    return [
        Observed(
            code, v.township_code, degree(own[code], known.as_of).value, effects.get(code),
            {words[key]: value for key, value in proxies[code].items()},
        )
        for code, v in known.here.items()
    ]  # fmt: skip


def related(rows: list[Observed]) -> Relation:
    """The relation, only asked of what the person sees."""
    return relation(rows)
