"""Every change to rounds: known, claimed once a period, ended."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from qingxi.origin import Ref
from qingxi_office.rounds.models import Round, RoundRun
from qingxi_office.rounds.periods import Cadence
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

LEASE = timedelta(hours=2)
"""A run that has not ended after so long was left by a worker that died; another may take it."""
MOST_TRIES = 3


def know(name: str, now: datetime) -> Round:
    """The round's row; a round first met now has missed nothing."""
    return Round.objects.get_or_create(name=name, defaults={"since": now})[0]


def claim(name: str, cadence: Cadence, *, worker: str, now: datetime | None = None) -> RoundRun | None:
    """The run of the present period, now this worker's; None when it is not due, done, or another's.

    What was slept through is caught up by this one run, and counted.
    """
    now, real = now or clock.now(), clock.real_now()
    known = know(name, now)
    begin = cadence.last_begin(now)
    if not known.is_on or begin <= known.since:
        return None
    last = RoundRun.objects.filter(name=name).exclude(period__startswith="hand ").order_by("-begins_at").first()
    if last is not None and last.period == cadence.name(begin):
        stale = RoundRun.objects.filter(pk=last.pk, tries__lt=MOST_TRIES)
        stale = stale.filter(state="running", started_at__lt=real - LEASE) | stale.filter(
            state="failed", ended_at__lt=real - timedelta(minutes=10)
        )
        if not stale.update(state="running", started_at=real, tries=last.tries + 1, by_name=worker[:80]):
            return None
        return RoundRun.objects.get(pk=last.pk)
    after = last.begins_at if last is not None else known.since
    try:
        with transaction.atomic():
            run = RoundRun(
                name=name, period=cadence.name(begin), begins_at=begin, started_at=real,
                missed=cadence.missed(after, begin), by_name=worker[:80],
            )  # fmt: skip
            run.save(force_insert=True)
    except IntegrityError:
        return None  # another worker was quicker
    return run


def by_hand(name: str, *, by: trail.Doer) -> RoundRun:
    """A run that a person asked for; it has a period of its own, so that the clock's own run still comes."""
    real = clock.real_now()
    run = RoundRun(
        name=name, period=f"hand {real:%Y%m%d%H%M%S%f}", begins_at=clock.now(), started_at=real, by_name=str(by)[:80]
    )  # fmt: skip
    run.save(force_insert=True)
    return run


def end(run: RoundRun, said: list[str], *, failed: bool = False) -> RoundRun:
    """The run has ended; what it said is kept, and the trail knows it."""
    run.state = RoundRun.State.FAILED if failed else RoundRun.State.DONE
    run.ended_at = clock.real_now()
    run.seconds = round((run.ended_at - run.started_at).total_seconds(), 2)
    run.said = [line[:300] for line in said][:100]
    run.save(update_fields=["state", "ended_at", "seconds", "said"])
    if failed or run.said:
        trail.record(
            "round.failed" if failed else "round.done", Ref("round", run.name), by=trail.Office(f"钟点：{run.name}"[:80]),
            after={"period": run.period, "said": run.said[:10]},
        )  # fmt: skip
    return run


@transaction.atomic
def switch(name: str, on: bool, *, by: trail.Doer) -> None:
    """Stop a round or let it go again. Who may is asked by the caller; what passed while it stood still is not caught up."""
    known = know(name, clock.now())
    known.is_on = on
    if on:
        known.since = max(known.since, clock.now())
    known.save(update_fields=["is_on", "since"])
    trail.record("round.switched", Ref("round", name), by=by, after=on)
