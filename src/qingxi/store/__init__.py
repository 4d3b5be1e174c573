"""The readings' store (读数库): hot rows in SQLite, history in sorted Parquet, queries once in Ibis.

:class:`HotStore` and :class:`PostgresStore` write and are the receiver's sink. :class:`Readings` reads, from any number of processes.
:func:`compact` moves a day into history; :func:`readmit` takes in what a device said before it was registered.
:func:`ddl` gives the hot tables to whoever maps them.
"""

from qingxi.store.archive import Archived, archive_folder, compact, compact_before, damaged, hot_days
from qingxi.store.ddl import ddl
from qingxi.store.hot import HotStore, Outcome
from qingxi.store.lately import Candidate, Latest, Quarantined
from qingxi.store.postgres import PostgresStore, is_postgres
from qingxi.store.reader import open_writer
from qingxi.store.readings import Readings
from qingxi.store.readmit import readmit

__all__ = [
    "Archived",
    "Candidate",
    "HotStore",
    "Latest",
    "Outcome",
    "PostgresStore",
    "Quarantined",
    "Readings",
    "archive_folder",
    "compact",
    "compact_before",
    "damaged",
    "ddl",
    "hot_days",
    "is_postgres",
    "open_writer",
    "readmit",
]
