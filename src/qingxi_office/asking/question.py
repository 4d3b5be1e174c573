"""A question to the books whose words stay and whose values change.

    late = ask(user, lambda u, at: seen.issues(u).filter(is_open=True, due_on__lt=at.today), today=clock.today())

Django puts a queryset into SQL anew each time it is asked: for the wide, ruled readings of the office's pages that is five times
the work of the database. ``ask`` keeps the SQL. It is built by the same functions as ever (``seen.issues(u)``), so that rights
stay where they are; only values are put in the place of values. The lambda closes over nothing: what changes from one asking to
the next is handed in by name. It may choose its words by the person's role, by whether they have a unit, by whether a value is
None, a flag, and how long a list is; by other values, the clock or other rows it may not.

How a value is known in the SQL: the question is built once with marks instead of values (of the person: the path of their places
and their unit), and once with the real ones. Where the two SQL texts are the same and the marks stand where the real values stand,
the text is kept; where they are not, the question is asked as ever. Under
``QINGXI_CHECK_QUESTIONS``, which the tests set, the SQL of the first askings and of every fifth is compared with a fresh queryset's;
not while somebody counts a page's questions, for building looks things up (the county) that the page would have asked for itself.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, SimpleNamespace
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet, prefetch_related_objects

T = TypeVar("T")
Values = Any
"""What a question is built with: the values asked with, as attributes."""
Build = Callable[[Any, Values], "QuerySet[Any, T]"]
_PATH, _NOBODY = "\x01scope\x01", -(10**15)
_PLAIN = (str, int, dt.date, dt.datetime)
_CHECKED = 5
_MOST = 4000  # texts that one question keeps


@dataclass(frozen=True, slots=True)
class _Slot:
    """A parameter that is a value: whose, and how it is written."""

    name: str
    place: int | None  # in a list
    write: Callable[[Any, Any], Any]


class _Known(Generic[T]):
    """One SQL text and how its parameters and rows are read."""

    def __init__(self, rows: QuerySet[Any, T], sql: str, params: Sequence[Any], compiler: Any) -> None:
        self.rows, self.sql, self.params, self.compiler = rows, sql, list(params), compiler
        self.slots: list[tuple[int, _Slot]] = []
        fields = [s[0] for s in compiler.select[0 : compiler.col_count]]
        self.converters = compiler.get_converters(fields)
        self.plain = not compiler.has_composite_fields(fields)

    def filled(self, every: dict[str, Any], connection: Any) -> tuple[Any, ...]:
        params = list(self.params)
        for at, slot in self.slots:
            value = every[slot.name]
            params[at] = slot.write(connection, value if slot.place is None else value[slot.place])
        return tuple(params)

    def ask(self, params: tuple[Any, ...], connection: Any) -> list[T]:
        compiler = copy.copy(self.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *_, **__: (self.sql, params)
        compiler.get_converters = lambda _fields: self.converters
        compiler.has_composite_fields = lambda _fields: False
        rows: Any = self.rows
        found: list[T] = list(rows._iterable_class(_Standing(rows, compiler), chunked_fetch=False))
        if rows._prefetch_related_lookups:
            prefetch_related_objects(found, *rows._prefetch_related_lookups)
        return found


class _Standing:
    """Stands for the queryset before what draws rows from it: everything is the queryset's but the compiler."""

    def __init__(self, rows: Any, compiler: Any) -> None:
        self._rows, self._compiler = rows, compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)

    @property
    def query(self) -> Any:
        return _Query(self._rows.query, self._compiler)


class _Query:
    def __init__(self, query: Any, compiler: Any) -> None:
        self._query, self._compiler = query, compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)

    def get_compiler(self, using: Any = None, connection: Any = None, elide_empty: bool = True) -> Any:
        return self._compiler


_DIRECT = object()  # its words hang on its values: asked as ever
_EMPTY = object()  # nobody of this kind sees any


class Question(Generic[T]):
    """What is known of one way to build: by database, kind of person and lengths of lists.

    ``ask`` makes one of a lambda; who makes one by hand sees to it that ``build`` closes over what never changes.
    """

    def __init__(self, build: Build[T]) -> None:
        self._build = build
        self._known: dict[Any, Any] = {}
        self._asked: dict[int, int] = {}  # for the check alone

    def __call__(self, user: Any, **given: Any) -> list[T]:
        connection = connections[DEFAULT_DB_ALIAS]
        person = _person(user)
        if person is None or not all(map(_fits, given.values())):
            return list(self._build(user, SimpleNamespace(**given)))
        values = {name: _padded(v) if isinstance(v, list) else v for name, v in given.items()}
        every = {**person, **values}
        shape = (connection.vendor, *_shape(user), *map(_shape_of, values.values()))
        known = self._known.get(shape)
        if known is None:
            known = self._learn(user, _marked_person(user), values, every, connection)
            # Where the question hangs on the person's places themselves, each has a text of their own.
            self._known[shape] = known = {} if known is _DIRECT and person else known
        if isinstance(known, dict):
            at = tuple(person.values())
            if at not in known and len(known) < _MOST:
                known[at] = self._learn(user, user, values, every, connection)
            known = known.get(at, _DIRECT)
        if known is _DIRECT:
            return list(self._build(user, SimpleNamespace(**given)))
        if settings.QINGXI_CHECK_QUESTIONS and not connection.force_debug_cursor and self._is_drawn(known):
            self._check(known, user, values, every, connection)
        return [] if known is _EMPTY else known.ask(known.filled(every, connection), connection)

    def _learn(self, user: Any, marked: Any, values: dict[str, Any], every: dict[str, Any], connection: Any) -> Any:
        """What is kept of the question: its text and where its values stand; _DIRECT when that cannot be told."""
        real = _sql(self._build(user, SimpleNamespace(**values)), connection)
        marks = {name: _mark(n, value) for n, (name, value) in enumerate(values.items())}
        try:
            rows = self._build(marked, SimpleNamespace(**marks))
            found = _sql(rows, connection)
        except Exception:  # it looks a mark up in the books, or reckons with it
            return _DIRECT
        if real is None or found is None:
            return _EMPTY if real is found is None else _DIRECT
        sql, params, compiler = found
        if sql != real[0]:
            return _DIRECT
        known: _Known[T] = _Known(rows, sql, params, compiler)
        ways = list(_writings({**(_values_of(marked) if marked is not user else {}), **marks}, connection))
        for at, param in enumerate(params):
            slot = next((s for told, s in ways if type(told) is type(param) and told == param), None)
            if slot is not None:
                known.slots.append((at, slot))
        return known if known.plain and known.filled(every, connection) == real[1] else _DIRECT

    def _is_drawn(self, known: Any) -> bool:
        """The first few askings of a text are checked, and every fifth after."""
        self._asked[id(known)] = n = self._asked.get(id(known), 0) + 1
        return n <= _CHECKED or n % _CHECKED == 0

    def _check(self, known: Any, user: Any, values: dict[str, Any], every: dict[str, Any], connection: Any) -> None:
        fresh = _sql(self._build(user, SimpleNamespace(**values)), connection)
        kept = None if known is _EMPTY else (known.sql, known.filled(every, connection))
        said = None if fresh is None else fresh[:2]
        if said != kept:
            raise AssertionError(f"a kept question asks otherwise than a fresh one:\n{kept}\n{said}")


_questions: dict[CodeType, Question[Any]] = {}


def ask(user: Any, build: Callable[[Any, Values], QuerySet[Any, T]], **values: Any) -> list[T]:
    """``list(build(user, at))``, where ``at`` has the values by name: texts, whole numbers, days, times, flags, None,
    or lists of texts or numbers for ``in``.

    ``user`` is handed to ``build`` as it is; None for what has no rights to ask. With a value of another kind it is asked as ever.
    """
    question = _questions.get(build.__code__)
    if question is None:
        if build.__closure__ or build.__defaults__:
            raise TypeError("a kept question closes over nothing: hand its values in by name")
        question = _questions[build.__code__] = Question(build)
    return question(user, **values)


def ask_one(user: Any, build: Callable[[Any, Values], QuerySet[Any, T]], **values: Any) -> T | None:
    """The first answer; the question itself says ``[:1]``."""
    found = ask(user, build, **values)
    return found[0] if found else None


def _sql(rows: QuerySet[Any, Any], connection: Any) -> tuple[str, tuple[Any, ...], Any] | None:
    compiler = rows.query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    return sql, tuple(params), compiler


def _values_of(user: Any) -> dict[str, Any]:
    return {"@path": user.scope.path, "@place": user.scope_id, "@unit": user.unit_id, "@person": user.pk}


def _person(user: Any) -> dict[str, Any] | None:
    """The values of a person; none of nobody; None of one whose rights hang on more than role, places and unit."""
    if user is None:
        return {}
    fits = getattr(user, "scope", None) is not None and user.is_active and getattr(user, "stands_for", None) is None
    return _values_of(user) if fits else None


def _shape(user: Any) -> tuple[Any, ...]:
    return () if user is None else (user.role, user.unit_id is None, user.scope.level, user.scope.path.count("/"))


def _marked_person(user: Any) -> Any:
    """Somebody of the same role and level of places who is nobody."""
    if user is None:
        return None
    scope = user.scope.__class__(pk=_NOBODY - 1, path=_PATH, level=user.scope.level)
    unit = None if user.unit_id is None else _NOBODY
    return user.__class__(pk=_NOBODY - 2, role=user.role, is_active=True, scope=scope, unit_id=unit)


def _padded(values: list[Any]) -> list[Any]:
    """A list for ``in``, made as long as the next power of two by what nothing is called, so that few texts are kept."""
    want = 1 << max(len(values) - 1, 0).bit_length() if values else 0
    more = want - len(values)
    if not more:
        return values
    fill = (
        [f"\x02{n}" for n in range(more)] if isinstance(values[0], str) else [_NOBODY - 10 - n for n in range(more)]
    )
    return [*values, *fill] if isinstance(values[0], str | int) else values


def _shape_of(value: Any) -> Any:
    """What of a value is in the question's words: that it is nothing, a flag, how long a list is."""
    return (
        value
        if value is None or type(value) is bool
        else (type(value), len(value) if isinstance(value, list) else 0)
    )


def _fits(value: Any) -> bool:
    if value is None or type(value) is bool:
        return True
    return all(type(v) in _PLAIN for v in value) if isinstance(value, list) else type(value) in _PLAIN


def _mark(n: int, value: Any, place: int = 0) -> Any:
    """A value of the same kind that nobody ever asks with."""
    if isinstance(value, list):
        return [_mark(n, v, i) for i, v in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    number = 1000 * n + place
    if isinstance(value, str):
        return f"\x01{number}\x01"
    if isinstance(value, dt.datetime):
        return dt.datetime(1, 1, 2, tzinfo=dt.UTC) + dt.timedelta(minutes=number)
    return dt.date.min + dt.timedelta(days=number) if isinstance(value, dt.date) else -(10**14) - number


def _writings(marks: dict[str, Any], connection: Any) -> Iterator[tuple[Any, _Slot]]:
    """How every mark may stand among the parameters."""
    for name, value in marks.items():
        for place, one in enumerate(value) if isinstance(value, list) else ((None, value),):
            for write in _WAYS.get(type(one), ()):
                yield write(connection, one), _Slot(name, place, write)


def _same(_connection: Any, value: Any) -> Any:
    return value


def _inside(connection: Any, value: str) -> str:
    return f"%{connection.ops.prep_for_like_query(value)}%"


_WAYS: dict[type, tuple[Callable[[Any, Any], Any], ...]] = {
    str: (
        _same,
        lambda _c, v: v + "~",
        _inside,
        lambda c, v: c.ops.prep_for_like_query(v) + "%",
        lambda _c, v: v + "zzzz",
    ),
    int: (_same,),
    dt.date: (lambda c, v: c.ops.adapt_datefield_value(v), _same),
    dt.datetime: (lambda c, v: c.ops.adapt_datetimefield_value(v), _same),
}
