"""At which state of migration a database is, and the tables as they are at that state."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from qingxi_office.site.keeping.migrating import lean

Node = tuple[str, str]
PASSING = frozenset({"django_session"})
"""Tables that are not kept: who was signed in signs in again."""


def applied(connection: BaseDatabaseWrapper) -> list[Node]:
    """Migrations applied to this database, sorted; empty for an empty database."""
    return sorted(MigrationRecorder(connection).applied_migrations())


@lru_cache(maxsize=1)
def known() -> frozenset[Node]:
    """Migrations that this program brings; a running program brings no others later."""
    return frozenset(MigrationLoader(None).disk_migrations or ())


def pending(connection: BaseDatabaseWrapper) -> list[Node]:
    """Migrations this program would apply, in order."""
    if known() <= set(applied(connection)):
        return []
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _backwards in plan]


def tables(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the database's own tables, without those of extensions and of the engine."""
    with connection.cursor() as cursor:
        found = {info.name for info in connection.introspection.get_table_list(cursor) if info.type in ("t", "p")}
    return found - {"spatial_ref_sys", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4"}


def models(connection: BaseDatabaseWrapper) -> list[Any]:
    """Model classes of the tables that are kept, as they were at this database's state, sorted by table name."""
    loader = MigrationLoader(connection)
    nodes = [node for node in loader.applied_migrations if node in loader.graph.nodes]
    at = loader.project_state(nodes).apps
    there = tables(connection)
    found = {m._meta.db_table: m for m in at.get_models(include_auto_created=True) if not m._meta.proxy}
    found["django_migrations"] = MigrationRecorder.Migration
    return [model for name, model in sorted(found.items()) if name in there and name not in PASSING]


def unknown_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables that no model of this state explains: somebody else's, kept by nobody here."""
    return sorted(tables(connection) - {m._meta.db_table for m in models(connection)} - PASSING)


def migrate_to(connection: BaseDatabaseWrapper, nodes: list[Node]) -> None:
    """Bring an empty database to exactly this state, without the rows Django writes after migrating."""
    executor = MigrationExecutor(connection)
    wanted = set(nodes)
    graph = executor.loader.graph
    # The last of each app's line: a node none of whose children of the same app is wanted.
    leaves = [
        node for node in nodes
        if not any(child.key in wanted and child.key[0] == node[0] for child in graph.node_map[node].children)
    ]  # fmt: skip
    with lean():
        executor.migrate(leaves)
