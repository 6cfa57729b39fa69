"""Rows straight into tables: COPY on PostgreSQL, many at a time elsewhere. No model instances, no signals."""

from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import Any

from django.core.management.color import no_style
from django.db import ProgrammingError, connection, models, transaction
from django.utils import timezone

BATCH = 10_000

Tick = Callable[[int], object]
Bars = Callable[[str, int], Tick]  # label and total: what to call with the number of rows written


def reserve(model: type[models.Model], count: int) -> int:
    """The first of `count` ids that nobody else gets. Call within the transaction that uses them."""
    field = model._meta.pk
    if connection.vendor != "postgresql":
        return (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [model._meta.db_table, field.column])
        [sequence] = cursor.fetchone()
        # Not transactional, as sequences are: whoever inserts meanwhile takes ids beyond ours.
        cursor.execute("SELECT setval(%s, nextval(%s) + %s, false) - %s", [sequence, sequence, count, count])
        return cursor.fetchone()[0]


def load(
    model: type[models.Model],
    columns: Iterable[str],
    rows: Iterable[tuple],
    *,
    tick: Tick | None = None,
    **same: Any,
) -> int:
    """Write rows of `columns` (attribute names); `same` holds what is equal in all of them, the model's defaults
    the rest. Answers how many."""
    names = list(columns)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    rest = {name: field for name, field in fields.items() if name not in names}
    rest.pop("id", None)
    template = model(**same)
    constants = tuple(_prepared(field, template) for field in rest.values())
    targets = [fields[name].column for name in [*names, *rest]]
    adapted = _adapted((*row, *constants) for row in rows)
    write = _copy if connection.vendor == "postgresql" else _insert
    total = 0
    for batch in batched(adapted, BATCH):
        write(model._meta.db_table, targets, batch)
        total += len(batch)
        if tick:
            tick(len(batch))
    return total


def _prepared(field: models.Field, template: models.Model) -> Any:
    if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
        return timezone.now()
    return field.get_db_prep_save(getattr(template, field.attname), connection)


def _adapted(rows: Iterable[tuple]) -> Iterator[tuple]:
    """psycopg takes moments as they are; SQLite wants them as Django stores them."""
    if connection.vendor == "postgresql":
        yield from rows
        return
    adapt = connection.ops.adapt_datetimefield_value
    for row in rows:
        yield tuple(adapt(value) if hasattr(value, "tzinfo") else value for value in row)


def _names(table: str, columns: list[str]) -> str:
    quote = connection.ops.quote_name
    return f"{quote(table)} ({', '.join(map(quote, columns))})"


def _copy(table: str, columns: list[str], rows: Iterable[tuple]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {_names(table, columns)} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insert(table: str, columns: list[str], rows: Iterable[tuple]) -> None:
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {_names(table, columns)} VALUES ({marks})", rows)  # noqa: S608  (our own names)


def settle(*loaded: type[models.Model]) -> None:
    """After the last row: sequences beyond it, and fresh figures for the planner."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), loaded):
            cursor.execute(statement)
        for model in loaded:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def ease_checks() -> None:
    """For this transaction on PostgreSQL: no checks of foreign keys where we may leave them out (a superuser, as on
    a developer's machine; the rows are right by construction, and it saves a third of the time). Else they are
    checked batch by batch, not all together, and kept in memory until then, at the commit."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute("SET LOCAL session_replication_role = replica")
        except ProgrammingError:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
