"""Migrating in half the time: a state of migration is not rendered anew where nothing of it has changed.

Django makes the classes of all models that are related to a changed one anew, after every operation; here nearly every
table points to places, people and units, so that a new office renders some twelve thousand classes. Two kinds of
operation change no class that is there already: a new model (only its own class is made; the reverse relations are
entered into the others as they are when a program starts), and a new index or constraint (a list in the class's own
options). These make two thirds of the work. What the database is told is the same, statement by statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ModelState, ProjectState


def _add_model(state: Any, model_state: ModelState) -> None:
    key = app, name = model_state.app_label, model_state.name_lower
    state.models[key] = model_state
    if state._relations is not None:
        state.resolve_model_relations(key)
    if "apps" in state.__dict__:  # asking for the property would render everything
        if name in state.apps.all_models[app]:
            state.reload_model(app, name)
        else:
            state.apps.render_multiple([model_state])


def _append_option(state: Any, app: str, name: str, option: str, added: Any) -> None:
    model_state = state.models[app, name]
    model_state.options[option] = [*model_state.options[option], added]
    if "apps" in state.__dict__:
        options = state.apps.get_model(app, name)._meta
        # As when the class is made: names with %(class)s are filled in.
        setattr(options, option, options._format_names(model_state.options[option]))
        options.original_attrs[option] = getattr(options, option)
        options._expire_cache()


_OURS = {"add_model": _add_model, "_append_option": _append_option}


@contextmanager
def lean() -> Iterator[None]:
    """While this is open, migrations render only what they change. One process migrates at a time; it has one thread."""
    theirs = {name: ProjectState.__dict__.get(name) for name in _OURS}
    if None in theirs.values():  # another Django: its own way, which is slower
        yield
        return
    for name, ours in _OURS.items():
        setattr(ProjectState, name, ours)
    try:
        yield
    finally:
        for name, method in theirs.items():
            setattr(ProjectState, name, method)
