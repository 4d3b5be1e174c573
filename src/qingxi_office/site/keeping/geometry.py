"""Native geometry beside WKB on PostGIS, so that QGIS opens the books' tables as layers.

The office itself reads WKB and plain numbers on both engines. On PostGIS every table with WKB, or with a longitude
and latitude and no WKB, gets a column ``geom`` (EPSG:4490) that the database computes from them and keeps by itself.
"""

from __future__ import annotations

import logging
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger(__name__)
COLUMN = "geom"
_WKB = "geometry(Geometry,4490) GENERATED ALWAYS AS (ST_SetSRID(ST_GeomFromWKB({field}),4490)) STORED"
_POINT = "geometry(Point,4490) GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon,lat),4490)) STORED"


def has_postgis(connection: BaseDatabaseWrapper) -> bool:
    """Whether this database has PostGIS; makes the extension when the server has it and the user may."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
        if cursor.fetchone():
            return True
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
        if not cursor.fetchone():
            return False
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except DatabaseError as error:
        log.warning("PostGIS is there but may not be made in this database: %s", error)
        return False
    return True


def layers() -> dict[str, str]:
    """Table → definition of its native column, for every model of the office that lies somewhere."""
    found: dict[str, str] = {}
    for model in apps.get_models():
        fields: dict[str, Any] = {f.name: f for f in model._meta.concrete_fields}
        if not model._meta.managed or COLUMN in fields:
            continue
        if isinstance(fields.get("geometry"), models.BinaryField):
            found[model._meta.db_table] = _WKB.format(field=fields["geometry"].column)
        elif isinstance(fields.get("lon"), models.FloatField) and isinstance(fields.get("lat"), models.FloatField):
            found[model._meta.db_table] = _POINT
    return found


def ensure(connection: BaseDatabaseWrapper) -> list[str]:
    """Add the native columns that are missing; gives the tables that got one. Does nothing without PostGIS."""
    if connection.vendor != "postgresql" or not has_postgis(connection):
        return []
    with connection.cursor() as cursor:
        there = {info.name for info in connection.introspection.get_table_list(cursor)}
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = %s",
            [COLUMN],
        )
        done = {row[0] for row in cursor.fetchall()}
        new = [(table, how) for table, how in sorted(layers().items()) if table in there and table not in done]
        for table, how in new:
            cursor.execute(f'ALTER TABLE "{table}" ADD COLUMN {COLUMN} {how}')
            cursor.execute(f'CREATE INDEX "{table}_{COLUMN}" ON "{table}" USING gist ({COLUMN})')
    return [table for table, _how in new]


def after_migrate(sender: Any, using: str = "default", **_: Any) -> None:
    """Django's signal after every migration: new tables get their column."""
    from django.db import connections

    ensure(connections[using])
