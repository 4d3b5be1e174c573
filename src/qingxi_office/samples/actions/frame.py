"""Freezing the list that is drawn from, and the calculator's answer beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from qingxi.sampling import Exclusion, Kind, size_normal, size_wilson
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.places.models import Unit
from qingxi_office.samples import law
from qingxi_office.samples.actions.own import check_leads, held, ref
from qingxi_office.samples.law import Refused
from qingxi_office.samples.models import Campaign, FrameRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

S = Campaign.State
_CLUSTERS = ("township", "county")


def freeze_register(campaign: Campaign, *, strata: Sequence[str], cluster: str = "township", by: Any) -> Campaign:
    """The stations of this office's register within the campaign's place, as they stand today."""
    stations = (
        FacilityRecord.objects.filter(place__path__startswith=campaign.place.path)
        .select_related("place__parent__parent")
        .order_by("key")
    )
    rows = []
    for f in stations:
        place = f.place
        town = place if place.level == "township" else place.parent if place.level == "village" else None
        county = town.parent if town else place
        rows.append(
            {
                "key": f.key, "name": f.name, "county": county.name if county else "", "township": town.name if town else "",
                "operator": f.operator, "design_m3_d": f.design_m3_d, "lon": f.lon, "lat": f.lat,
                "reported": not f.fault_class, "excluded": law.left_out(f), "facility": f,
            }
        )  # fmt: skip
    return _freeze(campaign, rows, "本办公室设施台账", strata, cluster, by)


def freeze_file(
    campaign: Campaign,
    rows: Sequence[Mapping[str, Any]],
    *,
    name: str,
    strata: Sequence[str],
    cluster: str,
    by: Any,
) -> Campaign:
    """The stations of a table that was handed in: a province's counties need not be in this office."""
    return _freeze(campaign, rows, name, strata, cluster, by)


def freeze_enterprises(campaign: Campaign, units: Sequence[Unit], *, by: Any) -> Campaign:
    """双随机: the enterprises that may be drawn; a township or a village that runs its own plant is none."""
    firms = [u for u in units if u.kind == "运维单位"]
    reasons = []
    if campaign.kind != Kind.DOUBLE.value:
        reasons.append("只有双随机抽企业")
    other = [u.name for u in units if u.kind != "运维单位"]
    if other:
        reasons.append(f"{'、'.join(other[:3])} 不是企业；村镇自己管的站不是涉企检查对象")
    if reasons:
        raise Refused(reasons)
    rows = [{"key": f"U{u.pk}", "name": u.name, "operator": u.name, "unit": u} for u in firms]
    return _freeze(campaign, rows, "检查对象名录：运维企业", [], "", by)


@transaction.atomic
def _freeze(
    campaign: Campaign, rows: Sequence[Mapping[str, Any]], source: str, strata: Sequence[str], cluster: str, by: Any
) -> Campaign:
    held(campaign)
    check_leads(by, campaign)
    law.need(campaign, S.DRAFT, S.FROZEN)
    reasons = []
    if campaign.kind == Kind.TARGETED.value:
        reasons.append("专项检查不抽样，直接选站")
    strange = [s for s in strata if s not in law.STRATA]
    if strange:
        reasons.append(f"不能按“{'、'.join(strange)}”分层")
    if cluster and cluster not in _CLUSTERS:
        reasons.append(f"不能按“{cluster}”分群")
    if not any(not r.get("excluded") for r in rows):
        reasons.append("名单里没有一座在用的站")
    wrong = sorted({str(r["excluded"]) for r in rows if r.get("excluded")} - {e.value for e in Exclusion})
    if wrong:
        reasons.append(f"不认识的不计入原因：{'、'.join(wrong[:5])}")
    if reasons:
        raise Refused(reasons)
    campaign.frame.all().delete()
    made = []
    for row in rows:
        values = {k: v for k, v in row.items() if v is not None}
        group = " ".join(
            str(row.get(k) or "") for k in (("county", "township") if cluster == "township" else ("county",))
        )
        made.append(
            FrameRow(
                campaign=campaign, **values, stratum=law.stratum(row, strata)[:200],
                cluster=(group.strip() if cluster else "")[:160],
            )
        )  # fmt: skip
    FrameRow.objects.bulk_create(made, batch_size=500)
    population = law.population_of(campaign)
    campaign.frame_source, campaign.frame_on, campaign.strata = source[:120], clock.today(), list(strata)
    campaign.population, campaign.checksum = len(population), population.checksum
    campaign.left_out = dict(population.reasons)
    campaign.state = S.FROZEN
    campaign.save()
    trail.record(
        "sample.frozen", ref(campaign), by=by, because=source,
        after={"n": campaign.population, "left_out": campaign.left_out, "sha256": campaign.checksum},
    )  # fmt: skip
    return campaign


@transaction.atomic
def size_it(
    campaign: Campaign, *, margin: float, share: float, design_effect: float, wanted: int | None, by: Any
) -> dict[str, Any]:
    """Ask the calculator on the frozen list and write down question, answer and how many are taken.

    ``margin`` and ``share`` are shares 0 to 1; raises Refused with the calculator's own words.
    """
    held(campaign)
    check_leads(by, campaign)
    law.need(campaign, S.FROZEN)
    try:
        normal = size_normal(margin, campaign.population, share=share, design_effect=design_effect)
        score = size_wilson(margin, campaign.population, share=share, design_effect=design_effect)
    except ValueError as wrong:
        raise Refused([str(wrong)]) from wrong
    taken = wanted or max(normal, score)
    if not 1 <= taken <= campaign.population:
        raise Refused([f"要抽 {taken} 座，总体只有 {campaign.population} 座"])
    campaign.sizing = {
        "margin": margin, "share": share, "design_effect": design_effect, "normal": normal, "wilson": score, "taken": taken,
    }  # fmt: skip
    campaign.save(update_fields=["sizing"])
    trail.record("sample.sized", ref(campaign), by=by, after=campaign.sizing)
    return dict(campaign.sizing)
