"""Reading spot checks: rights first, and the seal above rights.

A campaign is seen in its places, and by the people of its teams. Its list is another matter: before departure nobody
reads it (it is not even stored), then each team its own and the organiser those that were opened; whoever else sees the
campaign, the examined county's officer among them, sees the list when the result is out.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from qingxi_office.people import rights
from qingxi_office.people.rights import Extent, Way, extent, seen_by
from qingxi_office.places.models import Place
from qingxi_office.samples.models import Campaign, InspectionPlan, Officer, Visit

SAMPLE = Way("sample")


def campaigns(user: Any) -> QuerySet[Campaign]:
    """Campaigns of this person's places, and those in whose teams they are; one query."""
    rows = Campaign.objects.select_related("place", "organiser", "plan")
    if extent(user, SAMPLE.kind) is Extent.NOTHING:
        return rows.none()
    own = seen_by(user, Campaign.objects.all(), SAMPLE).order_by().values("pk")
    sent = Campaign.objects.filter(teams__members__person_id=user.pk or 0).order_by().values("pk")
    return rows.filter(Q(pk__in=own) | Q(pk__in=sent))


def leads(user: Any, campaign: Campaign) -> bool:
    """Whether this person organises the campaign: made it, or belongs to the unit that does; the examined never do."""
    if not rights.may(user, "run_sample", path=campaign.place.path):
        return False
    return campaign.made_by_id == user.pk or (user.unit_id is not None and user.unit_id == campaign.organiser_id)


def visits(user: Any, campaign: Campaign) -> QuerySet[Visit]:
    """What this person may know of the list; the campaign was asked for before."""
    rows = Visit.objects.filter(campaign=campaign).select_related("row", "row__facility", "team")
    if campaign.state == Campaign.State.DONE:
        return rows
    rows = rows.filter(team__opened_at__isnull=False)  # the seal
    if leads(user, campaign):
        return rows
    return rows.filter(team__members__person_id=user.pk or 0, team__members__recused_on=None).distinct()


def known_visits(user: Any) -> QuerySet[Visit]:
    """Visits of every campaign as far as this person may know them: for the files that hang on them."""
    seen = campaigns(user)
    rows = Visit.objects.filter(campaign__in=seen.order_by().values("pk")).select_related("campaign__place", "row")
    open_to = Q(campaign__state=Campaign.State.DONE)
    known = Q(
        pk__in=Visit.objects.filter(team__members__person_id=user.pk or 0, team__members__recused_on=None).values(
            "pk"
        )
    )
    if rights.may(user, "run_sample"):
        known |= Q(campaign__made_by_id=user.pk or 0)
        if user.unit_id is not None:
            known |= Q(campaign__organiser_id=user.unit_id)
    return rows.filter(open_to | known & Q(team__opened_at__isnull=False))


def is_sent(user: Any, visit: Visit) -> bool:
    """Whether this person is of the team that goes there."""
    return visit.team.members.filter(person_id=user.pk or 0, recused_on=None).exists()


def officers(user: Any) -> QuerySet[Officer]:
    """The list of licensed officers of this person's places."""
    return seen_by(user, Officer.objects.select_related("unit", "person"), Way("sample", own=()))


def plans(user: Any) -> QuerySet[InspectionPlan]:
    """Lines of the yearly plan of checks at enterprises."""
    return seen_by(user, InspectionPlan.objects.all(), Way("sample", own=()))


def latest_estimate(place: Place, on: date | None = None) -> Campaign | None:
    """The last random sample of a place with a result (``share``, ``low``, ``high`` 0 to 1, ``hits`` of ``visited``, drawn from
    ``population``; ``measured_by`` says who measured); None when there is none. Targeted checks never stand here.
    """
    rows = Campaign.objects.filter(place=place, kind=Campaign.Kind.RANDOM, state=Campaign.State.DONE)
    rows = rows.exclude(share=None)
    if on is not None:
        rows = rows.filter(done_on__lte=on)
    return rows.order_by("-done_on", "-id").first()


def sampled(campaign: Campaign) -> list[tuple[str, str, bool]]:
    """(facility or row reference as text, name, ran effectively) of every visit with an outcome; for the indicators."""
    rows = (
        Visit.objects.filter(campaign=campaign, state=Visit.State.SETTLED)
        .exclude(effective=None)
        .order_by("row__key")
        .values_list("row__facility__key", "row__key", "row__name", "effective")
    )
    return [
        (f"facility:{facility}" if facility else f"sample:{campaign.key}", name or key, bool(ok))
        for facility, key, name, ok in rows
    ]
