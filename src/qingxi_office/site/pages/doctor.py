"""The office's own health: what was looked at, how it is, what to do."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from qingxi_office.people.rights import Extent, extent
from qingxi_office.site.keeping import doctor as examiner

_KIND = {examiner.State.OK: "good", examiner.State.SUSPICIOUS: "watch", examiner.State.WRONG: "bad"}


@login_required
def doctor(request: HttpRequest) -> HttpResponse:
    """Quick checks now (those that read all the office holds every ten minutes), and what only the night looks at as it was
    then. For who keeps the office."""
    if extent(request.user, "job") is Extent.NOTHING:
        raise Http404
    found = examiner.examine(held=True)
    last = examiner.recorded()
    if last is not None:
        found += last[1]
    order = list(_KIND)[::-1]
    found.sort(key=lambda one: order.index(one.state))
    counts = {state.value: sum(one.state is state for one in found) for state in examiner.State}
    return render(
        request,
        "site/doctor.html",
        {
            "ill": [(one, _KIND[one.state], one.state.word) for one in found if one.state is not examiner.State.OK],
            "well": [one for one in found if one.state is examiner.State.OK], "counts": counts,
            "night": last[0] if last else None, "n": len(found),
        },
    )  # fmt: skip
