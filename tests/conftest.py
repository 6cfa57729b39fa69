"""The whole suite's setting: a data directory of its own, a clean environment, and Django set up on it.

The database and Redis are the embedded default's unless DATABASE_URL and REDIS_URL say otherwise
(`make test-services`). Every xdist worker gets its own database, Redis number and data directory.
"""

import atexit
import gc
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.nodeid import NodeId

if TYPE_CHECKING:
    from tests.processes import Process

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
DATA_DIR = Path(tempfile.mkdtemp(prefix="commons-test-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

ROOT = Path(__file__).resolve().parent.parent
READ = re.compile(r"env\.\w+\(\s*\"([A-Z][A-Z0-9_]*)\"")
for name in READ.findall((ROOT / "config" / "settings.py").read_text()):
    if name not in {"DATABASE_URL", "REDIS_URL"}:
        os.environ.pop(name, None)  # what the developer's shell happens to set
os.environ["DATA_DIR"] = str(DATA_DIR)
os.environ["SECRET_KEY"] = "for-the-tests-alone-" + "0123456789" * 4
if os.environ.get("REDIS_URL"):
    server, _, number = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{server}/{int(number) + WORKER}"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django  # noqa: E402  (the environment comes first)
from django.conf import settings as project  # noqa: E402
from django.contrib import auth  # noqa: E402
from django.test import Client, TransactionTestCase  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402

project.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
project.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
project.WHITENOISE_AUTOREFRESH = True  # else each test client reads all static files when it is made
project.COMMONS_POST_RATE = 1_000_000  # tests are quicker than people; its own test lowers it
project.COMMONS_STAFF_SECOND_FACTOR = False  # also where the services are; its own tests turn it on
project.LOGGING["root"]["level"] = "WARNING"
if project.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in production: threads then meet the real locks, not those of a shared memory database.
    project.DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
django.setup()
# The workers of xdist inherit the environment: with this name in it they would load the settings before this file.
del os.environ["DJANGO_SETTINGS_MODULE"]

# Two busy cores make single examples slow now and then; that says nothing about the code.
hypothesis_settings.register_profile("commons", deadline=None)
hypothesis_settings.load_profile("commons")


def _sign_in(client: Client, member: Any, backend: str = "") -> None:
    """One write. Django's own makes a session, gives it another key, saves it again and dates the member."""
    session = import_module(project.SESSION_ENGINE).SessionStore()
    session[auth.SESSION_KEY] = str(member.pk)
    session[auth.BACKEND_SESSION_KEY] = backend or project.AUTHENTICATION_BACKENDS[0]
    session[auth.HASH_SESSION_KEY] = member.get_session_auth_hash()
    session.save()
    client.cookies[project.SESSION_COOKIE_NAME] = session.session_key


Client.force_login = _sign_in


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """xdist appends the group to the name by which it hands out a test, and pytest 9.2 keeps that name elsewhere."""
    for item in items:
        if with_group := getattr(item, "_nodeid", ""):
            item._id = NodeId.parse(with_group)


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end; looking through it for rubbish again and again costs two seconds."""
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker,
) -> Iterator[None]:
    """In the place of pytest-django's own: see tests/database.py."""
    from tests.database import Beginning, use_copy

    with django_db_blocker.unblock():
        made = []
        if project.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            use_copy(request.config.cache.mkdir("database"), DATA_DIR / "test.sqlite3")
        else:
            made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        beginning = Beginning()
        TransactionTestCase._fixture_teardown = lambda _case: beginning.put_back()
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def _empty_caches() -> None:
    from django.core.cache import caches

    for alias in project.CACHES:
        caches[alias].clear()


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Runs what is due now, and what that enqueues, in this thread; a job that fails fails the test."""
    from outbox.models import Job
    from outbox.worker import drain

    def run() -> int:
        count = drain()
        failed = Job.objects.exclude(error="").values_list("task", "error")
        assert not failed, "\n".join(f"{task}: {error}" for task, error in failed)
        return count

    return run


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator["Process"]:
    """Everything in one process, on the test database; ended with the module, as it would take other tests' jobs."""
    from tests.processes import embedded

    with embedded(MAIL_DELAY="3600", DEBUG="1") as process:
        yield process


@pytest.fixture
def own_storage(tmp_path: Path, settings) -> Path:
    """Files of one test are not another's."""
    folder = tmp_path / "media"
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return folder


@pytest.fixture
def stored_files(own_storage: Path) -> Callable[[], int]:
    """How many files lie in storage."""
    return lambda: sum(path.is_file() for path in own_storage.rglob("*"))
