"""A process killed (-9) between a vendor's counts and the days made of them: nothing lost, nothing doubled, sent again."""

import os
import signal
from datetime import date

import pytest
from django.db import connections
from test_vendor_clouds import Client, push
from test_writers import committed  # noqa: F401 -- the fixture

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.readings.actions import vendors
from qingxi_office.readings.models import DailyRow, VendorCloud, VendorSamples
from qingxi_office.trail.queries import verify


def killed(monkeypatch, where, work):
    """Do the work in a process that ends by -9 at a place; the place stays as it was in this one."""
    connections.close_all()  # a child must not share a connection
    child = os.fork()
    if child == 0:
        try:
            true = vendors.counted_days

            def before(*words):
                os.kill(os.getpid(), signal.SIGKILL)

            def after(*words):
                true(*words)
                os.kill(os.getpid(), signal.SIGKILL)

            if where in ("before the days", "before the commit"):
                monkeypatch.setattr(vendors, "counted_days", before if where == "before the days" else after)
            work()
            os.kill(os.getpid(), signal.SIGKILL)  # all is committed and nobody was answered
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def held():
    """The counts and the days in the books."""
    counts = {str(r.day): dict(r.values) for r in VendorSamples.objects.all()}
    days = {str(r.day): (r.value, round(r.coverage, 4)) for r in DailyRow.objects.filter(quantity="energy")}
    return counts, days, [r.breaks for r in VendorSamples.objects.all()]


def mapped(by):
    """A plant whose vendor sends its meter's register; gives the platform."""
    cloud = vendors.keep_cloud(None, {"name": "水云", "use": "线索"}, by=by)
    station = FacilityRecord.objects.select_related("place").get(key="QX-001")
    vendors.keep_point(
        cloud, station, {"number": "C-3", "field": "sum", "quantity": "energy", "total": True}, by=by
    )
    return cloud


def at(day, total):
    return {"device": "C-3", "at": f"2026-11-{day:02d}T00:00:00+08:00", "sum": total}


def test_days_that_cannot_be_worked_out_leave_no_count_behind(cast, monkeypatch):
    """A fault of ours there, not a death: the step was not done, none of it."""

    def wrong(*words):
        raise ZeroDivisionError

    cloud = mapped(cast.chenjing)
    vendors.take_in_items(cloud, [at(2, 100.0)], by=cast.chenjing, way="push")
    before = held()
    with monkeypatch.context() as once:
        once.setattr(vendors, "counted_days", wrong)
        with pytest.raises(ZeroDivisionError):
            vendors.take_in_items(cloud, [at(3, 130.0)], by=cast.chenjing, way="push")
    assert held() == before
    _, counts = vendors.take_in_items(cloud, [at(3, 130.0)], by=cast.chenjing, way="push")
    assert (counts.new, counts.days, held()[1]) == (1, 1, {"2026-11-02": (30.0, 1.0)})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_between_the_counts_and_their_days(committed, monkeypatch):  # noqa: F811
    by = committed.chenjing
    cloud = vendors.keep_cloud(None, {"name": "水云", "use": "线索"}, by=by)
    station = FacilityRecord.objects.select_related("place").get(key="QX-001")
    vendors.keep_point(
        cloud, station, {"number": "C-3", "field": "sum", "quantity": "energy", "total": True}, by=by
    )
    client = Client(HTTP_AUTHORIZATION=f"Bearer {vendors.new_token(cloud, by=by)}")

    total, known = 100.0, {}
    push(client, [at(2, total)])
    for day, where in ((3, "before the days"), (4, "before the commit"), (5, "before the answer")):
        total += 10.0 * day
        items = [at(day, total)]
        before = held()
        killed(monkeypatch, where, lambda items=items: push(client, items))
        counts, days, _ = held()
        known[str(date(2026, 11, day - 1))] = (10.0 * day, 1.0)  # what was counted in the day before this midnight
        if where == "before the answer":
            assert days == known  # the vendor was not answered and will send again
        else:
            assert held() == before  # neither the count nor its day: no half of it
        # Nobody was told that it stands: the vendor sends it again, after the restart, and once more.
        for _ in range(2):
            assert push(client, items).status_code == 200
            counts, days, breaks = held()
            assert days == known
            assert [len(values) for values in counts.values()] == [1] * (day - 1)
            assert breaks == [[]] * (day - 1)
    assert VendorCloud.objects.get().last_counts["same"] == 1
    assert verify().sound
