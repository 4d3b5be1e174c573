"""Writers that meet: on either database they take turns from the first statement of a transaction on."""

import random
import re
import threading
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from conftest import Cast
from qingxi.origin import Ref
from qingxi_office.facilities.models import Outlet
from qingxi_office.issues import guards
from qingxi_office.issues.actions import open_by_hand
from qingxi_office.issues.models import IssueRecord
from qingxi_office.meetings.models import Task
from qingxi_office.places.models import Place, Unit
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.trail import triggers
from qingxi_office.trail.actions import record
from qingxi_office.trail.models import Entry, NumberGiven
from qingxi_office.trail.numbers import next_key, next_keys
from qingxi_office.trail.queries import verify

PATIENCE_S = 60


@pytest.fixture
def committed(django_db_setup, django_db_blocker, office):
    """An office whose deeds are really committed; the books are emptied afterwards, which only a test may do."""
    with django_db_blocker.unblock():
        yield Cast(office)
        for law in (triggers, guards):
            law.remove(connection)
        # What is kept for later tests has numbers already: counting from 1 again would give them twice.
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
        for law in (triggers, guards):
            law.install(connection)


def at_once(*hands):
    """Run the hands in threads with connections of their own; raises what one of them raised."""
    ready, said = threading.Barrier(len(hands)), []

    def one(hand):
        try:
            ready.wait(PATIENCE_S)
            hand()
        except BaseException as error:
            said.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(hand,), daemon=True) for hand in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in threads), "a writer waits for ever"
    if said:
        raise said[0]


def test_a_trail_written_first_and_a_record_locked_first_do_not_wait_for_each_other(committed, office):
    """One writes the trail and then the place, the other the place and then the trail: once a deadlock (40P01)."""
    place = committed.county
    written, touched = threading.Event(), threading.Event()

    def trail_first():
        with transaction.atomic():
            record("试", Ref("place", place.code), by=office)
            written.set()
            touched.wait(1)  # the other one would have the place's row by now, were it let in
            Place.objects.filter(pk=place.pk).update(name="甲县")

    def record_first():
        written.wait(PATIENCE_S)
        with transaction.atomic():
            Place.objects.filter(pk=place.pk).update(name="乙县")
            touched.set()
            record("试", Ref("place", place.code), by=office)

    at_once(trail_first, record_first)
    place.refresh_from_db()
    assert place.name == "乙县"  # it came second
    assert verify().sound


def test_a_question_asked_in_a_transaction_stays_answered(committed):
    """What was not there when somebody asked is not put in by another before the asker writes: one unit, not two."""

    def once_only():
        with transaction.atomic():
            if not Unit.objects.filter(name="只此一家").exists():
                Unit.objects.create(name="只此一家", kind="部门", level="县", place_id=committed.county.pk)

    at_once(*[once_only] * 6)
    assert Unit.objects.filter(name="只此一家").count() == 1


def test_many_hands_on_the_same_records(committed, office):
    """Six hands, forty mixed deeds each in their own order, over the same three places and units: no deadlock, one chain."""
    places = [committed.county, *Place.objects.filter(level="township")]
    units = list(Unit.objects.order_by("pk"))[:3]

    def hand(seed):
        rng = random.Random(seed)

        def place():
            Place.objects.filter(pk=rng.choice(places).pk).update(lon=104 + rng.random())

        def unit():
            Unit.objects.select_for_update().get(pk=rng.choice(units).pk)
            Unit.objects.filter(pk=rng.choice(units).pk).update(phone=str(rng.randrange(10**6)))

        def said():
            record("试", Ref("place", rng.choice(places).code), by=office)

        def number():
            next_key(Outlet, f"{rng.choice('甲乙')}-")

        def work():
            for _ in range(40):
                deeds = [place, unit, said, number, place, unit, said]
                rng.shuffle(deeds)
                with transaction.atomic():
                    for deed in deeds:
                        deed()

        return work

    at_once(*(hand(seed) for seed in range(6)))
    report = verify()
    assert report.sound, report.faults
    assert Entry.objects.filter(action="试").count() == 6 * 40 * 2


def test_problems_opened_at_the_same_moment_have_a_number_each(committed):
    place = Place.objects.get(code="999901100200")

    def hand():
        for n in range(5):
            open_by_hand(by=committed.chenjing, source="巡查", place=place, title=f"第 {n} 个")

    at_once(*[hand] * 4)
    keys = sorted(IssueRecord.objects.values_list("key", flat=True))
    year = keys[0].split("-")[1]
    assert keys == [f"WT-{year}-{n:04d}" for n in range(1, 21)]
    assert verify().sound


def test_every_head_gives_each_number_once(committed):
    """All heads the office knows, by four hands: 1 to 12 each, without a gap."""
    given, lock = [], threading.Lock()

    def hand():
        for _ in range(3):
            for letters, width in HEADS.items():
                with transaction.atomic():
                    key = next_key(Outlet, f"{letters}-x-", width=width)
                with lock:
                    given.append(key)

    at_once(*[hand] * 4)
    assert sorted(given) == sorted(f"{k}-x-{n:0{w}d}" for k, w in HEADS.items() for n in range(1, 13))


HEADS = {"WT": 4, "TB": 2, "DD": 2, "HY": 4, "RW": 4, "CJ": 4, "KH": 2, "GD": 4, "GF": 5, "XM": 3, "DJ": 1}


def test_numbers_by_hand(cast):
    """Brought along: 3 and a lot's own B01. Ours go on after the greatest, over 9 999, and never come back."""
    lot = {"name": "甲", "place": cast.county, "stage": "设想", "total_fen": 0, "year": 2026}
    for key in ("XM-2026-003", "XM-2026-B01", "XM-2025-700"):
        ProjectRecord.objects.create(key=key, **lot)
    assert next_keys(ProjectRecord, "XM-2026-", 2, width=3) == ["XM-2026-004", "XM-2026-005"]
    assert next_keys(ProjectRecord, "XM-2026-", 0) == []
    # A ledger brings 007 later: it is passed over. 004 to 006 were never written, and are not given again.
    ProjectRecord.objects.create(key="XM-2026-007", **lot)
    assert next_keys(ProjectRecord, "XM-2026-", 2, width=3) == ["XM-2026-006", "XM-2026-008"]
    NumberGiven.objects.create(head="RW-2026-", last=9999)
    assert [next_key(Task, "RW-2026-") for _ in range(2)] == ["RW-2026-10000", "RW-2026-10001"]


def test_no_number_outside_a_transaction(committed):
    with pytest.raises(RuntimeError, match="inside a transaction"):
        next_key(Task, "RW-2026-")


def test_nobody_counts_numbers_besides():
    """One law, one place: no key of a record is made of a counted number elsewhere."""
    root = Path(__file__).parents[2] / "src" / "qingxi_office"
    own = re.compile(r"""key["']?\s*[=:]\s*f["'][^"']*(?:\+ 1|count\(\)|:0[1-9]d\})""")
    found = [
        f"{file.relative_to(root)}: {line.strip()}"
        for file in sorted(root.rglob("*.py"))
        if file.parts[-2] not in ("migrations", "commands")
        for line in file.read_text(encoding="utf-8").splitlines()
        if own.search(line)
    ]
    assert found == []
