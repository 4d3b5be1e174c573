"""The last random sample with a result, as the indicators speak of it. Saves nothing.

Targeted checks and 双随机 give problems and never stand here: the samples room does not hand them out.
"""

from datetime import date

from qingxi.indicator import Sampling
from qingxi.origin import Ref
from qingxi_office.places.models import Place
from qingxi_office.samples.estimates import stands_for
from qingxi_office.samples.models import Visit
from qingxi_office.samples.queries import latest_estimate

Drawn = tuple[tuple[Ref, str, bool], ...]


def last_sample(place: Place, as_of: date) -> tuple[Drawn, Sampling]:
    """Its stations with what was found, for how many each stands, and how they were drawn; empty when there is none.
    Three queries.
    """
    campaign = latest_estimate(place, as_of)
    if campaign is None:
        return (), Sampling()
    visits = list(
        Visit.objects.filter(campaign=campaign, state=Visit.State.SETTLED).exclude(effective=None).order_by("row__key")
        .select_related("row__facility")
    )  # fmt: skip
    weights = stands_for(campaign, visits)
    drawn, because, stands = [], {}, {}
    for v in visits:
        visit, facility = Ref("spot_visit", str(v.pk)), v.row.facility
        ref = Ref("facility", facility.key) if facility else visit
        if ref in stands:  # two rows of the list that are one facility of the register
            ref = visit
        drawn.append((ref, v.row.name or v.row.key, bool(v.effective)))
        because[ref] = (visit,) if ref != visit else ()
        stands[ref] = weights[v.pk]
    hits = sum(ok for _ref, _name, ok in drawn)
    remarks = [
        f"{campaign.title}，{campaign.done_on:%Y-%m-%d} 出结果，{campaign.measured_by or '没有写谁量的'}",
        f"查成 {hits}/{len(drawn)} 座；率按抽样设计加权，名单里写着每座代表总体里的几座",
    ]
    if len(drawn) < campaign.drawn_n:
        remarks.append(f"抽中 {campaign.drawn_n} 座，查成 {len(drawn)} 座")
    ends = (campaign.low, campaign.high) if campaign.low is not None and campaign.high is not None else None
    label = f"抽查评估 {campaign.key}，从 {campaign.population} 座里抽"
    return tuple(drawn), Sampling(label, ends, tuple(remarks), because, stands)
