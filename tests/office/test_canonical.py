"""The canonical dump: one text for one table whatever database it lies in (docs/formats/canonical-dump.md)."""

import base64
import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from qingxi.origin import Ref
from qingxi_office.places.models import Place
from qingxi_office.site.keeping import canonical, loading, state
from qingxi_office.trail.actions import record
from qingxi_office.trail.models import Entry
from qingxi_office.trail.queries import verify

POINT = "010100000000000000000010400000000000001440"  # WKB of POINT (4 5): little-endian, type 1, two doubles


@pytest.mark.parametrize(
    ("row", "text"),
    [
        # Beijing's 20:00 is noon in UTC; microseconds always six digits.
        ([datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC), date(2026, 11, 22)], '["2026-11-22T12:00:00.000005Z","2026-11-22"]'),
        ([None, True, 7, 2.0, "红岩"], '[null,true,7,2.0,"红岩"]'),
        ([b"\x01\x02", Decimal("1.50")], '["AQI=","1.50"]'),
        # jsonb sorts keys its own way, and knows neither an exponent nor a negative zero.
        ([{"b": 1, "a": [1e16, -0.0]}], '[{"a":[10000000000000000,0.0],"b":1}]'),
        ([1.5e-7, 1e22], "[1.5e-07,10000000000000000000000]"),
        ([float("nan")], '["nan"]'),
    ],
)  # fmt: skip
def test_a_row_by_hand(row, text):
    assert canonical.line(row) == text


def test_a_table_by_hand_has_one_hash_on_both_databases(db):
    """The text below was written by hand; SQLite and PostgreSQL are both held to it."""
    Place.objects.create(
        pk=5, code="999901", name="天河坝县", level="county", path="999901/", lon=104.5, lat=30.0, geometry=bytes.fromhex(POINT),
        valid_from=date(2020, 1, 1), former_names=["天河县"],
    )  # fmt: skip
    model = next(m for m in state.models(connection) if m._meta.db_table == "places_place")
    row = {
        "id": 5, "code": "999901", "name": "天河坝县", "level": "county", "kind": "", "village_class": "", "parent_id": None,
        "path": "999901/", "former_names": ["天河县"], "initials": "", "valid_from": "2020-01-01", "valid_to": None, "lon": 104.5,
        "lat": 30.0, "west": None, "south": None, "east": None, "north": None, "geometry": base64.b64encode(bytes.fromhex(POINT)).decode(), "because": [],
    }  # fmt: skip
    # Columns that later migrations add are null, empty or their default; what was there stays as it is here.
    names, values = (json.loads(text) for text in canonical.lines(model, connection))
    assert names == sorted(names)
    there = dict(zip(names, values, strict=True))
    assert {k: there[k] for k in row} == row
    body = b"".join(canonical.line(v).encode() + b"\n" for v in (names, values))
    assert canonical.dump(model, connection) == canonical.Dumped(1, hashlib.sha256(body).hexdigest())


_NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20)
_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
_JSON = st.recursive(st.none() | st.booleans() | _NUMBERS | _TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3), max_leaves=6)  # fmt: skip


def test_whatever_json_is_put_in_comes_back_as_the_same_text(db, office):
    """A value's canonical text before it is stored equals the text of the stored one, and the trail's hash holds."""

    @given(_JSON)
    def same(value):
        entry = record("试", Ref("village", "1"), by=office, after={"值": value})
        stored = Entry.objects.get(pk=entry.pk).after
        assert canonical.line([stored]) == canonical.line([{"值": value}])

    same()
    assert verify().sound


def test_a_line_comes_back_as_it_was(cast):
    for model in state.models(connection):
        wanted = canonical.fields(model)
        for text in list(canonical.lines(model, connection))[1:]:
            assert canonical.line(canonical.parse(text, wanted)) == text


def test_what_postgresql_cannot_hold_is_named_before_anything_is_written(tmp_path, db):
    """SQLite keeps any length; a name of 90 characters does not fit a column of 80."""
    model = next(m for m in state.models(connection) if m._meta.db_table == "places_unit")
    names = canonical.columns(model)
    row = dict.fromkeys(names) | {"id": 3, "name": "长" * 90, "phone": "1\x002"}
    file = tmp_path / "places_unit.jsonl"
    file.write_text(canonical.line(names) + "\n" + canonical.line(row.values()) + "\n", encoding="utf-8")
    found = loading.unfit([(model, file)])
    assert found == [
        "places_unit 第 3 行 name:文字长 90,列宽 80",
        "places_unit 第 3 行 phone:文字里有空字符(U+0000)",
    ]
