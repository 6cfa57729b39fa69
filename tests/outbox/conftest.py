from collections.abc import Iterator

import pytest
from django.utils import timezone

from tests.outbox.smtp import MailServer


@pytest.fixture
def clock(time_machine):
    """A clock that runs and can be put forward."""
    time_machine.move_to(timezone.now())
    return time_machine


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    server = MailServer()
    server.up()
    settings.MAILERS = server.mailers
    yield server
    server.down()
