"""The readings' store (读数库): hot rows in SQLite, history in sorted Parquet, queries once in Ibis.

:class:`HotStore` and :class:`PostgresStore` write and are the receiver's sink. :class:`Readings` reads, from any number of
processes, and computes with the engine at one address (DuckDB here, or a Spark cluster). :func:`compact_before` moves
days into history and brings hours and days up to date, :func:`file_frames` the raw frames; :func:`readmit` takes in what a device said before it was
registered.
:func:`ddl` gives the hot tables to whoever maps them.

Beside the hot path, in the same store, on SQLite or PostgreSQL (:class:`Side`): the published register
(:func:`publish`), gaps (:class:`GapBook`), commands (:func:`put_command`), clocks, and what upper platforms have still
to hear (:class:`Outgoing`); :class:`Desk` is all of them for one receiver.
"""

from qingxi.store.archive import Archived, archive_folder, compact, compact_before, damaged, hot_days
from qingxi.store.clock import Clock, clocks
from qingxi.store.commands import (
    Asked,
    Command,
    commands_by_token,
    commands_of,
    put_command,
    waiting_commands,
    withdraw_command,
)
from qingxi.store.day_packets import DayPacket, day_packets, days_beside, frames_of
from qingxi.store.ddl import ddl
from qingxi.store.desk import Desk
from qingxi.store.engine import engine_at
from qingxi.store.frames import FramesFiled, file_frames, let_frames_go
from qingxi.store.gaps import GapBook, Line
from qingxi.store.hot import HotStore, Outcome
from qingxi.store.lately import Candidate, Latest, Quarantined
from qingxi.store.levels import make_levels
from qingxi.store.lists import Starved
from qingxi.store.outgoing import Outgoing, Position
from qingxi.store.postgres import PostgresStore
from qingxi.store.quarantine_kept import Trimmed, trim_quarantine
from qingxi.store.reader import open_writer, store_exists
from qingxi.store.readings import Readings
from qingxi.store.readmit import readmit
from qingxi.store.register import (
    open_side,
    publish,
    publish_platforms,
    published_devices,
    published_platforms,
    register_version,
)
from qingxi.store.side import Side, is_postgres
from qingxi.store.upgrade import bring_up
from qingxi.store.window import Pieces, Window

__all__ = [
    "Archived",
    "Asked",
    "Candidate",
    "Clock",
    "Command",
    "DayPacket",
    "Desk",
    "FramesFiled",
    "GapBook",
    "HotStore",
    "Latest",
    "Line",
    "Outcome",
    "Outgoing",
    "Pieces",
    "Position",
    "PostgresStore",
    "Quarantined",
    "Readings",
    "Side",
    "Starved",
    "Trimmed",
    "Window",
    "archive_folder",
    "bring_up",
    "clocks",
    "commands_by_token",
    "commands_of",
    "compact",
    "compact_before",
    "damaged",
    "day_packets",
    "days_beside",
    "ddl",
    "engine_at",
    "file_frames",
    "frames_of",
    "hot_days",
    "is_postgres",
    "let_frames_go",
    "make_levels",
    "open_side",
    "open_writer",
    "publish",
    "publish_platforms",
    "published_devices",
    "published_platforms",
    "put_command",
    "readmit",
    "register_version",
    "store_exists",
    "trim_quarantine",
    "waiting_commands",
    "withdraw_command",
]
