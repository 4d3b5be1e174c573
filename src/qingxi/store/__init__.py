"""The readings' store (读数库): hot rows in SQLite, history in sorted Parquet.

:class:`HotStore` writes and is the receiver's sink; :func:`ddl` gives the hot tables to whoever maps them.
"""

from qingxi.store.ddl import ddl
from qingxi.store.hot import HotStore, Outcome

__all__ = ["HotStore", "Outcome", "ddl"]
