"""A wrong environment stops the start: exit code 1 and one line that names the variable."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.accounts.identity_provider import pem
from tests.starter import Starter

pytestmark = pytest.mark.alone
ROOT = Path(__file__).resolve().parent.parent
POSTGRES = "postgres://commons@127.0.0.1:5432/commons"
SECRET = "0123456789" * 5
PUBLIC = {
    "SITE_URL": "https://commons.example.gov",
    "DATABASE_URL": POSTGRES,
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEY": SECRET,
    "EMAIL_URL": "smtp://127.0.0.1:25",
}


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    starter = Starter()
    yield starter
    starter.close()


@pytest.fixture
def load(starter: Starter, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Imports a module in a process of its own, which has the variables given and a data directory."""

    def load(module: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return starter.load(module, tmp_path, **{"DATA_DIR": str(tmp_path / "data"), **variables})

    return load


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://127.0.0.1/commons"),
        ("DATABASE_URL", "postgres://127.0.0.1:port/commons"),
        ("DATABASE_URL", "postgres://127.0.0.1:5432"),
        ("DATABASE_URL", "sqlite://"),
        ("REDIS_URL", "http://127.0.0.1:6379"),
        ("REDIS_URL", "redis://127.0.0.1:many/0"),
        ("SECRET_KEY", "short"),
        ("DEBUG", "maybe"),
        ("SITE_URL", "commons.example.gov"),
        ("SITE_URL", "https://commons.example.gov/forum"),
        ("ALLOWED_HOSTS", "https://commons.example.gov"),
        ("EMAIL_URL", "pigeon://roof"),
        ("EMAIL_URL", "smtp://127.0.0.1:post"),
        ("DATA_DIR", "/dev/null/data"),
        ("STATIC_ROOT", "/dev/null/static"),
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("LOG_FORMAT", "yaml"),
        ("LOG_LEVEL", "loud"),
        ("PROOF_DAYS", "-1"),
        ("FILE_MAX_MB", "big"),
        ("OIDC_ISSUER", "secure.login.gov"),
        ("OIDC_ISSUER", "http://secure.login.gov/"),
        ("OIDC_PRIVATE_KEY", "/dev/null"),
        ("OIDC_PRIVATE_KEY", "/nowhere/key.pem"),
    ],
)
def test_a_value_that_makes_no_sense_stops_the_start_with_one_line(load, name, value):
    done = load("config.settings", **{name: value})
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"commons: {name}: ")
    assert line.endswith(".")


@pytest.mark.parametrize("bits, why", [(1024, "RSA key of 2048 bits"), (2048, "")])
def test_an_identity_provider_needs_a_client_and_a_key_that_is_strong_enough(load, tmp_path, bits, why):
    oidc = {"OIDC_ISSUER": "https://secure.login.gov/"}
    assert load("config.settings", **oidc).stderr.startswith("commons: OIDC_CLIENT_ID: must be set")
    oidc["OIDC_CLIENT_ID"] = "urn:gov:commons"
    assert load("config.settings", **oidc).stderr.startswith("commons: OIDC_PRIVATE_KEY: must name")
    path = tmp_path / "key.pem"
    path.write_text(pem(rsa.generate_private_key(public_exponent=65537, key_size=bits)))
    oidc["OIDC_PRIVATE_KEY"] = str(path)
    done = load("config.settings", **oidc)
    assert why in done.stderr
    assert done.returncode == bool(why)


def test_manage_py_refuses_the_same_way(tmp_path):
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DEBUG": "maybe"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("commons: DEBUG: ")


def test_a_secret_is_asked_for_once_a_database_server_is_named(load):
    done = load("config.settings", DATABASE_URL=POSTGRES)
    assert done.returncode == 1
    assert done.stderr.startswith("commons: SECRET_KEY: must be set")
    assert len(done.stderr.splitlines()) == 1


def test_the_embedded_default_makes_its_own_secret_and_keeps_it(load, tmp_path):
    key = tmp_path / "data" / "secret_key"
    assert load("config.settings").returncode == 0
    first = key.read_text()
    assert len(first) >= 50
    assert key.stat().st_mode & 0o077 == 0
    assert load("config.settings").returncode == 0
    assert key.read_text() == first


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"SITE_URL": "http://commons.example.gov"}, "SITE_URL"),
        ({"EMAIL_URL": "file:///var/mail/out"}, "EMAIL_URL"),
    ],
)
def test_a_public_site_refuses_an_unsafe_setting_at_the_start(load, changed, named):
    done = load("config.wsgi", **PUBLIC | changed)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"commons: {named}: ")


@pytest.mark.parametrize("module", ["config.wsgi", "config.asgi"])
def test_a_public_site_starts_with_safe_settings(load, module):
    done = load(module, **PUBLIC)
    assert done.stderr == ""
    assert done.returncode == 0


def test_every_variable_is_documented_and_no_other():
    read = set(
        re.findall(r"env\.\w+\(\s*\"([A-Z][A-Z0-9_]*)\"", (ROOT / "config" / "settings.py").read_text())
    )
    documented = set(
        re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE)
    )
    assert read == documented
