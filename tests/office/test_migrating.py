"""Migrating without rendering everything anew tells the database what Django's own way tells it."""

from contextlib import nullcontext

import pytest
from django.db import connection, connections, migrations, models
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.state import ProjectState

from qingxi_office.site.keeping.migrating import lean


def _operations():
    """Every kind that the office's migrations are made of, each after one that the short way has changed."""
    key = ("id", models.BigAutoField(primary_key=True))
    return [
        migrations.CreateModel("Post", [key, ("name", models.CharField(max_length=20))]),
        migrations.CreateModel("Person", [key, ("post", models.ForeignKey("small.Post", models.PROTECT))]),
        migrations.AddIndex("Post", models.Index(fields=["name"], name="%(class)s_by_name")),
        migrations.AddConstraint("Post", models.CheckConstraint(condition=~models.Q(name=""), name="post_named")),
        migrations.AddField("Post", "chief", models.ForeignKey("small.Person", models.SET_NULL, null=True)),
        migrations.AddField("Person", "born", models.IntegerField(default=1970)),
        migrations.AddConstraint("Person", models.UniqueConstraint(fields=["post", "born"], name="%(class)s_once")),
        migrations.AlterField("Post", "name", models.CharField(max_length=40, default="x")),
        migrations.CreateModel("Chair", [key, ("people", models.ManyToManyField("small.Person"))]),
        migrations.RenameField("Person", "born", "born_in"),
        migrations.AddIndex("Person", models.Index(fields=["born_in", "post"], name="person_age")),
        migrations.RemoveConstraint("Post", "post_named"),
        migrations.RemoveIndex("Person", "person_age"),
        migrations.RemoveField("Post", "chief"),
        migrations.AlterModelOptions("Chair", {"ordering": ["id"]}),
        migrations.DeleteModel("Chair"),
    ]


@pytest.fixture
def books(db):
    """An empty database: SQLite's editor cannot be opened in the middle of a test's transaction."""
    if connection.vendor != "sqlite":
        yield connection
        return
    connections["scratch"] = DatabaseWrapper({**connection.settings_dict, "NAME": ":memory:"}, "scratch")
    yield connections["scratch"]
    connections["scratch"].close()
    del connections["scratch"]


def _told(books, lean_or_not):
    """The statements that the operations give, and the classes as they stand at the end."""
    told, state = [], ProjectState()
    state.apps  # noqa: B018  rendered, as when migrations run
    with lean_or_not:
        for operation in _operations():
            before = state.clone()
            operation.state_forwards("small", state)
            with books.schema_editor(collect_sql=True) as editor:
                operation.database_forwards("small", editor, before, state)
            told += editor.collected_sql
    seen = {
        model._meta.label: (
            [field.name for field in model._meta.get_fields(include_hidden=True)],
            model._meta.indexes, model._meta.constraints, model._meta.total_unique_constraints,
        )
        for model in state.apps.get_models()
    }  # fmt: skip
    return told, seen


def test_the_same_statements_and_the_same_classes(books):
    short, long = _told(books, lean()), _told(books, nullcontext())
    assert len(short[0]) > 15
    assert short == long


def test_djangos_own_way_stands_again_afterwards():
    before = ProjectState.add_model, ProjectState._append_option
    with pytest.raises(AssertionError), lean():
        assert ProjectState.add_model is before[0], "another stands here while it is open"
    assert (ProjectState.add_model, ProjectState._append_option) == before


def test_the_offices_migrate_is_the_short_one():
    from django.core.management import get_commands

    assert get_commands()["migrate"] == "qingxi_office.site"
