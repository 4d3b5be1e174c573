"""Reading rounds. Who may is asked by the caller."""

from qingxi_office.rounds.models import Round, RoundRun


def last_runs() -> dict[str, RoundRun]:
    """The newest run of each round; one query."""
    out: dict[str, RoundRun] = {}
    for run in RoundRun.objects.order_by("-id")[:400]:
        out.setdefault(run.name, run)
    return out


def stopped() -> set[str]:
    """Names of rounds that somebody stopped."""
    return set(Round.objects.filter(is_on=False).values_list("name", flat=True))


def failed(limit: int = 20) -> list[RoundRun]:
    """Runs that failed, newest first."""
    return list(RoundRun.objects.filter(state=RoundRun.State.FAILED)[:limit])
