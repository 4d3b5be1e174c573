"""The last random sample with a result, as the indicators speak of it. Saves nothing.

Targeted checks and 双随机 give problems and never stand here: the samples room does not hand them out.
"""

from datetime import date

from qingxi.indicator import Sampling
from qingxi.origin import Ref
from qingxi_office.places.models import Place
from qingxi_office.samples.models import Visit
from qingxi_office.samples.queries import latest_estimate

Drawn = tuple[tuple[Ref, str, bool], ...]


def last_sample(place: Place, as_of: date) -> tuple[Drawn, Sampling]:
    """Its stations with what was found, and how it was drawn; empty when there is none. Two queries."""
    campaign = latest_estimate(place, as_of)
    if campaign is None:
        return (), Sampling()
    rows = (
        Visit.objects.filter(campaign=campaign, state=Visit.State.SETTLED).exclude(effective=None).order_by("row__key")
        .values_list("pk", "row__facility__key", "row__key", "row__name", "effective")
    )  # fmt: skip
    drawn, because = [], {}
    for pk, facility, key, name, effective in rows:
        visit = Ref("spot_visit", str(pk))
        ref = Ref("facility", facility) if facility else visit
        drawn.append((ref, name or key, bool(effective)))
        because[ref] = (visit,) if facility else ()
    hits = sum(ok for _ref, _name, ok in drawn)
    remarks = [f"{campaign.title}，{campaign.done_on:%Y-%m-%d} 出结果，{campaign.measured_by or '没有写谁量的'}"]
    if campaign.share is not None and drawn and abs(campaign.share - hits / len(drawn)) > 0.0005:
        remarks.append(f"按抽样设计加权估计为 {campaign.share:.1%}，样本里直接数为 {hits / len(drawn):.1%}")
    if len(drawn) < campaign.drawn_n:
        remarks.append(f"抽中 {campaign.drawn_n} 座，查成 {len(drawn)} 座")
    ends = (campaign.low, campaign.high) if campaign.low is not None and campaign.high is not None else None
    label = f"抽查评估 {campaign.key}，从 {campaign.population} 座里抽"
    return tuple(drawn), Sampling(label, ends, tuple(remarks), because)
