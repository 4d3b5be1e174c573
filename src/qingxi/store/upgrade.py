"""Days filed by an earlier version, one row a value, are filed anew, one row a packet; nothing is lost on the way."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from qingxi.store.filing import write_file
from qingxi.store.hot import connect
from qingxi.store.wide import Row, ordered, wide


def file_anew(store: Path | str, folder: Path, row_group: int, made_ms: int) -> int:
    """File such days again; returns how many. Each is one transaction; the old files go with the next sweep."""
    db = connect(store)
    try:
        old = db.execute("SELECT day, file FROM telemetry_history WHERE file LIKE 'date=%' ORDER BY day").fetchall()
        for day, file in old:
            table = ordered(wide(_packets(pq.read_table(folder / file).to_pylist())))
            new, digest = write_file(table, folder, f"level=raw/date={day}", row_group)
            with db:
                db.execute(
                    "UPDATE telemetry_history SET file=?, rows=?, sha256=?, made_ms=? WHERE day=? AND file=?",
                    (new, table.num_rows, digest, made_ms, day, file),
                )
            (folder / file).unlink(missing_ok=True)
        return len(old)
    finally:
        db.close()


def bring_up(store: Path | str, made_ms: int) -> int:
    """A store that an earlier program wrote, in this one's shape: missing tables made, old days filed anew, levels made.

    Returns how many days were filed anew. ``made_ms`` is the clock, for the manifest.
    """
    from qingxi.store.archive import RAW_ROWS, archive_folder
    from qingxi.store.hot import HotStore
    from qingxi.store.levels import make_levels
    from qingxi.store.side import Side

    HotStore(store).close()
    Side(store).close()
    filed = file_anew(store, archive_folder(store), RAW_ROWS, made_ms)
    make_levels(store, made_ms)
    return filed


def _packets(rows: list[dict[str, Any]]) -> list[Row]:
    """Values of one moment as a packet a version; a version holds what the one before it held, and its own."""
    moments: dict[tuple[str, str, int], dict[int, list[dict[str, Any]]]] = {}
    for row in rows:
        moments.setdefault((row["mn"], row["cn"], row["at_s"]), {}).setdefault(row["version"], []).append(row)
    packets: list[Row] = []
    for (mn, cn, at_s), versions in moments.items():
        body: dict[str, dict[str, float | str]] = {}
        for version, values in sorted(versions.items()):
            body = {name: dict(cells) for name, cells in body.items()}
            for row in values:
                cells = body.setdefault(row["quantity"], {})
                cells[row["statistic"]] = row["value"] if row["value"] is not None else row["text"]
                if row["mark"]:
                    cells["Flag"] = row["mark"]
            one = values[0]
            packets.append(
                (mn, cn, one["kind"], at_s, version, body, one["received_ms"], one["source"], one["raw"])
            )
    return packets
