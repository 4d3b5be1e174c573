"""A few rows out of a big sorted Parquet file: only the row groups that can hold them are read."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


@lru_cache(maxsize=4096)
def _opened(file: Path, key: str) -> tuple[pq.FileMetaData, tuple[tuple[str, str], ...]]:
    """Metadata and each row group's least and greatest key; files never change, so it is read once a process."""
    meta = pq.read_metadata(file)
    column = meta.schema.to_arrow_schema().get_field_index(key)
    ends = []
    for group in range(meta.num_row_groups):
        known = meta.row_group(group).column(column).statistics
        ends.append((known.min, known.max) if known is not None and known.has_min_max else ("", "\U0010ffff"))
    return meta, tuple(ends)


def rows_with(file: Path, key: str, wanted: Sequence[str], columns: Sequence[str]) -> pa.Table:
    """Rows whose ``key`` is among ``wanted``, with those of ``columns`` that the file has."""
    meta, ends = _opened(file, key)
    keys = sorted(wanted)
    groups = [at for at, (low, high) in enumerate(ends) if bisect_left(keys, low) < bisect_right(keys, high)]
    there = set(meta.schema.to_arrow_schema().names)
    names = [name for name in dict.fromkeys((key, *columns)) if name in there]
    with pq.ParquetFile(file, metadata=meta) as opened:
        table = opened.read_row_groups(groups, columns=names, use_threads=False)
    return table.filter(pc.is_in(table[key], value_set=pa.array(keys, pa.string())))
