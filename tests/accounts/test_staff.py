"""Django's admin: every deed goes through its action, and only administrators are let in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import DomainRule, EligibilityProof, Member, RoleGrant
from audit.models import AuditEntry
from tests.factories import PASSWORD, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    member = make_member("Ada Lovelace", roles=("administrator",))
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})  # fresh, as roles want it
    return member


def deeds():
    return AuditEntry.objects.exclude(action="member.sign_in")


@pytest.mark.parametrize("roles", [(), ("moderator",), ("steering",)])
def test_others_are_not_let_in(client, roles):
    client.force_login(make_member(roles=roles))
    for path in ("/admin/", "/admin/accounts/member/", "/admin/login/"):
        assert client.get(path, follow=True).status_code == 403


def test_an_account_made_here_meets_the_gate_and_is_no_member_yet(client, admin):
    form = {"email": "eve@gmail.com", "name": "Eve", "employment": "employee", "occupation": "other"}
    response = client.post("/admin/accounts/member/add/", form)
    assert "Addresses at gmail.com are not eligible." in response.text
    assert Member.objects.count() == 1
    response = client.post("/admin/accounts/member/add/", form | {"email": "Eve@EPA.gov"})
    assert response.status_code == 302
    eve = Member.objects.get(email="eve@epa.gov")
    assert not eve.is_member
    assert not eve.has_usable_password()
    assert AuditEntry.objects.filter(action="member.register", target=f"member:{eve.pk}").exists()


def suspend(client, member, until, reason):
    data = {"suspension_reason": reason}
    if until:
        local = timezone.localtime(until)
        data |= {
            "suspended_until_0": local.date().isoformat(),
            "suspended_until_1": local.strftime("%H:%M:%S"),
        }
    for prefix in ("proofs", "role_grants"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return client.post(f"/admin/accounts/member/{member.pk}/change/", data, follow=True)


def test_suspending_and_restoring(client, admin):
    member, tomorrow = make_member(), timezone.now() + timedelta(days=1)
    assert "Give the reason." in suspend(client, member, tomorrow, "").text
    suspend(client, member, tomorrow, "Sold watches.")
    member.refresh_from_db()
    assert member.is_suspended
    suspend(client, member, None, "")
    member.refresh_from_db()
    assert not member.is_suspended
    assert list(deeds().values_list("action", flat=True)) == ["member.restore", "member.suspend"]


def test_what_an_action_refuses_is_told_and_not_done(client, admin):
    tomorrow = timezone.now() + timedelta(days=1)
    assert "You can’t suspend yourself." in suspend(client, admin, tomorrow, "Tired.").text
    past = timezone.now() - timedelta(days=1)
    assert "Choose a moment to come." in suspend(client, make_member(), past, "Late.").text
    response = client.post(
        "/admin/accounts/rolegrant/add/", {"member": admin.pk, "role": "moderator"}, follow=True
    )
    assert "Nobody grants a role to themselves" in response.text
    grant = RoleGrant.objects.get(member=admin)
    response = client.post(f"/admin/accounts/rolegrant/{grant.pk}/delete/", {"post": "yes"}, follow=True)
    assert "Nobody grants a role to themselves" in response.text
    assert RoleGrant.objects.get() == grant
    assert not deeds().exists()


def test_roles_are_granted_and_revoked(client, admin):
    member = make_member()
    client.post("/admin/accounts/rolegrant/add/", {"member": member.pk, "role": "moderator"})
    member.refresh_from_db()
    assert member.is_moderator
    grant = RoleGrant.objects.get(member=member)
    assert grant.granted_by == admin
    client.post(f"/admin/accounts/rolegrant/{grant.pk}/delete/", {"post": "yes"})
    member.refresh_from_db()
    assert member.site_roles == []


def test_vouching(client, admin):
    member = make_member(eligible=False)
    action = {"action": "vouch", "_selected_action": [member.pk, admin.pk]}
    response = client.post("/admin/accounts/member/", action, follow=True)
    assert "1 member has access now." in response.text
    assert "Nobody vouches for themselves." in response.text
    member.refresh_from_db()
    assert member.is_member
    assert member.proofs.get().method == "administrator"


def test_a_rule_is_normalised_and_audited_with_old_and_new(client, admin):
    form = {
        "effect": "allow",
        "admission": "automatic",
        "valid_from_0": "2026-01-01",
        "valid_from_1": "00:00",
    }
    client.post("/admin/accounts/domainrule/add/", form | {"suffix": ".BÜCHER.gov."})
    rule = DomainRule.objects.get(created_by=admin)
    assert rule.suffix == "xn--bcher-kva.gov"
    client.post(
        f"/admin/accounts/domainrule/{rule.pk}/change/", form | {"suffix": rule.suffix, "effect": "deny"}
    )
    entry = AuditEntry.objects.latest("id")
    assert entry.facts["before"]["rule"] == "allow xn--bcher-kva.gov"
    assert entry.facts["after"]["rule"] == "deny xn--bcher-kva.gov"
    client.post(f"/admin/accounts/domainrule/{rule.pk}/delete/", {"post": "yes"})
    assert AuditEntry.objects.latest("id").action == "rule.delete"
    response = client.post("/admin/accounts/domainrule/add/", form | {"suffix": "no spaces.gov"})
    assert response.status_code == 200
    assert DomainRule.objects.count() == 3


def test_evidence_is_only_read(client, admin):
    proof = EligibilityProof.objects.get(member=admin)
    path = f"/admin/accounts/eligibilityproof/{proof.pk}"
    assert client.get(f"{path}/change/").status_code == 200
    assert client.post(f"{path}/change/", {}).status_code == 403
    assert client.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"/admin/accounts/member/{admin.pk}/delete/", {"post": "yes"}).status_code == 403
