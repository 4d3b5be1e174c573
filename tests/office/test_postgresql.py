"""What only PostgreSQL has: native geometry beside WKB, and writers that meet at the same moment."""

import os
import threading
from pathlib import Path

import pytest
import shapely
from django.db import connection, connections

from qingxi.origin import Ref
from qingxi_office.places.models import Place
from qingxi_office.site import databases
from qingxi_office.site.keeping import geometry
from qingxi_office.trail import triggers
from qingxi_office.trail.actions import record
from qingxi_office.trail.models import Entry
from qingxi_office.trail.queries import verify

on_postgresql = pytest.mark.skipif(
    os.environ.get("QINGXI_TEST_DATABASE") != "postgresql",
    reason="plays on PostgreSQL: QINGXI_TEST_DATABASE=postgresql",
)


@on_postgresql
def test_wkb_stands_as_geometry_for_qgis(db):
    wkb = shapely.to_wkb(shapely.box(104, 30, 105, 31))
    place = Place.objects.create(code="999901", name="县", level="county", path="999901/", geometry=wkb)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_AsText(geom), ST_SRID(geom) FROM places_place WHERE id = %s", [place.pk])
        assert cursor.fetchone() == ("POLYGON((105 30,105 31,104 31,104 30,105 30))", 4490)
        # Kept by the database itself.
        Place.objects.filter(pk=place.pk).update(geometry=shapely.to_wkb(shapely.Point(104.5, 30.25)))
        cursor.execute("SELECT ST_AsText(geom) FROM places_place WHERE id = %s", [place.pk])
        assert cursor.fetchone() == ("POINT(104.5 30.25)",)
        cursor.execute("SELECT f_table_name FROM geometry_columns WHERE srid = 4490")
        assert {"places_place", "facilities_facilityrecord", "villages_householdrecord"} <= {
            row[0] for row in cursor
        }
    assert geometry.ensure(connection) == []  # nothing is missing any more


@on_postgresql
def test_a_place_without_coordinates_has_no_point(cast):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(geom) FROM facilities_facilityrecord")
        assert cursor.fetchone() == (2, 0)


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Books in which deeds are really committed; their trail is emptied afterwards, which only a test may do."""
    with django_db_blocker.unblock():
        yield
        triggers.remove(connection)
        Entry.objects.all().delete()
        triggers.install(connection)


def test_writers_at_the_same_moment_follow_each_other_in_the_trail(committed, office):
    """Four hands, six deeds each: 24 rows, one chain. Without taking turns two rows would follow the same one."""
    ready = threading.Barrier(4)

    def write(hand):
        try:
            ready.wait()
            for n in range(6):
                record("试", Ref("village", f"{hand}-{n}"), by=office)
        finally:
            connections.close_all()

    hands = [threading.Thread(target=write, args=(hand,)) for hand in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    report = verify()
    assert report.sound, report.faults
    assert report.rows == 24


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://qx:p%40ss@db.county:5433/office", ("office", "qx", "p@ss", "db.county", "5433", {"options": "-c lock_timeout=120000"})),
        ("postgres:///office?host=/var/run/postgresql&sslmode=require", ("office", "", "", "/var/run/postgresql", "", {"sslmode": "require", "options": "-c lock_timeout=120000"})),
    ],
)  # fmt: skip
def test_an_address_by_hand(address, said):
    found = databases.postgresql(address)  # a command waits two minutes for its turn
    assert tuple(found[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")) == said


@pytest.mark.parametrize(
    "address", ["mysql://a/b", "postgresql://host", "postgresql://u:geheim@h:port/x", "office"]
)
def test_no_address_says_what_one_looks_like_and_hides_the_password(address):
    with pytest.raises(databases.BadAddress) as said:
        databases.postgresql(address)
    assert "postgresql://" in str(said.value)
    assert "geheim" not in str(said.value)
    with pytest.raises(databases.BadAddress):
        databases.store(address, Path("/home/store.sqlite3"))


def test_where_readings_lie():
    """A file elsewhere would be in no backup."""
    home = Path("/home/store.sqlite3")
    assert [databases.store(said, home) for said in ("", str(home))] == [home, home]
    assert databases.store("postgresql://q@db/readings", home) == "postgresql://q@db/readings"
    with pytest.raises(databases.BadAddress):
        databases.store("/elsewhere/store.sqlite3", home)
