"""The officer's look at what phones sent: 200 rounds of a week without network, in order, late and flagged, each once."""

import io
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.office.test_patrols import announced, browser, jpeg, put, send, sent, zhou  # noqa: F401

from qingxi_office.readings.models import VisitRow
from qingxi_office.trail import clock

WEEK = timedelta(days=7)


def week_offline(person, n=200):
    """A round every 50 minutes for a week on a phone a day slow, sent at once and once more; the last has a photograph."""
    now, slow = clock.now(), timedelta(days=1)
    rows = [
        sent(k, at=now - slow - WEEK + timedelta(minutes=50 * k), contact={"at": (now - WEEK).isoformat(), "offset_s": 86400})
        for k in range(1, n + 1)
    ]  # fmt: skip
    picture = jpeg()
    rows[-1]["photos"] = [announced(picture)]
    for _ in range(2):
        for first in range(0, n, 50):
            send(person, *rows[first : first + 50], phone_now=now - slow)
    return rows, picture


def test_200_rounds_of_a_week_stand_once_in_order_with_how_late_they_came(cast, zhou):  # noqa: F811
    rows, picture = week_offline(zhou)
    assert VisitRow.objects.count() == 200
    officer = browser(cast.chenjing)
    with CaptureQueriesContext(connection) as queries:
        page = officer.get("/rounds-sent/")
    assert page.status_code == 200
    assert len(queries) <= 12
    sums = page.context["sums"]
    # 50 minutes times 200 are 6.94 days: the first came 6.97 days late, the last 0.06; all that are a day old or more are late:
    # 7 d - 50 min * k >= 1 d, so k <= 172.
    assert (sums["n"], sums["phones"], sums["late"], sums["clock"]) == (200, 1, 172, 200)
    text = page.content.decode()
    assert "1 部手机送来 200 次巡查，172 次晚到一天以上，最长 7.0 天" in text
    counters = [v.counter for v in page.context["table"].lines]
    assert counters == list(range(200, 140, -1))  # as they were walked, the last first
    assert "慢 1.0 天" in text
    assert "0/1" in text  # the photograph has not come yet
    put(zhou, rows[-1], picture)
    late = officer.get("/rounds-sent/?which=late&sort=visited_at")
    assert late.context["found"] == 172
    book = load_workbook(io.BytesIO(officer.get("/rounds-sent/?as=xlsx").content), read_only=True)
    told = [row for sheet in book for row in sheet.iter_rows(values_only=True)]
    numbers = [cell for row in told for cell in row if isinstance(cell, str) and cell in {r["uuid"] for r in rows}]
    assert sorted(numbers) == sorted(r["uuid"] for r in rows)  # every record once


def test_a_round_says_a_clock_off_by_days_in_days(cast, zhou):  # noqa: F811
    week_offline(zhou, 1)
    row = VisitRow.objects.get()
    assert "手机钟差 1.0 天" in browser(cast.chenjing).get(f"/rounds-today/round/{row.pk}/").content.decode()


def test_what_is_narrowed_and_who_may_not_look(cast, zhou):  # noqa: F811
    send(zhou, sent(1), sent(2, facility="QX-001"))
    officer = browser(cast.chenjing)
    assert officer.get("/rounds-sent/").context["sums"]["late"] == 0
    assert officer.get(f"/rounds-sent/?who={zhou.pk}").context["found"] == 2
    assert officer.get("/rounds-sent/?who=999999").context["found"] == 0
    assert officer.get("/rounds-sent/?who=x&which=x&q=QX-001").context["found"] == 2
    # An inspector sees no signs, so not this page either; nobody without a sign-in.
    assert browser(zhou).get("/rounds-sent/").status_code == 404
    VisitRow.objects.all().delete()
    assert "手机还没有送来巡查" in officer.get("/rounds-sent/").content.decode()
