from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.test import Client

from accounts.models import Member
from notifications import registry
from notifications.actions import notify
from notifications.models import NoticeEvent
from notifications.registry import Kind
from tests.factories import make_member
from tests.outbox.conftest import mail_server  # noqa: F401  (a fixture)


@pytest.fixture
def member(db) -> Member:
    return make_member("Rosa Ortiz", handle="rosa.ortiz")


@pytest.fixture
def actor(db) -> Member:
    return make_member("Grace Hall", handle="grace.hall")


@pytest.fixture
def signed_in(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def hidden_from() -> set[int]:
    """Ids of members who may not see anything of the test's kind."""
    return set()


@pytest.fixture
def kind(monkeypatch, hidden_from) -> Iterator[SimpleNamespace]:
    """A kind whose events name their audience themselves: {"reasons": {member id: reason}}."""

    def audience(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
        reasons = sorted((int(pk), reason) for pk, reason in event.data["reasons"].items())
        return [(pk, reason) for pk, reason in reasons if pk > after][:limit]

    monkeypatch.setattr(registry, "_registry", {})
    registry.register(
        Kind(
            name="thing",
            label="Things",
            audience=audience,
            may_see=lambda event, ids: set(ids) - hidden_from,
            describe=lambda notice: (
                f"{notice.actor} did {notice.data.get('what', 'something')} ×{notice.count}"
            ),
            collapses=frozenset({"followed"}),
        )
    )

    def tell(
        reasons: dict, *, actor: Member | None = None, source: str = "thing:1", **data: object
    ) -> NoticeEvent:
        return notify(
            kind="thing",
            actor=actor,
            source=source,
            url=f"/{source.replace(':', '/')}/",
            data={"reasons": {member.pk: reason for member, reason in reasons.items()}, **data},
        )

    return SimpleNamespace(tell=tell)
