"""The tables beside the hot path: register, gaps, commands, clocks, forwarding. Their one owner.

Everything here can be slow without a device noticing: nobody waits for it with an acknowledgement. Times are seconds
(``*_s``) or milliseconds (``*_ms``) since 1970 UTC; days are counted in Beijing since 1970.
"""

from qingxi.store.ddl import _TYPES

_TABLES = """
CREATE TABLE IF NOT EXISTS telemetry_setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS telemetry_register (
    mn TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS telemetry_line (
    mn TEXT NOT NULL,
    kind TEXT NOT NULL,
    since_s {big} NOT NULL,
    last_s {big} NOT NULL,
    step_s INTEGER NOT NULL,
    learned INTEGER NOT NULL,
    PRIMARY KEY (mn, kind)
);
CREATE TABLE IF NOT EXISTS telemetry_gap (
    mn TEXT NOT NULL,
    kind TEXT NOT NULL,
    day INTEGER NOT NULL,
    live INTEGER NOT NULL,
    late INTEGER NOT NULL,
    named INTEGER NOT NULL,
    slots {bytes} NOT NULL,
    PRIMARY KEY (mn, kind, day)
);
CREATE INDEX IF NOT EXISTS telemetry_gap_day ON telemetry_gap (day, mn, kind, live, late, named);
CREATE TABLE IF NOT EXISTS telemetry_clock (
    mn TEXT PRIMARY KEY,
    offset_s {double} NOT NULL,
    at_ms {big} NOT NULL,
    wrong_since_ms {big} NOT NULL,
    set_ms {big} NOT NULL
);
CREATE TABLE IF NOT EXISTS telemetry_event (
    id {serial},
    mn TEXT NOT NULL,
    kind TEXT NOT NULL,
    at_ms {big} NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS telemetry_event_mn ON telemetry_event (mn, id);
CREATE TABLE IF NOT EXISTS telemetry_command (
    id {serial},
    token TEXT NOT NULL UNIQUE,
    mn TEXT NOT NULL,
    cn TEXT NOT NULL,
    fields TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_ms {big} NOT NULL,
    expires_ms {big} NOT NULL,
    state TEXT NOT NULL,
    code INTEGER,
    qn TEXT NOT NULL,
    sent_ms {big} NOT NULL,
    ended_ms {big} NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS telemetry_command_state ON telemetry_command (state, id);
CREATE INDEX IF NOT EXISTS telemetry_command_mn ON telemetry_command (mn, id);
CREATE TABLE IF NOT EXISTS telemetry_fill (
    mn TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    open_slots INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    at_ms {big} NOT NULL,
    said TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS telemetry_platform (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS telemetry_forward (
    platform TEXT PRIMARY KEY,
    raw_id {big} NOT NULL,
    frame INTEGER NOT NULL,
    acked {big} NOT NULL,
    resent {big} NOT NULL,
    refused {big} NOT NULL,
    behind {big} NOT NULL,
    state TEXT NOT NULL,
    said TEXT NOT NULL,
    at_ms {big} NOT NULL,
    acked_ms {big} NOT NULL
);
"""


def side_ddl(dialect: str = "sqlite") -> tuple[str, ...]:
    """Statements that make the tables beside the hot path where they are missing; dialects as in ``ddl``."""
    try:
        types = _TYPES[dialect]
    except KeyError:
        raise ValueError(f"no DDL for {dialect!r}, only {', '.join(_TYPES)}") from None
    return tuple(s.strip() for s in _TABLES.format(**types).split(";") if s.strip())
