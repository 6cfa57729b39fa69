import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from core.live import health

pytestmark = pytest.mark.django_db


def test_healthz_answers_a_visitor_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.status_code == 200
    assert response.content == b"ok\n"
    assert "no-store" in response["Cache-Control"]


def test_readyz_says_that_every_part_is_well(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "parts": {"database": "ok", "migrations": "ok", "cache": "ok", "channel_layer": "ok"},
    }


def test_readyz_names_the_database_when_it_is_away(client, monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", away)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json()["parts"]["database"] == "does not answer"
    assert response.json()["parts"]["migrations"] == "unknown"


def test_readyz_counts_migrations_that_wait(client, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: [object(), object()])
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"]["migrations"] == "2 to run"


def test_readyz_names_a_cache_that_forgets(client, monkeypatch):
    monkeypatch.setattr(type(cache._connections["default"]), "get", lambda self, *args, **kwargs: None)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"]["cache"] == "does not answer"


def test_readyz_names_a_redis_that_is_away(client, monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    health._redis.cache_clear()
    response = client.get("/readyz")
    health._redis.cache_clear()
    assert response.status_code == 503
    assert response.json()["parts"]["channel_layer"] == "does not answer"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(client, path):
    assert client.post(path).status_code == 405
