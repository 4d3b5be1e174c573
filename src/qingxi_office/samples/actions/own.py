"""What every deed on a campaign asks first."""

from __future__ import annotations

from typing import Any

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.samples.models import Campaign
from qingxi_office.samples.queries import leads
from qingxi_office.trail.actions import Office


def ref(campaign: Campaign) -> Ref:
    return Ref("sample", campaign.key)


def held(campaign: Campaign) -> Campaign:
    """The campaign as it stands, locked for this transaction; in the object handed in too."""
    row = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    for field in Campaign._meta.concrete_fields:
        setattr(campaign, field.attname, getattr(row, field.attname))
    return campaign


def check_leads(by: Any, campaign: Campaign, deed: str = "run_sample") -> None:
    """Only the organiser: the examined county's own officer may look at a campaign from above, and not steer it."""
    rights.check(by, deed, path=campaign.place.path)
    if not isinstance(by, Office) and not leads(by, campaign):
        who = campaign.organiser.name if campaign.organiser else str(campaign.made_by or campaign.measured_by)
        raise rights.Denied(f"这次检查由{who}组织，只有组织方能做这件事")
