"""A suspended member appeals once; somebody of the staff who had no part in it decides, and the member is told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import restore_member, suspend_member
from accounts.models import Appeal
from audit.models import AuditEntry
from outbox.models import Mail
from tests.factories import make_member

pytestmark = pytest.mark.django_db
DECISION = {"outcome": "lifted", "answer": "They were a present."}


def signed_in(member):
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def admin():
    return make_member("Root Admin", roles=("administrator",))


@pytest.fixture
def ada(admin):
    member = make_member("Ada Byrne", handle="ada")
    until = timezone.now() + timedelta(hours=20)
    return suspend_member(actor=admin, member=member, until=until, reason="Sold watches.")


def make_appeal(member, text="It was a present."):
    return signed_in(member).post("/accounts/appeal/", {"text": text}, follow=True)


def test_the_status_page_has_the_form_and_takes_one_appeal(ada):
    theirs = signed_in(ada)
    page = theirs.get("/accounts/status/").text
    assert "Sold watches." in page
    assert "Send the appeal" in page
    assert "Say why the suspension should be lifted." in make_appeal(ada, " ").text
    assert not Appeal.objects.exists()
    text = make_appeal(ada).text
    assert "Your appeal is sent." in text
    assert "Send the appeal" not in text
    assert "You have appealed against this suspension already." in make_appeal(ada, "Again!").text
    assert Appeal.objects.get().text == "It was a present."
    assert AuditEntry.objects.filter(action="appeal.make").count() == 1
    assert not AuditEntry.objects.filter(facts__icontains="present").exists()


def test_nobody_else_appeals():
    visitor = Client()
    assert visitor.post("/accounts/appeal/", {"text": "x"})["Location"].startswith("/accounts/login/")
    member = make_member()
    assert make_appeal(member).redirect_chain[0][0] == "/accounts/status/"
    assert signed_in(member).get("/accounts/appeal/").status_code == 405
    assert not Appeal.objects.exists()


def test_whoever_suspended_does_not_decide_and_another_one_does(admin, ada):
    make_appeal(ada)
    page = f"/moderation/appeals/{Appeal.objects.get().pk}/"
    assert "You gave this suspension." in signed_in(admin).get("/moderation/appeals/").text
    assert signed_in(admin).post(page, DECISION).status_code == 403
    moderator = make_member("Mod", roles=("moderator",))
    theirs = signed_in(moderator)
    assert "It was a present." in theirs.get(page).text
    assert "Choose what becomes" in theirs.post(page, {"answer": "Yes."}).text
    assert "Give the answer." in theirs.post(page, {"outcome": "lifted"}).text
    assert theirs.post(page, DECISION).status_code == 302
    ada.refresh_from_db()
    assert ada.is_member
    appeal = Appeal.objects.get()
    assert (appeal.outcome, appeal.decided_by) == ("lifted", moderator)
    assert "They were a present." in Mail.objects.filter(to=ada.email).latest("id").text
    assert theirs.post(page, DECISION).status_code == 403
    assert "They were a present." in theirs.get("/moderation/appeals/").text


def test_a_suspension_that_stays_is_explained_on_the_status_page(ada):
    make_appeal(ada)
    appeal = Appeal.objects.get()
    decider = signed_in(make_member(roles=("moderator",)))
    decider.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "kept", "answer": "Twelve presents?"})
    ada.refresh_from_db()
    assert ada.is_suspended
    assert "Twelve presents?" in signed_in(ada).get("/accounts/status/").text
    assert "Twelve presents?" in Mail.objects.filter(to=ada.email).latest("id").text


def test_what_only_administrators_lift_only_administrators_decide(admin):
    member = make_member()
    until = timezone.now() + timedelta(days=40)
    suspend_member(actor=admin, member=member, until=until, reason="Spam.")
    make_appeal(member)
    page = f"/moderation/appeals/{Appeal.objects.get().pk}/"
    assert signed_in(make_member(roles=("moderator",))).post(page, DECISION).status_code == 403
    assert signed_in(make_member(roles=("administrator",))).post(page, DECISION).status_code == 302


def test_nobody_decides_their_own(admin):
    moderator = make_member("Mod", roles=("moderator",))
    until = timezone.now() + timedelta(hours=20)
    suspend_member(actor=admin, member=moderator, until=until, reason="Spam.")
    make_appeal(moderator)
    page = f"/moderation/appeals/{Appeal.objects.get().pk}/"
    assert signed_in(moderator).post(page, DECISION).status_code == 302  # to the status page
    restore_member(actor=admin, member=moderator)
    assert signed_in(moderator).post(page, DECISION).status_code == 403
    assert Appeal.objects.get().decided_at is None


def test_the_page_is_for_staff(ada):
    make_appeal(ada)
    page = f"/moderation/appeals/{Appeal.objects.get().pk}/"
    assert signed_in(make_member(roles=("steering",))).get(page).status_code == 404
    assert signed_in(make_member(roles=("moderator",))).get("/moderation/appeals/999/").status_code == 404
