import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def _services() -> None:
    if not settings.REDIS_URL or settings.EMBEDDED:
        pytest.fail("These tests need PostgreSQL and Redis: make test-services.")
