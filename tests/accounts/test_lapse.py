"""Past the end of a proof: every page, the API with a session and with a token, and open sockets. Then all is back."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from accounts.actions import prove_eligibility
from accounts.actions.tokens import create_token
from accounts.models import Member
from tests.factories import join, make_group, make_member, make_topic
from tests.processes import Tab
from tests.test_closed_by_default import CLOSED, address

CODE = "code"


def lapsing(member: Member, **until: int) -> timezone.datetime:
    """Has the member's proof end so soon; the database takes the access along."""
    end = timezone.now() + timedelta(**until)
    member.proofs.update(expires_at=end)
    member.refresh_from_db()
    assert member.eligible_until == end
    return end


@pytest.mark.django_db
def test_when_the_clock_has_passed_the_end_everything_refuses_and_a_new_proof_opens_it_all_again(client):
    member = make_member("Ada Lovelace", address="ada@gsa.gov", handle="ada")
    group = make_group("Open", slug="open", kind="members")
    join(group, member, "lead")
    topic = make_topic(author=member)
    _token, key = create_token(actor=member, name="Report", scopes=["read", "write"], days=365)
    with_key = {"headers": {"Authorization": f"Bearer {key}"}}
    end = lapsing(member, days=200)
    pages = [
        "/",
        "/forum/",
        "/members/",
        "/groups/open/",
        f"/forum/t/{topic.pk}/{topic.slug}/",
        "/notifications/",
    ]
    reads = ["/api/v1/me/", "/api/v1/topics/", "/api/v1/groups/open/"]

    def answers() -> tuple[set[int], set[int], set[int]]:
        client.cookies.clear()  # days later: the session of before is long over
        client.force_login(member)
        by_page = {client.get(page).status_code for page in pages}
        by_session = {client.get(path).status_code for path in reads}
        return by_page, by_session, {Client().get(path, **with_key).status_code for path in reads}

    with time_machine.travel(end - timedelta(seconds=1), tick=False):
        assert answers() == ({200}, {200}, {200})
    with time_machine.travel(end, tick=False):
        assert answers()[1:] == ({403}, {403})
        open_still = []
        for path in map(address, CLOSED):
            for deed in (client.get, client.post):
                response = deed(path)
                refused = response.status_code == 403 or response.get("Location", "").startswith(
                    "/accounts/status/"
                )
                open_still += [] if refused else [(path, response.status_code)]
        assert open_still == []
        response = Client().post(
            f"/api/v1/topics/{topic.pk}/posts/",
            {"body": "Still here."},
            content_type="application/json",
            **with_key,
        )
        assert response.status_code == 403
    with time_machine.travel(end + timedelta(days=3), tick=False):
        prove_eligibility(member=member, address=member.email, method=CODE)
        assert answers() == ({200}, {200}, {200})
    assert group.memberships.get(member=member).role == "lead"


@pytest.mark.thorough  # waits
@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("sockets")
def test_an_open_socket_closes_at_the_end_and_opens_after_a_new_proof(server):
    member = make_member()
    end = lapsing(member, seconds=3)
    with Tab(server, member) as tab:
        tab.hello()
        assert tab.closed(8) == 4401
        assert timezone.now() < end + timedelta(seconds=5)
    with pytest.raises(InvalidStatus):
        Tab(server, member)
    prove_eligibility(member=member, address=member.email, method=CODE)
    with Tab(server, member) as tab:
        assert tab.hello()["type"] == "welcome"
