"""One writer of the trail at a time, so that every row's hash follows the row before it."""

from django.db.backends.base.base import BaseDatabaseWrapper

_TRAIL = 0x71696E67  # any number that nobody else locks; "qing"


def take(connection: BaseDatabaseWrapper) -> None:
    """Wait for one's turn; it is given back at the end of the transaction.

    SQLite has one writer at a time by itself. On PostgreSQL two transactions could read the same last row and
    both follow it; the advisory lock lets the second wait until the first has committed.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TRAIL])
