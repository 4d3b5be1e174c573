"""PostgreSQL with the law SQLite has by nature: whoever begins a transaction writes alone until its end.

Every deed ends in the trail, and the trail is one chain: its writers queue anyway. When they queue at the *end* of
their transactions they hold locked records while they wait, and two of them may wait for each other; what they read
before (is there such a record already? which number is the last?) may have changed by the time they write. So they
queue at the *start*, as SQLite's ``BEGIN IMMEDIATE`` makes them. Reading waits for nobody.
"""

from __future__ import annotations

from django.db.backends.postgresql import base

ONE_WRITER = 0x51_49_4E_47  # the advisory lock's number within this database; any that is the office's alone
_LOCK = f"SELECT pg_advisory_xact_lock({ONE_WRITER})"


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with the queue of writers before the first statement of every outermost ``atomic``."""

    def set_autocommit(
        self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False
    ) -> None:
        """Begin (or end) a transaction; the way Django's ``atomic`` begins one waits for its turn.

        The lock goes with the transaction, whichever way that ends. It is asked of the driver itself: it is no
        question of a page, and pages count theirs. Waits as long as ``lock_timeout`` says, then raises
        ``OperationalError`` and leaves the connection as it was.
        """
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if autocommit or not force_begin_transaction_with_broken_autocommit:
            return
        try:
            with self.wrap_database_errors:
                self.connection.execute(_LOCK)
        except BaseException:
            self.rollback()
            super().set_autocommit(True)
            raise
