"""The pages of the staff below /moderation/: who gets in, what is shown to whom, and the deeds on a member."""

import csv
import time
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.models import Member, RoleGrant, Standing
from audit.models import AuditEntry
from outbox.models import Mail
from tests.factories import PASSWORD, make_agency, make_member

pytestmark = pytest.mark.django_db
PAGES = ["", "members/", "members/ada/", "roles/", "appeals/", "rules/"]


@pytest.fixture
def admin(client):
    member = make_member("Root Admin", roles=("administrator",))
    client.force_login(member)
    return member


@pytest.fixture
def ada():
    return make_member("Ada Byrne", handle="ada", address="ada@nasa.gov")


def sign_in_freshly(client, member, minutes=0):
    client.force_login(member)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 60 * minutes}]
    session["account_authentication_methods_user"] = str(member.pk)
    session.save()


def actions():
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


@pytest.mark.parametrize("roles", [(), ("steering",), ("auditor",)])
def test_for_others_the_pages_do_not_exist(client, ada, roles):
    client.force_login(make_member(roles=roles))
    assert [client.get(f"/moderation/{page}").status_code for page in PAGES] == [404] * len(PAGES)
    for deed in ("suspend", "restore", "proof", "roles", "sessions"):
        assert client.post(f"/moderation/members/ada/{deed}/", {"reason": "x"}).status_code == 404
    assert client.post("/moderation/export/").status_code == 404
    assert "/moderation/" not in client.get("/members/").text.replace("/moderation/audit/", "")


@pytest.mark.parametrize("role", ["administrator", "moderator"])
def test_staff_finds_its_pages_in_the_menu(client, ada, role):
    client.force_login(make_member(roles=(role,)))
    assert 'href="/moderation/"' in client.get("/members/").text
    assert [client.get(f"/moderation/{page}").status_code for page in PAGES] == [200] * len(PAGES)


def test_roles_that_sleep_open_nothing(client, settings):
    settings.COMMONS_STAFF_SECOND_FACTOR = True
    client.force_login(make_member(roles=("administrator",), second_factor_at=None))
    assert client.get("/moderation/").status_code == 404


def test_evidence_is_for_administrators(client, ada):
    client.force_login(make_member(roles=("moderator",)))
    for page in ("/moderation/members/", "/moderation/members/?q=ada@nasa.gov", "/moderation/members/ada/"):
        text = client.get(page).text.replace('value="ada@nasa.gov"', "")
        assert "ada@nasa.gov" not in text
        assert "allow gov" not in text
    assert client.post("/moderation/export/").status_code == 403
    assert client.post("/moderation/members/ada/sessions/").status_code == 403
    assert client.get("/moderation/members/ada/proof/").status_code == 403


def test_the_evidence_tells_why_somebody_is_a_member(client, admin, ada):
    text = client.get("/moderation/members/ada/").text
    assert "The rules admit the address now: <strong>allow gov</strong>" in text
    assert "Code by mail" in text
    Member.objects.filter(pk=ada.pk).update(email="ada@gmail.com")
    assert "Addresses at gmail.com are not eligible" in client.get("/moderation/members/ada/").text


def test_people_are_found_by_name_handle_address_agency_and_state(client, admin, ada):
    nasa = make_agency("National Aeronautics and Space Administration", "NASA")
    Member.objects.filter(pk=ada.pk).update(agency=nasa)
    make_member("Bob Late", handle="bob", eligible=False)
    for query in ("q=byrne", "q=ada", "q=ada@nasa.gov", "q=nasa", f"agency={nasa.pk}"):
        found = client.get(f"/moderation/members/?{query}").context["page"]
        assert [person.handle for person in found] == ["ada"], query
    assert [p.handle for p in client.get("/moderation/members/?state=unproved").context["page"]] == ["bob"]
    assert len(client.get("/moderation/members/?state=nonsense&agency=x").context["page"]) == 3


def test_filter_and_standing_agree_about_everybody():
    hour = timedelta(hours=1)
    now = timezone.now()
    for eligible in (True, False):
        for until in (None, now + hour, now - hour):
            for disabled in (None, now):
                for active in (True, False):
                    for lapsed in (True, False):
                        person = make_member(
                            eligible=eligible, suspended_until=until, disabled_at=disabled, is_active=active
                        )
                        if lapsed and eligible:
                            Member.objects.filter(pk=person.pk).update(eligible_until=now - hour)
    everyone = list(Member.objects.all())
    for standing in Standing:
        found = set(Member.objects.in_standing(standing).values_list("pk", flat=True))
        assert found == {person.pk for person in everyone if person.standing == standing}
    assert {p.pk for p in everyone if p.is_member} == {p.pk for p in everyone if p.standing == "active"}


def test_the_list_has_pages_and_few_queries(client, admin, django_assert_max_num_queries):
    for number in range(60):
        make_member(f"Person {number:02}")
    with django_assert_max_num_queries(12):
        first = client.get("/moderation/members/?q=person").context["page"]
    assert (len(first), bool(first.next)) == (50, True)
    second = client.get(f"/moderation/members/?q=person&cursor={first.next}").context["page"]
    assert len(second) == 10


def test_the_export_is_inert_filtered_and_audited(client, admin, ada):
    make_member('=cmd|"x"', handle="eve", eligible=False)
    response = client.post("/moderation/export/", {"state": "unproved"})
    rows = list(csv.reader(response.text.removeprefix("\ufeff").splitlines()))
    assert rows[0][:3] == ["name", "handle", "address"]
    assert [row[0] for row in rows[1:]] == ['\'=cmd|"x"']
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.facts) == ("member.export", {"criteria": {"state": "unproved"}})
    assert client.get("/moderation/export/").status_code == 405


# --- Suspension -------------------------------------------------------------------------------------
def test_a_moderator_suspends_for_a_day_at_most(client, ada):
    moderator = make_member("Mod", roles=("moderator",))
    client.force_login(moderator)
    form = {"reason": "Sold watches.", "length": "24"}
    assert client.post("/moderation/members/ada/suspend/", form | {"length": "168"}).status_code == 200
    assert client.post("/moderation/members/ada/suspend/", form | {"reason": " "}).status_code == 200
    ada.refresh_from_db()
    assert not ada.is_suspended
    assert client.post("/moderation/members/ada/suspend/", form).status_code == 302
    ada.refresh_from_db()
    assert timedelta(hours=23) < ada.suspended_until - timezone.now() <= timedelta(hours=24)
    suspension = ada.suspensions.get()
    assert (suspension.suspended_by, suspension.reason) == (moderator, "Sold watches.")
    mail = Mail.objects.get(to=ada.email)
    assert "Sold watches." in mail.text
    assert "appeal" in mail.text
    assert actions() == ["member.suspend"]
    for other in (make_member(roles=("administrator",)), make_member(roles=("moderator",)), moderator):
        assert client.post(f"/moderation/members/{other.handle}/suspend/", form).status_code == 403


def test_an_administrator_suspends_until_any_day_and_a_moderator_does_not_undo_it(client, admin, ada):
    day = timezone.localdate() + timedelta(days=400)
    form = {"reason": "Sold watches.", "length": "day"}
    assert "Choose the day." in client.post("/moderation/members/ada/suspend/", form).text
    past = client.post("/moderation/members/ada/suspend/", form | {"day": "2020-01-01"})
    assert "Choose a moment to come." in past.text
    client.post("/moderation/members/ada/suspend/", form | {"day": day.isoformat()})
    client.force_login(make_member(roles=("moderator",)))
    assert client.post("/moderation/members/ada/restore/").status_code == 403
    assert client.post("/moderation/members/ada/suspend/", form | {"length": "1"}).status_code == 403
    client.force_login(admin)
    page = client.get("/moderation/members/ada/").text
    assert "In force" in page
    assert client.post("/moderation/members/ada/restore/").status_code == 302
    ada.refresh_from_db()
    assert ada.is_member
    assert ada.suspensions.get().lifted_by == admin
    assert actions() == ["member.suspend", "member.restore"]
    assert Mail.objects.filter(to=ada.email).count() == 2


def test_a_new_suspension_takes_the_place_of_the_one_before(client, admin, ada):
    for length in ("24", "168"):
        client.post("/moderation/members/ada/suspend/", {"reason": "Spam.", "length": length})
    newest, before = ada.suspensions.all()
    assert newest.is_in_force
    assert not before.is_in_force


# --- Proof and sessions -----------------------------------------------------------------------------
def test_a_new_proof_is_asked_for_and_a_code_gives_access_back(client, admin, ada, newest_code):
    theirs = Client()
    theirs.force_login(ada)
    assert theirs.get("/members/").status_code == 200
    assert client.post("/moderation/members/ada/proof/", {"reason": ""}).status_code == 200
    assert client.post("/moderation/members/ada/proof/", {"reason": "Moved agency?"}).status_code == 302
    assert theirs.get("/members/")["Location"].startswith("/accounts/status/")
    assert "Moved agency?" in Mail.objects.get(to="ada@nasa.gov").text
    assert actions() == ["eligibility.ask"]
    assert client.get(f"/moderation/members/{admin.handle}/proof/").status_code == 403
    theirs.post("/accounts/status/")
    theirs.post("/accounts/confirm-email/", {"code": newest_code("ada@nasa.gov")})
    assert theirs.get("/members/").status_code == 200


def test_sessions_are_ended_one_or_all(client, admin, ada):
    theirs = [Client(), Client(), Client()]
    for each in theirs:
        each.post("/accounts/login/", {"login": "ada@nasa.gov", "password": PASSWORD})
    assert "End all" in client.get("/moderation/members/ada/").text
    _first, second, _third = UserSession.objects.filter(user=ada).order_by("pk")
    other = UserSession.objects.filter(user=admin).first()
    client.post(f"/moderation/members/ada/sessions/{second.pk}/")
    assert [each.get("/members/").status_code for each in theirs] == [200, 302, 200]
    if other:  # of another member: not through this address
        client.post(f"/moderation/members/ada/sessions/{other.pk}/")
        assert client.get("/moderation/").status_code == 200
    client.post("/moderation/members/ada/sessions/")
    assert [each.get("/members/").status_code for each in theirs] == [302, 302, 302]
    assert AuditEntry.objects.filter(action="session.end").count() == 2


# --- Roles ------------------------------------------------------------------------------------------
def test_roles_need_a_fresh_sign_in(client, ada):
    admin = make_member(roles=("administrator",))
    sign_in_freshly(client, admin, minutes=11)
    for answer in (
        client.get("/moderation/members/ada/roles/"),
        client.post("/moderation/members/ada/roles/", {"role": "moderator"}),
    ):
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not RoleGrant.objects.filter(member=ada).exists()
    sign_in_freshly(client, admin, minutes=9)
    assert client.post("/moderation/members/ada/roles/", {"role": "moderator"}).status_code == 302
    grant = RoleGrant.objects.get(member=ada)
    assert (grant.role, grant.granted_by) == ("moderator", admin)
    assert "Ada Byrne" in client.get("/moderation/roles/").text
    client.post("/moderation/members/ada/roles/", {"revoke": "moderator"})
    ada.refresh_from_db()
    assert ada.site_roles == []
    assert actions()[-2:] == ["role.grant", "role.revoke"]


def test_of_two_administrators_neither_grants_to_themselves_and_the_last_one_stays(client):
    first, second = (make_member(roles=("administrator",)) for _ in range(2))
    for one in (first, second):
        sign_in_freshly(client, one)
        mine = f"/moderation/members/{one.handle}/roles/"
        assert client.post(mine, {"role": "steering"}).status_code == 403
        assert client.post(mine, {"revoke": "administrator"}).status_code == 403
    sign_in_freshly(client, first)
    client.post(f"/moderation/members/{second.handle}/roles/", {"revoke": "administrator"})
    assert [grant.member for grant in RoleGrant.objects.all()] == [first]
    sign_in_freshly(client, second)
    assert (
        client.post(f"/moderation/members/{first.handle}/roles/", {"revoke": "administrator"}).status_code
        == 404
    )
    sign_in_freshly(client, first)
    assert (
        client.post(f"/moderation/members/{first.handle}/roles/", {"revoke": "administrator"}).status_code
        == 403
    )


def test_a_moderator_grants_nothing(client, ada):
    sign_in_freshly(client, make_member(roles=("moderator",)))
    assert client.post("/moderation/members/ada/roles/", {"role": "moderator"}).status_code == 403


def test_the_audit_log_of_a_member_is_for_auditors(client, ada):
    AuditEntry.objects.create(actor_id=ada.pk, actor_label="Ada", action="topic.lock", target="topic:7")
    client.force_login(make_member(roles=("administrator",)))
    assert "topic:7" not in client.get("/moderation/members/ada/").text
    client.force_login(make_member(roles=("administrator", "auditor")))
    assert "topic:7" in client.get("/moderation/members/ada/").text


def test_the_committee_is_public_with_name_title_and_agency_alone(client):
    leah = make_member("Leah Stroud", title="Deputy chief AI officer", roles=("steering",))
    gone = make_member("Gone Person", roles=("steering",))
    Member.objects.filter(pk=gone.pk).update(eligible_until=timezone.now() - timedelta(days=1))
    assert 'href="/about/steering/"' in client.get("/about/").text
    text = client.get("/about/steering/").text
    for shown in ("Leah Stroud", "Deputy chief AI officer", "General Services Administration"):
        assert shown in text
    for hidden in (leah.email, leah.handle, "Gone Person"):
        assert hidden not in text
