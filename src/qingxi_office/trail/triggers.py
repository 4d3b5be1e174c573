"""Triggers that refuse to change or remove a row of the trail, for each database."""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "trail_entry"
_SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}
    BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"""
    for verb in ("UPDATE", "DELETE")
]
_POSTGRES = [
    """CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the trail is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"CREATE OR REPLACE TRIGGER {TABLE}_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse()",
]


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers where they are missing."""
    with connection.cursor() as cursor:
        for sql in _SQLITE if connection.vendor == "sqlite" else _POSTGRES:
            cursor.execute(sql)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away; only tests that play a forger, or empty the database, do so."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{verb}")
        else:
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_keep ON {TABLE}")
