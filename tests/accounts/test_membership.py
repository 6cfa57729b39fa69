"""Who is in, who is out, and what those who are out are told."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.actions import grant_role, prove_eligibility, restore_member, revoke_role, suspend_member
from accounts.models import DomainRule, EligibilityProof, Member, RoleGrant
from audit.models import AuditEntry
from core.errors import Refused
from outbox.models import Mail
from tests.factories import PASSWORD, make_member

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent


def tomorrow():
    return timezone.now() + timedelta(days=1)


@pytest.fixture
def rechecked(monkeypatch, django_capture_on_commit_callbacks):
    """The members whose sockets were looked at again."""
    seen: list[int] = []
    monkeypatch.setattr("core.live.recheck", seen.append)
    return seen


def test_an_ended_proof_closes_every_page_and_offers_a_code(client, newest_code):
    member = make_member("Ada Lovelace", address="ada@gsa.gov")
    Member.objects.filter(pk=member.pk).update(eligible_until=timezone.now() - timedelta(seconds=1))
    client.force_login(member)
    response = client.get("/members/?q=x", follow=True)
    assert response.redirect_chain == [("/accounts/status/?next=%2Fmembers%2F%3Fq%3Dx", 302)]
    assert "Prove your address again" in response.text
    assert not Mail.objects.exists(), "a GET mails nothing"
    response = client.post("/accounts/status/", {"next": "/members/?q=x"})
    assert response.url == "/accounts/confirm-email/?next=%2Fmembers%2F%3Fq%3Dx"
    assert client.get(response.url).status_code == 200
    response = client.post(response.url, {"code": newest_code("ada@gsa.gov"), "next": "/members/?q=x"})
    assert response.url == "/members/?q=x"
    assert client.get(response.url).status_code == 200
    assert member.proofs.count() == 2


def test_three_codes_an_hour_and_no_more(client):
    member = make_member(eligible=False)
    client.force_login(member)
    for _time in range(3):
        assert client.post("/accounts/status/").status_code == 302
    response = client.post("/accounts/status/")
    assert response.status_code == 429
    assert response["Retry-After"] == "3600"
    assert Mail.objects.count() == 3


def test_an_expired_code_on_the_status_way_says_so(client, newest_code):
    member = make_member(eligible=False)
    client.force_login(member)
    client.post("/accounts/status/")
    session = client.session
    session["account_email_verification_code"] |= {"at": timezone.now().timestamp() - 1000}
    session.save()
    response = client.post("/accounts/confirm-email/", {"code": newest_code(member.email)}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/status/"
    assert "That code has expired." in response.text


def test_an_address_that_no_rule_admits_any_more_is_told_whom_to_ask(client, settings):
    member = make_member(eligible=False, address="a@closed.gov")
    DomainRule.objects.create(suffix="closed.gov", effect="deny")
    client.force_login(member)
    response = client.get("/accounts/status/")
    assert settings.COMMONS_CONTACT in response.text
    assert "Mail me a code" not in response.text
    client.post("/accounts/status/")
    assert not Mail.objects.exists()


def test_a_suspended_member_reads_the_reason_and_nothing_else(
    client, rechecked, django_capture_on_commit_callbacks
):
    admin, member = make_member(roles=("administrator",)), make_member()
    client.force_login(member)
    assert client.get("/members/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        suspend_member(actor=admin, member=member, until=tomorrow(), reason="Sold watches.")
    assert rechecked == [member.pk]
    response = client.get("/members/", follow=True)
    assert "Sold watches." in response.text
    assert "Mail me a code" not in response.text
    assert client.get("/api/v1/me/").status_code == 403
    with django_capture_on_commit_callbacks(execute=True):
        restore_member(actor=admin, member=member)
    assert client.get("/members/").status_code == 200
    assert AuditEntry.objects.filter(action="member.suspend", target=f"member:{member.pk}").exists()


def test_who_may_suspend_whom():
    admin, moderator = make_member(roles=("administrator",)), make_member(roles=("moderator",))
    member, day = make_member(), timezone.now() + timedelta(hours=23)
    suspend_member(actor=moderator, member=member, until=day, reason="A pause.")
    for actor, target, until in [
        (moderator, member, timezone.now() + timedelta(days=2)),
        (moderator, admin, day),
        (moderator, moderator, day),
        (member, moderator, day),
        (admin, admin, day),
    ]:
        with pytest.raises(Refused):
            suspend_member(actor=actor, member=target, until=until, reason="No.")


def test_members_in_a_queryset_and_one_by_one_are_the_same():
    for fields in [
        {},
        {"eligible": False},
        {"suspended_until": tomorrow()},
        {"suspended_until": timezone.now() - timedelta(1)},
        {"is_active": False},
    ]:
        make_member(**fields)
    lapsed = make_member()
    Member.objects.filter(pk=lapsed.pk).update(eligible_until=timezone.now() - timedelta(1))
    one_by_one = {member.pk for member in Member.objects.all() if member.is_member}
    assert one_by_one == set(Member.objects.members().values_list("pk", flat=True))
    assert len(one_by_one) == 2


def test_only_the_proof_gives_access():
    """Nothing but the one action (and the demo, which says so in its proofs) writes `eligible_until`."""
    writers = {
        str(path.relative_to(ROOT))
        for app in ["accounts", "audit", "core", "forum", "notifications", "outbox", "pages", "workinggroups"]
        for path in (ROOT / app).rglob("*.py")
        if not {"migrations", "models"} & set(path.parts)
        and any(mark in path.read_text() for mark in ("eligible_until =", "eligible_until="))
        # The first takes access and never gives it; the second only writes on a member that is never saved.
        and path.name not in ("evidence.py", "access.py")
    }
    assert {name for name in writers if not name.startswith("pages/")} == {
        "accounts/actions/proofs.py",
        "accounts/actions/rules.py",
    }


def test_an_administrator_vouches_but_not_for_themselves_and_never_against_the_rules():
    admin, member = make_member(roles=("administrator",)), make_member(eligible=False)
    by_word = EligibilityProof.Method.ADMINISTRATOR
    prove_eligibility(member=member, address=member.email, method=by_word, actor=admin)
    member.refresh_from_db()
    assert member.is_member
    with pytest.raises(Refused):
        prove_eligibility(member=admin, address=admin.email, method=by_word, actor=admin)
    with pytest.raises(Refused):
        prove_eligibility(
            member=make_member(eligible=False), address="a@gsa.gov", method=by_word, actor=member
        )
    with pytest.raises(Refused, match=r"gmail\.com"):
        prove_eligibility(member=member, address="a@gmail.com", method=by_word, actor=admin)


def test_roles_are_rows_and_a_column_that_agree(rechecked, django_capture_on_commit_callbacks):
    admin, member = make_member(roles=("administrator",)), make_member()
    with django_capture_on_commit_callbacks(execute=True):
        grant_role(actor=admin, member=member, role="moderator")
        grant_role(actor=admin, member=member, role="moderator")
        grant_role(actor=admin, member=member, role="steering")
        revoke_role(actor=admin, member=member, role="steering")
    member.refresh_from_db()
    assert member.site_roles == ["moderator"]
    assert RoleGrant.objects.get(member=member).granted_by == admin
    assert rechecked == [member.pk] * 4
    assert AuditEntry.objects.filter(action="role.grant").count() == 2


def test_nobody_grants_to_themselves_and_the_last_administrator_stays():
    admin, other, member = make_member(roles=("administrator",)), make_member(), make_member()
    for actor, target in [(admin, admin), (member, other), (member, member)]:
        with pytest.raises(Refused):
            grant_role(actor=actor, member=target, role="moderator")
    with pytest.raises(Refused, match="last administrator"):
        revoke_role(actor=None, member=admin, role="administrator")
    grant_role(actor=admin, member=other, role="administrator")
    other.refresh_from_db()
    revoke_role(actor=other, member=admin, role="administrator")
    with pytest.raises(Refused):
        revoke_role(actor=admin, member=other, role="administrator")
    other.refresh_from_db()
    assert other.is_administrator


def test_signing_out_and_a_new_password_close_sockets(client, rechecked, django_capture_on_commit_callbacks):
    member = make_member()
    client.force_login(member)
    with django_capture_on_commit_callbacks(execute=True):
        new = "violet-harbor-teapot-9"
        client.post(
            "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
        )
    assert member.pk in rechecked
    rechecked.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/logout/")
    assert member.pk in rechecked
