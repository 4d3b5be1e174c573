"""When each device was heard of first: the beginning of its life here."""

from qingxi.store.side import Side


def begun(side: Side) -> dict[str, int]:
    """The first DataTime of every device's lines, seconds since 1970 UTC, by MN."""
    rows = side.rows("SELECT mn, min(since_s) FROM telemetry_line WHERE since_s > 0 GROUP BY mn")
    return {mn: int(since_s) for mn, since_s in rows}
