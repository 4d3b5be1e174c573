"""The readings' store (读数库): hot rows in SQLite, history in sorted Parquet, queries once in Ibis.

:class:`HotStore` writes and is the receiver's sink. :class:`Readings` reads, from any number of processes.
:func:`compact` moves a day into history. :func:`ddl` gives the hot tables to whoever maps them.
"""

from qingxi.store.archive import Archived, archive_folder, compact, compact_before, damaged, hot_days
from qingxi.store.ddl import ddl
from qingxi.store.hot import HotStore, Outcome
from qingxi.store.readings import Candidate, Latest, Quarantined, Readings

__all__ = [
    "Archived",
    "Candidate",
    "HotStore",
    "Latest",
    "Outcome",
    "Quarantined",
    "Readings",
    "archive_folder",
    "compact",
    "compact_before",
    "damaged",
    "ddl",
    "hot_days",
]
