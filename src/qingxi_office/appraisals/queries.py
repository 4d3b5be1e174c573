"""Reading appraisals, rights first: the county's and the township's own, an operator its own."""

from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from qingxi.appraisal import Scheme, parse_scheme, scheme_texts
from qingxi_office.appraisals.models import Appraisal, CarePayment, CareTerms, CountyScheme, Objection, Sheet
from qingxi_office.people.rights import Way, seen_by

APPRAISAL = Way("appraisal", own=("subject_id",))
TERMS = Way("appraisal", own=("operator_id",), state=None)


def appraisals(user: Any) -> QuerySet[Appraisal]:
    """Appraisals this person sees, with how many sheets and open objections they have; one query."""
    rows = Appraisal.objects.select_related("subject", "final_unit").annotate(
        n_sheets=Count("sheets", distinct=True),
        n_open=Count("sheets__objections", filter=Q(sheets__objections__upheld=None), distinct=True),
    )
    return seen_by(user, rows, APPRAISAL)


def sheets(row: Appraisal) -> list[Sheet]:
    """The sheets of an appraisal with marks and objections; three queries."""
    found = row.sheets.select_related("facility").prefetch_related(
        "marks", Prefetch("objections", Objection.objects.order_by("id"))
    )
    return list(found.order_by("facility__key", "id"))


def terms(user: Any) -> QuerySet[CareTerms]:
    """Contracts this person sees, each with its payments."""
    rows = CareTerms.objects.select_related("operator")
    return seen_by(user, rows, TERMS).prefetch_related(
        Prefetch("payments", CarePayment.objects.select_related("appraisal"))
    )


def scheme_of(row: Appraisal) -> Scheme:
    """The scheme as it was frozen."""
    return parse_scheme(row.scheme_text, row.scheme_name)


def known_schemes() -> dict[str, str]:
    """TOML of every scheme that may be used, by id: shipped ones, and the newest version of each of the county's."""
    found = dict(scheme_texts())
    for one in CountyScheme.objects.order_by("at"):
        found[one.scheme] = one.text
    return found
