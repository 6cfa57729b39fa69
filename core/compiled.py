"""A queryset written once in the ORM, compiled once, and run many times with new values.

Building SQL in the ORM costs more than running it. The expression, and so the permission rule in it, stays the
queryset's own; only the work of turning it into SQL is not repeated on each request. PostgreSQL, which spends longer
planning such a query than running it, is told to remember it too (PREPARE).
"""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import NotSupportedError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import sql
from django.db.models.query import ModelIterable

_MARK = 7_303_014_000  # far from any id that is used; each marker adds its position
_MARK_AT = datetime(1871, 3, 14, tzinfo=UTC)
TEXTS = ("kind", "slug", "token", "why")
_FIRST, _LAST = -(2**63), 2**63 - 1  # what a column can hold
_MARK_TEXT = "\x1emark\x1e"
_TYPES = {int: "bigint", datetime: "timestamp with time zone", str: "text"}
_numbers = count(1)
Rows = tuple[tuple, ...]


class _Plan(NamedTuple):
    sql: str
    params: list[Any]
    holes: list[tuple[int, str]]
    converters: Any
    compiler: Any
    statement: str  # for PREPARE; empty where there is no such thing
    names: list[str]  # of the values, in the order in which the statement counts them
    known: WeakKeyDictionary[Any, str]  # what the statement is called in each connection that has it


class Compiled:
    """`Compiled(build, "member", "topic")(member=1, topic=2)` gives the rows as tuples.

    `build` is called once with a marker for each name and returns a `values_list` queryset in which each marker is
    used as a plain value: an integer, a datetime for names ending in `_at` or `_before`, a text for those in `TEXTS`.
    """

    def __init__(self, build: Callable[..., Any], *names: str) -> None:
        self._build, self._names = build, names
        self._plans: dict[str, _Plan] = {}
        self._lock = threading.Lock()

    def __call__(self, using: str = "default", **values: Any) -> list[Any]:
        connection = connections[using]
        plan = self._plan(connection)
        return self._answer(using, plan, self._fetch(connection, plan, values))

    def asked(self, **values: Any) -> "Asked":
        """For `together`."""
        return self, values

    def _plan(self, connection: BaseDatabaseWrapper) -> _Plan:
        return self._plans.get(connection.vendor) or self._compile(connection)

    def _answer(self, using: str, plan: _Plan, rows: list[tuple]) -> Any:
        if plan.converters:
            return [tuple(row) for row in plan.compiler.apply_converters(rows, plan.converters)]
        return rows

    def _query(self, arguments: dict[str, Any]) -> sql.Query:
        return self._build(**arguments).query

    def _fetch(self, connection: BaseDatabaseWrapper, plan: _Plan, values: dict[str, Any]) -> list[tuple]:
        with connection.cursor() as cursor:
            self._execute(connection, cursor, plan, values)
            return cursor.fetchall()

    def _execute(
        self, connection: BaseDatabaseWrapper, cursor: CursorWrapper, plan: _Plan, values: dict[str, Any]
    ) -> None:
        values = _all_held(values)
        if plan.statement:
            _execute_prepared(connection, cursor, [(plan, values)])
        else:
            params = plan.params.copy()
            for position, name in plan.holes:
                params[position] = _adapted(connection, values[name])
            cursor.execute(plan.sql, params)

    def _compile(self, connection: BaseDatabaseWrapper) -> _Plan:
        with self._lock:
            arguments = {name: _mark(name, index) for index, name in enumerate(self._names)}
            marks = {_adapted(connection, mark): name for name, mark in arguments.items()}
            compiler = self._query(arguments).get_compiler(connection.alias)
            text, params = compiler.as_sql()
            holes = [(position, marks[param]) for position, param in enumerate(params) if param in marks]
            missing = set(self._names) - {name for _, name in holes}
            if missing:
                raise ValueError(f"The queryset does not use {', '.join(sorted(missing))} as a plain value.")
            converters = compiler.get_converters([column for column, _, _ in compiler.select or ()])
            names = list(dict.fromkeys(name for _, name in holes))
            statement = ""
            if connection.vendor == "postgresql" and settings.COMMONS_DATABASE_PREPARES:
                types = ", ".join(_TYPES[type(arguments[name])] for name in names)
                statement = (
                    f"{types and f'({types})'} AS {_numbered(connection, text, params, dict(holes), names)}"
                )
            plan = _Plan(
                text, list(params), holes, converters, compiler, statement, names, WeakKeyDictionary()
            )
            self._plans[connection.vendor] = plan
            return plan


Asked = tuple[Compiled, dict[str, Any]]


def together(*asked: Asked, using: str = "default") -> list[Any]:
    """The answers to several questions in their order, on PostgreSQL with one way there and back."""
    connection = connections[using]
    plans = [compiled._plan(connection) for compiled, _values in asked]
    if not all(plan.statement for plan in plans):
        return [compiled(using, **values) for compiled, values in asked]
    answers = []
    with connection.cursor() as cursor:
        questions = [(plan, _all_held(values)) for plan, (_, values) in zip(plans, asked, strict=True)]
        _execute_prepared(connection, cursor, questions)
        for plan, (compiled, _values) in zip(plans, asked, strict=True):
            answers.append(compiled._answer(using, plan, cursor.fetchall()))
            cursor.nextset()
    return answers


class CompiledModels(Compiled):
    """The same for a queryset of models, with all that it selects and annotates; gives them in a list."""

    def _answer(self, using: str, plan: _Plan, rows: list[tuple]) -> list[Any]:
        return _models(using, plan, rows, models.FETCH_ONE)


class CompiledRows(Compiled):
    """The same for a queryset of models whose text is kept: gives their rows as the database gave them, to keep the
    text under. `of(rows)` makes the models, which raise when they are asked for anything that the rows do not hold."""

    def __call__(self, using: str = "default", **values: Any) -> Rows:  # type: ignore[override]
        return super().__call__(using, **values)  # type: ignore[return-value]

    def _answer(self, using: str, plan: _Plan, rows: list[tuple]) -> Rows:
        return tuple(rows)

    def of(self, rows: Rows, using: str = "default") -> list[Any]:
        return _models(using, self._plan(connections[using]), rows, models.FETCH_RAISE)


class _CompiledWrite(Compiled):
    """Answers how many rows it changed."""

    def __call__(self, using: str = "default", **values: Any) -> int:  # type: ignore[override]
        connection = connections[using]
        with connection.cursor() as cursor:
            self._execute(connection, cursor, self._plan(connection), values)
            return cursor.rowcount


class CompiledUpdate(_CompiledWrite):
    """`build` gives a queryset and what `update()` is to set in it. Where a column is shorter than a bigint, compare it
    as an expression with a `Value`: the lookups of its field find a marker too great for it."""

    def _query(self, arguments: dict[str, Any]) -> sql.Query:
        queryset, changes = self._build(**arguments)
        query = queryset.query.chain(sql.UpdateQuery)
        query.add_update_values(changes)
        return query


class CompiledDelete(_CompiledWrite):
    """`build` gives a queryset of rows that no other rows point to: unlike `delete()`, this does not look for any."""

    def _query(self, arguments: dict[str, Any]) -> sql.Query:
        return self._build(**arguments).query.chain(sql.DeleteQuery)


class CompiledInsert:
    """`insert(row)` writes a new row as `row.save()` would, in SQL that is made once, and gives it the key that the
    database chose. Signals of saving are not sent."""

    def __init__(self, model: type[models.Model]) -> None:
        self._fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        self._key = model._meta.pk
        self._sql: dict[str, str] = {}

    def __call__[Row: models.Model](self, row: Row, using: str = "default") -> Row:
        connection = connections[using]
        text = self._sql.get(connection.vendor) or self._compile(connection, row)
        values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in self._fields]
        with transaction.mark_for_rollback_on_error(using), connection.cursor() as cursor:
            cursor.execute(text, values)
            [row.pk] = cursor.fetchone()
        row._state.adding, row._state.db = False, using
        return row

    def _compile(self, connection: BaseDatabaseWrapper, row: models.Model) -> str:
        query = sql.InsertQuery(type(row))
        query.insert_values(self._fields, [row])
        compiler = query.get_compiler(connection.alias)
        compiler.returning_fields = [self._key]
        [(text, params)] = compiler.as_sql()
        if len(params) != len(self._fields):
            raise ValueError(f"Not every field of {type(row).__name__} is written as a plain value.")
        self._sql[connection.vendor] = text
        return text


def _models(using: str, plan: _Plan, rows: Iterable[tuple], fetch_mode: Any) -> list[Any]:
    return list(ModelIterable(_Fetched(using, plan, rows, fetch_mode)))  # type: ignore[arg-type]


class _Fetched:
    """What ModelIterable asks of a queryset, its query and its compiler, with the rows there already."""

    _known_related_objects: dict[Any, Any] = {}

    def __init__(self, alias: str, plan: _Plan, rows: Iterable[tuple], fetch_mode: Any) -> None:
        self.db, self.query, self._fetch_mode = alias, self, fetch_mode
        self._rows, self._converters, compiler = rows, plan.converters, plan.compiler
        self.select, self.klass_info = compiler.select, compiler.klass_info
        self.annotation_col_map = compiler.annotation_col_map
        self._apply = compiler.apply_converters

    def get_compiler(self, using: str) -> "_Fetched":
        return self

    def execute_sql(self, **how: Any) -> list[Iterable[tuple]]:
        return [self._rows]

    def results_iter(self, results: list[Iterable[tuple]]) -> Iterable[Any]:
        """As the compiler's own, which would look for the converters of all columns anew."""
        return self._apply(self._rows, self._converters) if self._converters else self._rows


def _mark(name: str, index: int) -> Any:
    if name.endswith(("_at", "_before")):
        return _MARK_AT + timedelta(days=index)
    return f"{_MARK_TEXT}{index}" if name in TEXTS else _MARK + index


def _held(value: Any) -> Any:
    """A number from an address may be any; beyond the last one that a column can hold there is nothing to find."""
    return min(max(value, _FIRST), _LAST) if type(value) is int else value


def _all_held(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _held(value) for name, value in values.items()}


def _adapted(connection: BaseDatabaseWrapper, value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _numbered(
    connection: BaseDatabaseWrapper, sql: str, params: tuple, holes: dict[int, str], names: list[str]
) -> str:
    """The SQL with its constants written out and `$1`, `$2` where the values go."""
    places = [f"${names.index(holes[i]) + 1}" if i in holes else "%s" for i in range(len(params))]
    constants = [param for i, param in enumerate(params) if i not in holes]
    return connection.ops.compose_sql(sql.replace("%%", "%%%%") % tuple(places), constants)  # type: ignore[attr-defined]


def _execute_prepared(
    connection: BaseDatabaseWrapper, cursor: CursorWrapper, questions: list[tuple[_Plan, dict[str, Any]]]
) -> None:
    params = [values[name] for plan, values in questions for name in plan.names]
    try:
        cursor.execute(_calls(connection, cursor, questions), params)
    except NotSupportedError:
        # A migration has changed a column meanwhile.
        for plan, _values in questions:
            plan.known.pop(connection.connection, None)
        if connection.in_atomic_block:
            raise
        cursor.execute(_calls(connection, cursor, questions), params)


def _calls(
    connection: BaseDatabaseWrapper, cursor: CursorWrapper, questions: list[tuple[_Plan, dict[str, Any]]]
) -> str:
    calls = []
    for plan, _values in questions:
        holes = ", ".join(["%s"] * len(plan.names))
        calls.append(f"EXECUTE {_name_of(connection, cursor, plan)} {holes and f'({holes})'}")
    return "; ".join(calls)


def _name_of(connection: BaseDatabaseWrapper, cursor: CursorWrapper, plan: _Plan) -> str:
    """Of the statement in this connection; made there if it does not have it yet."""
    name = plan.known.get(connection.connection)
    if name is None:
        name = f"compiled_{next(_numbers)}"
        cursor.execute(f"PREPARE {name} {plan.statement}")
        plan.known[connection.connection] = name
    return name
