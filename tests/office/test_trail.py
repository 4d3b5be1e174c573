"""The trail: append-only in the database, and a chain that finds every forgery."""

import pytest
from django.db import IntegrityError, connection, transaction

from qingxi.origin import Ref
from qingxi_office.trail import triggers
from qingxi_office.trail.actions import FIELDS, record
from qingxi_office.trail.chain import GENESIS, link
from qingxi_office.trail.models import Entry
from qingxi_office.trail.queries import Known, count, head, manifest, of, verify

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


def sql(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def rebuild(from_number=1):
    """The forger's last resort: every hash from a row on made anew, so that the chain hangs together again."""
    previous = GENESIS
    for number, entry in enumerate(Entry.objects.order_by("id"), start=1):
        new = link(previous, at=entry.at, **{n: getattr(entry, n) for n in FIELDS})
        if number >= from_number:
            sql("UPDATE trail_entry SET previous_hash = %s, hash = %s WHERE id = %s", previous, new, entry.pk)
        previous = new


@pytest.fixture
def ten(office):
    """Ten rows; heads were written down after the fourth (a bulletin) and the eighth (a backup)."""
    known = []
    for n in range(1, 11):
        record("deed", Ref("thing", str(n)), by=office, because=f"第{n}件")
        if n in (4, 8):
            known.append(Known(head(), count(), {4: "通报", 8: "备份"}[n]))
    return known


def forgeries():
    return {
        "edit": ("UPDATE trail_entry SET because = 'x' WHERE subject_id = '6'", False, "内容与哈希不符"),
        "edit and rebuild": (
            "UPDATE trail_entry SET because = 'x' WHERE subject_id = '6'",
            True,
            "第 5 行到第 8 行之间",
        ),
        "edit early and rebuild": (
            "UPDATE trail_entry SET because = 'x' WHERE subject_id = '2'",
            True,
            "第 1 行到第 4 行之间",
        ),
        "another doer": (
            "UPDATE trail_entry SET by_name = 'x' WHERE subject_id = '6'",
            True,
            "第 5 行到第 8 行之间",
        ),
        "drop": ("DELETE FROM trail_entry WHERE subject_id = '6'", False, "与上一行的哈希不相接"),
        "drop and rebuild": ("DELETE FROM trail_entry WHERE subject_id = '6'", True, "第 5 行到第 8 行之间"),
        "truncate": ("DELETE FROM trail_entry WHERE subject_id IN ('7', '8', '9', '10')", False, "末尾被截"),
        "empty": ("DELETE FROM trail_entry", False, "末尾被截"),
    }


@pytest.mark.parametrize("name", forgeries())
def test_each_forgery_is_found_and_says_where(ten, forger, name):
    assert verify(*ten).sound
    text, again, told = forgeries()[name]
    sql(text)
    if again:
        rebuild()
        assert verify().sound, "nothing inside the chain tells; the heads written down elsewhere do"
    found = " ".join(why for _row, why in verify(*ten).faults)
    assert told in found


def test_a_row_slipped_in_at_the_front_is_found_by_its_number(ten, forger, office):
    """Rows before a known head that were not there when it was written down: the head cannot stand at its number."""
    wrong = [Known(ten[1].head, ten[1].count - 1, "备份")]
    assert "前面插进或少了行" in verify(*wrong).faults[0][1]


def test_manifest_is_what_a_backup_keeps(ten):
    assert manifest() == {"count": 10, "head": head()}


def test_the_newest_rows_are_proved_without_the_rest(ten, forger):
    assert verify(newest=3).rows == 3
    sql("UPDATE trail_entry SET because = 'x' WHERE subject_id = '9'")
    assert not verify(newest=3).sound
    sql("UPDATE trail_entry SET because = '第9件' WHERE subject_id = '9'")
    sql("UPDATE trail_entry SET because = 'x' WHERE subject_id = '2'")
    assert verify(newest=3).sound
