"""The end of a check: the estimate of a random sample, the reveal, and what is published."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from qingxi.indicator import definitions
from qingxi.origin import Ref
from qingxi.sampling import Kind, population_csv, reveal
from qingxi_office.published import actions as published
from qingxi_office.samples import law
from qingxi_office.samples.actions.own import check_leads, held, ref
from qingxi_office.samples.estimates import result_of
from qingxi_office.samples.law import Refused
from qingxi_office.samples.models import Campaign, Team, Visit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts

S, V = Campaign.State, Visit.State


@transaction.atomic
def close(campaign: Campaign, *, by: Any) -> Campaign:
    """Close the field work. A random sample gets its rate; number and nonce are revealed; nothing is left open or dropped."""
    held(campaign)
    check_leads(by, campaign)
    law.need(campaign, S.FIELD)
    reasons = []
    sealed = Team.objects.filter(campaign=campaign, opened_at=None).count()
    if sealed:
        reasons.append(f"还有 {sealed} 个组的名单没有打开；抽到的站不能少查")
    left = {s: Visit.objects.filter(campaign=campaign, state=s).count() for s in (V.OPEN, V.ONE, V.DIFFERS)}
    words = ((V.OPEN, "没有录入"), (V.ONE, "只录了一份"), (V.DIFFERS, "两份不一样，等第三人定"))
    reasons += [f"{left[state]} 座{word}" for state, word in words if left[state]]
    if reasons:
        raise Refused(reasons)
    today = clock.today()
    if campaign.kind == Kind.RANDOM.value:
        try:
            result = result_of(campaign)
        except ValueError as wrong:
            raise Refused([str(wrong)]) from wrong
        campaign.share, campaign.low, campaign.high = result["share"], result["low"], result["high"]
        campaign.hits, campaign.visited, campaign.result = result["hits"], result["visited"], result
    else:
        campaign.visited = None
        campaign.result = {"visited": Visit.objects.filter(campaign=campaign, state=V.SETTLED).count()}
    campaign.state, campaign.done_on = S.DONE, today
    if campaign.kind != Kind.TARGETED.value:
        campaign.revealed_at = clock.now()
    seen = Visit.objects.filter(campaign=campaign).values_list("row__facility__key", flat=True)
    campaign.because = texts([Ref("facility", k) for k in seen if k])
    campaign.save()
    trail.record(
        "sample.closed", ref(campaign), by=by,
        after={"share": campaign.share, "of": [campaign.hits, campaign.visited], "checksum": campaign.checksum},
    )  # fmt: skip
    return campaign


def revealed(campaign: Campaign) -> dict[str, object]:
    """What a stranger needs to draw again; refused before the field work is over."""
    if campaign.revealed_at is None:
        raise Refused(["现场结束以前不公布随机数"])
    return reveal(law.promise_of(campaign), campaign.outside_value, law.population_of(campaign))


@transaction.atomic
def publish(campaign: Campaign, *, by: Any) -> Campaign:
    """Put the result up: of a random sample the rate with n, interval and who measured, and the one official verdict by the point
    value; of a 双随机 what was found at each enterprise and by whom. A 专项检查 is worked off in the ledger of problems and
    publishes no figure.
    """
    held(campaign)
    check_leads(by, campaign, "publish_sample")
    law.need(campaign, S.DONE)
    if campaign.kind == Kind.TARGETED.value:
        raise Refused(["专项检查只转问题台账，不公布率"])
    today = clock.today()
    common: dict[str, Any] = {
        "state": "done", "kind": campaign.kind, "measured_by": campaign.measured_by, "done_on": str(campaign.done_on),
        "place": campaign.place.name, "code": campaign.place.code, "population": campaign.population, "left_out": campaign.left_out,
        "frame_on": str(campaign.frame_on), "commitment": campaign.commitment, "reveal": revealed(campaign),
    }  # fmt: skip
    if campaign.kind == Kind.RANDOM.value:
        inside, d = law.population_of(campaign), definitions()[law.RATE]
        data = {
            **common, "definition": d.id, "version": d.version, "name": d.name, "formula": d.formula, "unit_counted": d.unit_counted,
            "share": campaign.share, "printed": campaign.printed, "low": campaign.low, "high": campaign.high, "hits": campaign.hits,
            "visited": campaign.visited, "cannot": campaign.result["cannot"], "required": campaign.required,
            "meets": campaign.result["meets"], "checklist": campaign.checklist,
            "population_csv": population_csv(inside.stations),
            "by_operator": [
                {k: o[k] for k in ("name", "n", "hits", "found", "interval")} for o in campaign.result["by_operator"]
            ],
        }  # fmt: skip
    else:
        rows = (
            Visit.objects.filter(campaign=campaign).select_related("row", "team").prefetch_related("team__members")
        )
        data = {
            **common, "plan": campaign.plan.document if campaign.plan else "",
            "matter": campaign.plan.matter if campaign.plan else "",
            "checked": [
                {
                    "name": v.row.name, "on": str(v.visited_on), "result": v.note,
                    "officers": [m.name for m in v.team.members.all() if m.recused_on is None],
                }
                for v in rows
            ],
            "population_csv": population_csv(law.population_of(campaign).stations),
        }  # fmt: skip
    campaign.published_at = clock.now()
    campaign.save(update_fields=["published_at"])
    published.put_up(
        "sample",
        campaign.key,
        campaign.title,
        data,
        as_of=campaign.done_on or today,
        because=[ref(campaign)],
        by=by,
    )
    trail.record("sample.published", ref(campaign), by=by)
    return campaign
