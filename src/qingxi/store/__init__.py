"""The readings' store (读数库): hot rows in SQLite, history in sorted Parquet, queries once in Ibis.

:class:`HotStore` writes and is the receiver's sink. :class:`Readings` reads, from any number of processes, and computes
with the engine at one address (DuckDB here, or a Spark cluster). :func:`compact_before` moves days into history and
brings hours and days up to date; :func:`readmit` takes in what a device said before it was registered.
:func:`ddl` gives the hot tables to whoever maps them.
"""

from qingxi.store.archive import Archived, archive_folder, compact, compact_before, damaged, hot_days
from qingxi.store.ddl import ddl
from qingxi.store.engine import engine_at
from qingxi.store.hot import HotStore, Outcome
from qingxi.store.lately import Candidate, Latest, Quarantined
from qingxi.store.levels import make_levels
from qingxi.store.readings import Readings
from qingxi.store.readmit import readmit
from qingxi.store.window import Pieces, Window

__all__ = [
    "Archived",
    "Candidate",
    "HotStore",
    "Latest",
    "Outcome",
    "Pieces",
    "Quarantined",
    "Readings",
    "Window",
    "archive_folder",
    "compact",
    "compact_before",
    "damaged",
    "ddl",
    "engine_at",
    "hot_days",
    "make_levels",
    "readmit",
]
