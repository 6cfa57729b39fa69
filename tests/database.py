"""The test database: migrated once for as long as the migrations stay, and put back after tests that commit."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from tests.audit.guards import unguarded

ROOT = Path(__file__).resolve().parent.parent
# What Django writes of the models themselves. No test changes it.
OF_THE_MODELS = {"django_content_type", "auth_permission"}


def use_copy(kept: Path, path: Path) -> None:
    """SQLite: the database becomes the file `path`, a copy of what the migrations made and `kept` holds."""
    made = copy_in(kept)
    if not made.exists():
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        connection.close()  # writes what lies in the log beside the file
        for outdated in set(kept.glob("*.sqlite3")) - {made}:
            outdated.unlink(missing_ok=True)
        unfinished = kept / f"{os.getpid()}.unfinished"
        shutil.copyfile(connection.settings_dict["NAME"], unfinished)
        unfinished.replace(made)  # another worker may have done the same meanwhile
        return
    connection.close()
    shutil.copyfile(made, path)
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = str(path)


def copy_in(kept: Path) -> Path:
    """Where the copy for these very migrations lies, once a run has made it."""
    digest = hashlib.sha256((ROOT / "requirements" / "dev.txt").read_bytes())
    for app in apps.get_app_configs():
        if Path(app.path).is_relative_to(ROOT):
            for path in sorted(Path(app.path).glob("migrations/*.py")):
                digest.update(f"{path.relative_to(ROOT)}\n{path.read_text()}".encode())
    return kept / f"{digest.hexdigest()[:20]}.sqlite3"


class Beginning:
    """The rows that the migrations made."""

    def __init__(self) -> None:
        self._rows = [list(model._base_manager.all()) for model in _written()]

    def put_back(self) -> None:
        """After a test that committed. Django would empty every table, and write anew what it says of the models."""
        tables = [connection.ops.quote_name(model._meta.db_table) for model in _written()]
        with transaction.atomic(), unguarded(), connection.cursor() as cursor:
            if connection.vendor == "postgresql" and tables:
                cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            else:
                for table in reversed(tables):
                    cursor.execute(f"DELETE FROM {table}")
            for rows in self._rows:
                type(rows[0])._base_manager.bulk_create(rows)


def _written() -> Iterator[type[models.Model]]:
    """The models that have rows."""
    concrete: list[Any] = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in OF_THE_MODELS
    ]
    tables = [connection.ops.quote_name(model._meta.db_table) for model in concrete]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {table})" for number, table in enumerate(tables)
            )
        )
        numbers = sorted(number for (number,) in cursor.fetchall())
    return (concrete[number] for number in numbers)
