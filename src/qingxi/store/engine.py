"""Where expressions are computed: DuckDB in this process, or a Spark cluster at one address.

The address is one setting, ``QINGXI_ENGINE``: empty or ``duckdb``, or what Spark calls a master (``spark://host:7077``,
``local[2]``). Expressions are written once in Ibis over tables with fixed names; an engine makes those tables out of
Parquet files and Arrow, and turns the expression into its own SQL. On a cluster the files must lie where every
worker reads them under the same path.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from qingxi.store.spark import MASTERS, REMEDIES

SETTING = "QINGXI_ENGINE"


class Engine(Protocol):
    """Computes expressions over named tables."""

    def put(self, name: str, table: pa.Table) -> None:
        """Give an Arrow table a name; replaces the one of that name."""

    dialect: str
    batch_rows: int
    """Packets to compute at once, about."""

    def put_files(
        self, name: str, files: Sequence[Path], extra: pa.Table, schema: pa.Schema, time: tuple[int, int]
    ) -> None:
        """Parquet files and an Arrow table as one table of these columns, with ``at_s`` within a time.

        A column that is missing is null; the end of the time is not in it.
        """

    def run(self, expression: Any) -> pa.Table:
        """The answer to an Ibis expression."""

    def run_sql(self, text: str) -> pa.Table:
        """The answer to an expression in the engine's own words (:func:`sql_of`)."""

    def close(self) -> None:
        """Give back what it holds."""


@lru_cache(maxsize=8192)
def columns_of(file: Path) -> frozenset[str]:
    """Columns of a Parquet file; files never change, so they are looked at once."""
    return frozenset(pq.read_schema(file).names)


@lru_cache(maxsize=8192)
def rows_of_file(file: Path) -> int:
    """Rows of a Parquet file."""
    return int(pq.read_metadata(file).num_rows)


@lru_cache(maxsize=8192)
def only_value(file: Path, column: str) -> str | None:
    """What a column holds in every row, where the file's statistics say so."""
    meta = pq.read_metadata(file)
    at, seen = meta.schema.to_arrow_schema().get_field_index(column), set[Any]()
    for group in range(meta.num_row_groups):
        known = meta.row_group(group).column(at).statistics
        seen |= {known.min, known.max} if known is not None and known.has_min_max else {None, ""}
    return str(seen.pop()) if len(seen) == 1 else None


class DuckEngine:
    """DuckDB in memory: nothing is locked, any number of processes read."""

    dialect = "duckdb"
    batch_rows = 500_000  # sums that stay near the processor; with fewer, putting questions costs more

    def __init__(self) -> None:
        import duckdb

        self._db = duckdb.connect()
        # Rows are put in order by whoever asks for an order.
        self._db.execute("SET preserve_insertion_order = false")

    def put(self, name: str, table: pa.Table) -> None:
        """As the protocol says."""
        self._db.register(name, table)

    def put_files(
        self, name: str, files: Sequence[Path], extra: pa.Table, schema: pa.Schema, time: tuple[int, int]
    ) -> None:
        """As the protocol says."""
        parts, within = [], f"WHERE at_s >= {int(time[0])} AND at_s < {int(time[1])}"
        for there, group in _by_columns(files, schema).items():
            names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in group)
            columns = ", ".join(_column(field, field.name in there) for field in schema)
            parts.append(f"SELECT {columns} FROM read_parquet([{names}], hive_partitioning = false) {within}")
        if extra.num_rows or not parts:
            self._db.register(name + "_extra", extra)
            there = frozenset(extra.column_names)
            columns = ", ".join(_column(field, field.name in there) for field in schema)
            parts.append(f"SELECT {columns} FROM {name}_extra {within}")
        self._db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS " + " UNION ALL ".join(parts))

    def run(self, expression: Any) -> pa.Table:
        """As the protocol says."""
        return self.run_sql(sql_of(expression, self.dialect))

    def run_sql(self, text: str) -> pa.Table:
        """As the protocol says."""
        return self._db.sql(text).to_arrow_table()

    def close(self) -> None:
        """As the protocol says."""
        self._db.close()


_DUCK_TYPES = {"string": "VARCHAR", "double": "DOUBLE", "int64": "BIGINT", "int32": "INTEGER", "bool": "BOOLEAN"}


def _column(field: pa.Field, there: bool) -> str:
    if there:
        return f'"{field.name}"'
    return f'CAST(NULL AS {_DUCK_TYPES[str(field.type)]}) AS "{field.name}"'


def _by_columns(files: Sequence[Path], schema: pa.Schema) -> dict[frozenset[str], list[Path]]:
    """Files that have the same of the wanted columns together: each group is read as one."""
    wanted, groups = frozenset(schema.names), dict[frozenset[str], list[Path]]()
    for file in files:
        groups.setdefault(columns_of(file) & wanted, []).append(file)
    return groups


class SparkEngine:
    """A Spark cluster (or ``local[n]``); one session a process."""

    dialect = "spark"
    batch_rows = 1 << 62

    def __init__(self, master: str) -> None:
        from qingxi.store.spark import session

        self._spark = session(master)

    def put(self, name: str, table: pa.Table) -> None:
        """As the protocol says."""
        self._spark.createDataFrame(table).createOrReplaceTempView(name)

    def put_files(
        self, name: str, files: Sequence[Path], extra: pa.Table, schema: pa.Schema, time: tuple[int, int]
    ) -> None:
        """As the protocol says."""
        from pyspark.sql import functions as f

        kinds = {"string": "string", "double": "double", "int64": "bigint", "int32": "int", "bool": "boolean"}

        def picked(frame: Any, there: frozenset[str]) -> Any:
            return frame.select(
                *(
                    f.col(field.name) if field.name in there
                    else f.lit(None).cast(kinds[str(field.type)]).alias(field.name)
                    for field in schema
                )
            )  # fmt: skip

        def words(there: frozenset[str]) -> str:
            """Columns said beforehand: else a job of its own reads the files' footers."""
            return ", ".join(f"{field.name} {kinds[str(field.type)]}" for field in schema if field.name in there)

        # A file on this machine, whatever disk the cluster takes a bare path for.
        frames = [
            picked(
                self._spark.read.schema(words(there)).parquet(*(f"file:{file.absolute()}" for file in group)), there
            )
            for there, group in _by_columns(files, schema).items()
        ]
        if extra.num_rows or not frames:
            frames.append(picked(self._spark.createDataFrame(extra), frozenset(extra.column_names)))
        whole = frames[0]
        for frame in frames[1:]:
            whole = whole.unionAll(frame)
        whole.where((f.col("at_s") >= time[0]) & (f.col("at_s") < time[1])).createOrReplaceTempView(name)

    def run(self, expression: Any) -> pa.Table:
        """As the protocol says."""
        return self.run_sql(sql_of(expression, self.dialect))

    def run_sql(self, text: str) -> pa.Table:
        """As the protocol says."""
        return self._spark.sql(text).toArrow()

    def close(self) -> None:
        """The session stays for the process's next question; it ends with the process."""


def sql_of(expression: Any, dialect: str) -> str:
    """An expression in the words of ``duckdb`` or ``spark``."""
    from ibis.backends.sql import compilers
    from ibis.config import Config, options

    if dialect == "duckdb":
        return str(compilers.DuckDBCompiler().to_sqlglot(expression).sql(dialect="duckdb"))
    if options.pyspark is None:  # set by Ibis's own connection to Spark, which needs pandas and is not used here

        class PySpark(Config):  # type: ignore[misc]
            treat_nan_as_null: bool = False

        options.pyspark = PySpark()
    return str(compilers.PySparkCompiler().to_sqlglot(expression).sql(dialect="spark"))


def engine_at(address: str | None = None) -> Engine:
    """The engine at an address; None takes the setting ``QINGXI_ENGINE``.

    Raises
    ------
    ValueError
        For an address that no engine has.
    """
    where = os.environ.get(SETTING, "") if address is None else address
    if where in ("", "duckdb"):
        return DuckEngine()
    if where.startswith(MASTERS):
        return SparkEngine(where)
    raise ValueError(REMEDIES["address"].format(master=where))
