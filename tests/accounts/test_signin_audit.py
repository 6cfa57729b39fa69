"""Every way in, and every failed try, leaves a row in the audit log that gives nothing away."""

import pytest

from audit.models import AuditEntry
from tests.factories import PASSWORD, make_member

pytestmark = pytest.mark.django_db
NEW = "violet-harbor-teapot-9"


@pytest.fixture
def ada():
    return make_member("Ada Lovelace", address="ada@gsa.gov")


def sign_in(client, address="ada@gsa.gov", password=PASSWORD):
    return client.post(
        "/accounts/login/", {"login": address, "password": password}, REMOTE_ADDR="198.51.100.7"
    )


def told(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


def test_signing_in_and_out_tell_who_from_where_and_which_session(client, ada):
    response = sign_in(client)
    came = told("member.sign_in")
    assert (came.actor_id, came.actor_label, came.outcome) == (ada.pk, "Ada Lovelace", "done")
    assert (came.target, came.facts) == (f"member:{ada.pk}", {"methods": ["password"]})
    assert came.address == "198.51.100.7"
    assert came.request_id == response["X-Request-ID"]
    key = client.session.session_key
    assert len(came.session) == 32
    assert key not in came.session
    client.post("/accounts/logout/")
    went = told("member.sign_out")
    assert (went.actor_id, went.session) == (ada.pk, came.session)


def test_a_wrong_password_names_the_member_and_an_unknown_address_nobody(client, ada):
    sign_in(client, password="not this one at all")
    sign_in(client, address="ADA@gsa.gov", password="nor this one either")
    sign_in(client, address="eve@gsa.gov")
    rows = list(AuditEntry.objects.order_by("pk"))
    assert [(row.action, row.outcome, row.actor_id) for row in rows] == [
        ("member.sign_in", "failed", None)
    ] * 3
    assert [row.target for row in rows] == [f"member:{ada.pk}", f"member:{ada.pk}", "site"]
    assert rows[0].facts["typed"] == rows[1].facts["typed"] != rows[2].facts["typed"]
    for row in rows:
        told = str(row.as_dict())
        assert not any(secret in told for secret in ("@", "eve", "not this", "nor this", PASSWORD))


def test_a_changed_and_a_reset_password_are_told(client, ada, newest_code):
    sign_in(client)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert told("member.password").facts == {"way": "signed in"}
    client.post("/accounts/logout/")
    client.post("/accounts/password/reset/", {"email": "ada@gsa.gov"})
    client.post("/accounts/password/reset/confirm/", {"code": "AAAA-BBBB"})
    wrong = told("member.check_code")
    assert (wrong.target, wrong.outcome, wrong.actor_id) == (f"member:{ada.pk}", "failed", None)
    client.post("/accounts/password/reset/confirm/", {"code": newest_code("ada@gsa.gov")})
    client.post("/accounts/password/reset/complete/", {"password1": NEW + "x", "password2": NEW + "x"})
    ways = AuditEntry.objects.filter(action="member.password").order_by("pk").values_list("facts", flat=True)
    assert [facts["way"] for facts in ways] == ["signed in", "code by mail"]
    assert NEW not in str(list(AuditEntry.objects.values_list("facts", flat=True)))


def test_a_changed_address_tells_the_domains_alone(client, ada, newest_code):
    sign_in(client)
    client.post("/accounts/email/", {"email": "ada@nasa.gov", "action_add": ""})
    client.post("/accounts/confirm-email/", {"code": newest_code("ada@nasa.gov")})
    changed = told("member.address")
    assert (changed.actor_id, changed.facts) == (ada.pk, {"before": "gsa.gov", "after": "nasa.gov"})
