"""One gate: the same addresses, tried at every door that leads to an account or a new address."""

import csv
import io
import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.actions import prove_eligibility
from accounts.models import DomainRule, EligibilityProof, Member
from core.errors import Refused
from outbox.models import Mail
from tests.factories import PASSWORD, make_group, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
ROOT = Path(__file__).resolve().parent.parent.parent

REFUSED = [
    "eve@gmail.com",
    "eve@gov",
    "eve@.gov",
    "eve@gsa..gov",
    "eve@dept.gov.uk",
    "eve@gsa.gov.evil.com",
    "eve@evilgov",
    "eve@gsa.gov@evil.com",
    "eve@evil.com@gsa.gov",
    "eve%evil.com@gsa.gov",
    "evil.com!eve@gsa.gov",
    '"eve"@gsa.gov',
    "eve(comment)@gsa.gov",
    "eve.@gsa.gov",
    "e ve@gsa.gov",
    "eve@gsa.gov\nbcc:x@evil.com",
    "eve@gsa.gоv",  # a Cyrillic letter
    "eve@ｇｓａ.gov",  # full width
    "eve@bücher.gov",
    "eve@xn--bcher-kva.gov",
    "eve@[127.0.0.1]",
    f"{'e' * 65}@gsa.gov",
    f"eve@{'g' * 64}.gov",
    "eve@closed.gov",
    "eve@sub.closed.gov",
    "eve@over.gov",
]
ADMITTED = ["Eve.Rice@EPA.gov", "eve@open.closed.gov", "eve@soon.over.gov", "eve+news@navy.mil"]


def sign_up(client, monkeypatch, newcomer, address):
    client.post("/accounts/signup/", newcomer | {"email": address})


def change_address(client, monkeypatch, newcomer, address):
    make_member("Ada Lovelace", address="ada@gsa.gov")
    client.post("/accounts/login/", {"login": "ada@gsa.gov", "password": PASSWORD})
    client.post("/accounts/email/", {"action_add": "", "email": address})


def reset_password(client, monkeypatch, newcomer, address):
    client.post("/accounts/password/reset/", {"email": address})


def administration(client, monkeypatch, newcomer, address):
    client.force_login(make_member("Ada Lovelace", address="ada@gsa.gov", roles=("administrator",)))
    form = {"email": address, "name": "Eve", "employment": "employee", "occupation": "other"}
    client.post("/admin/accounts/member/add/", form)


def create_admin(client, monkeypatch, newcomer, address):
    monkeypatch.setattr("sys.stdin", io.StringIO(newcomer["password1"] + "\n"))
    with suppress(CommandError):
        call_command("create_admin", address, "--password-stdin")


def identity_provider(client, monkeypatch, newcomer, address):
    provider = client.provider
    provider.person("s-1", address)
    url = client.post("/accounts/oidc/login/").context["url"]
    back = urlsplit(provider.authorize(url, "s-1"))
    client.get(f"{back.path}?{back.query}")
    client.post("/accounts/oidc/join/", newcomer)


def import_file(client, monkeypatch, newcomer, address, *options):
    with NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([["address", "name"], [address, "Eve Rice"]])
        file.flush()
        with suppress(CommandError):
            call_command("import_members", file.name, *options, stdout=io.StringIO(), stderr=io.StringIO())


def import_and_vouch(client, monkeypatch, newcomer, address):
    import_file(client, monkeypatch, newcomer, address, "--vouch")


def invitation(client, monkeypatch, newcomer, address):
    """Makes no account by itself; what follows is tried in tests/workinggroups/test_invitations.py."""
    lead = make_member("Ada Lovelace", address="ada@gsa.gov")
    group = make_group("Open", lead=lead)
    client.force_login(lead)
    client.post(f"/groups/{group.slug}/members/invite/", {"address": address, "role": "member"})
    client.post(
        f"/api/v1/groups/{group.slug}/invitations/", {"address": address}, content_type="application/json"
    )
    assert group.mailed_invitations.count() == (address.lower() in [each.lower() for each in ADMITTED])


def ask_the_api(client, monkeypatch, newcomer, address):
    """There is no way to make an account, or to change an address, through the API."""
    client.force_login(make_member("Ada Lovelace", address="ada@gsa.gov", roles=("administrator",)))
    facts = {"email": address, "address": address, "name": "Eve Rice", "password": newcomer["password1"]}
    for deed, path in [
        (client.post, "/api/v1/members/"),
        (client.patch, "/api/v1/me/"),
        (client.post, "/api/v1/me/"),
    ]:
        assert deed(path, facts, content_type="application/json").status_code in (400, 403, 404, 405)


DOORS = [
    sign_up,
    change_address,
    reset_password,
    administration,
    create_admin,
    identity_provider,
    import_file,
    import_and_vouch,
    invitation,
    ask_the_api,
]
MAKING = [door for door in DOORS if door not in (reset_password, invitation, ask_the_api)]


@pytest.fixture(autouse=True)
def rules():
    day = timedelta(days=1)
    rows = [
        {"suffix": "closed.gov", "effect": "deny"},
        {"suffix": "open.closed.gov"},
        {"suffix": "over.gov", "effect": "deny"},
        {"suffix": "over.gov", "valid_until": timezone.now() - day},
        {"suffix": "soon.over.gov", "valid_until": timezone.now() + day},
        {"suffix": "gmail.com", "valid_from": timezone.now() + day},
    ]
    DomainRule.objects.bulk_create([DomainRule(**row) for row in rows])


@pytest.fixture(autouse=True)
def provider_at_hand(client, request):
    """It signs for real and takes its time: only where that door is tried."""
    if "callspec" in dir(request.node) and request.node.callspec.params.get("door") is identity_provider:
        client.provider = request.getfixturevalue("provider")


def test_thirty_addresses_are_tried():
    assert len(REFUSED) + len(ADMITTED) == 30


@pytest.mark.parametrize("address", REFUSED, ids=ascii)
@pytest.mark.parametrize("door", DOORS)
def test_no_door_lets_it_in_or_mails_it(client, monkeypatch, newcomer, door, address):
    door(client, monkeypatch, newcomer, address)
    assert not Member.objects.exclude(email="ada@gsa.gov").exists()
    assert not EmailAddress.objects.exclude(email="ada@gsa.gov").exists()
    assert not Mail.objects.exists()


@pytest.mark.parametrize("address", ADMITTED)
@pytest.mark.parametrize("door", MAKING)
def test_every_door_opens_for_an_eligible_address(client, monkeypatch, newcomer, newest_code, door, address):
    door(client, monkeypatch, newcomer, address)
    address = address.lower()
    if door is change_address:
        client.post("/accounts/confirm-email/", {"code": newest_code(address)})
    member = Member.objects.get(email=address)
    at_once = door in (change_address, create_admin, identity_provider, import_and_vouch)
    assert member.is_member == at_once, "the others have yet to prove it"
    assert member.proofs.filter(address=address).exists() == at_once


@pytest.mark.parametrize("address", ["eve@closed.gov", "eve@over.gov"])
def test_an_account_of_before_gets_no_proof_by_any_method_once_the_rules_say_no(client, address):
    member = make_member("Eve Rice", eligible=False, address=address)
    client.force_login(member)
    client.post("/accounts/status/")
    assert not Mail.objects.exists()
    for method in EligibilityProof.Method.values:
        with pytest.raises(Refused):
            prove_eligibility(member=member, address=address, method=method)
    assert not EligibilityProof.objects.exists()


def test_nothing_but_the_gate_makes_a_proof_or_activates_a_member():
    """The demo and the load test write their own, and say so in the method."""
    marks = re.compile(
        r"EligibilityProof\.objects\.(?:bulk_)?create|EligibilityProof\(|\.proofs\.create|\bMember\.objects\.create"
    )
    makers = {
        path.relative_to(ROOT).as_posix()
        for app in (
            "accounts",
            "audit",
            "config",
            "core",
            "forum",
            "notifications",
            "outbox",
            "pages",
            "workinggroups",
        )
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and marks.search(path.read_text())
    }
    assert makers - {"accounts/models/proofs.py"} == {"accounts/actions/proofs.py", "pages/demo/members.py"}
