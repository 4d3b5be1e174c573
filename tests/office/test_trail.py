"""The trail: append-only in the database, and a chain that finds every forgery."""

import pytest
from django.db import IntegrityError, connection, transaction

from qingxi.origin import Ref
from qingxi_office.trail import triggers
from qingxi_office.trail.actions import FIELDS, record
from qingxi_office.trail.chain import GENESIS, link
from qingxi_office.trail.models import Entry
from qingxi_office.trail.queries import head, of, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(office):
    return [
        record(f"deed.{n}", Ref("thing", str(n)), by=office, because="试", after={"n": n, "x": 1.5})
        for n in (1, 2, 3)
    ]


@pytest.fixture
def forger():
    """Takes the triggers away, as one with the file in hand could."""
    triggers.remove(connection)
    yield
    triggers.install(connection)


def test_chain_of_honest_deeds_is_sound(three):
    report = verify()
    assert report.sound
    assert report.rows == 3
    assert report.head == three[-1].hash == head()
    assert three[0].previous_hash == GENESIS


@pytest.mark.parametrize("sql", ["UPDATE trail_entry SET because = '别的'", "DELETE FROM trail_entry"])
def test_database_refuses_change_and_removal(three, sql):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert verify().rows == 3


def test_changed_row_is_found(three, forger):
    Entry.objects.filter(pk=three[1].pk).update(because="换了说法")
    assert [(row, why) for row, why in verify().faults] == [(three[1].pk, "内容与哈希不符")]


def test_dropped_row_is_found(three, forger):
    Entry.objects.filter(pk=three[1].pk).delete()
    # The row after the gap still names the hash of the one that is gone.
    assert verify().faults == ((three[2].pk, "与上一行的哈希不相接"),)


def test_cut_tail_is_found_by_a_known_head(three, forger):
    Entry.objects.filter(pk=three[2].pk).delete()
    assert verify().sound  # a shorter chain is a chain: only a head kept elsewhere gives it away
    assert not verify(three[2].hash).sound


def test_rebuilt_chain_is_found_by_a_known_head(three, forger):
    """A forger who changes a row and recomputes every hash after it still cannot bring the old head back."""
    previous = GENESIS
    for entry in Entry.objects.order_by("id"):
        entry.because = "改过" if entry.pk == three[1].pk else entry.because
        new = link(previous, at=entry.at, **{n: getattr(entry, n) for n in FIELDS})
        Entry.objects.filter(pk=entry.pk).update(because=entry.because, previous_hash=previous, hash=new)
        previous = new
    assert verify().sound
    assert not verify(three[2].hash).sound


def test_deeds_on_a_record_newest_first(three, office):
    record("deed.again", Ref("thing", "2"), by=office)
    assert [e.action for e in of(Ref("thing", "2"))] == ["deed.again", "deed.2"]
