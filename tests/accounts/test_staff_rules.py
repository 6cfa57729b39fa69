"""Domain rules on the pages of the staff: who is concerned is shown first, and nothing is written until confirmed."""

import pytest

from accounts.models import DomainRule
from audit.models import AuditEntry
from tests.factories import make_member

pytestmark = pytest.mark.django_db
RULE = {
    "suffix": "nasa.gov",
    "effect": "deny",
    "admission": "automatic",
    "affiliation": "",
    "reason": "Asked for.",
}


@pytest.fixture
def admin(client):
    member = make_member("Root Admin", roles=("administrator",))
    client.force_login(member)
    return member


def test_a_rule_is_shown_with_whom_it_concerns_and_made_when_confirmed(client, admin):
    ten = [make_member(f"Person {number}", address=f"p{number}@nasa.gov") for number in range(10)]
    text = client.post("/moderation/rules/add/", RULE).text
    assert "10 members lose access." in text
    assert all(person.email in text for person in ten)
    assert not DomainRule.objects.filter(suffix="nasa.gov").exists()
    assert client.post("/moderation/rules/add/", RULE | {"confirm": "1"}).status_code == 302
    rule = DomainRule.objects.get(suffix="nasa.gov")
    assert (rule.created_by, rule.effect) == (admin, "deny")
    assert "nasa.gov" in client.get("/moderation/rules/").text
    ten[0].refresh_from_db()
    assert ten[0].is_member  # until the notice is over
    assert AuditEntry.objects.filter(action="rule.save").count() == 1


def test_bad_input_is_explained(client, admin):
    text = client.post("/moderation/rules/add/", RULE | {"suffix": "no spaces.gov", "confirm": "1"}).text
    assert "data-errors" in text
    twice = client.post("/moderation/rules/add/", RULE | {"suffix": "gov", "effect": "allow", "confirm": "1"})
    assert "There is a rule like this" in twice.text
    assert DomainRule.objects.filter(suffix="gov").count() == 1


def test_ending_a_rule_shows_who_loses_and_gives_notice(client, admin):
    make_member("Dean", address="dean@mit.edu")
    rule = DomainRule.objects.get(suffix="edu")
    page = f"/moderation/rules/{rule.pk}/end/"
    text = client.get(page).text
    assert "1 member loses access." in text
    assert "dean@mit.edu" in text
    rule.refresh_from_db()
    assert rule.valid_until is None
    assert client.post(page).status_code == 302
    rule.refresh_from_db()
    assert rule.valid_until is not None
    assert client.get("/moderation/rules/999/end/").status_code == 404


def test_the_rule_that_administrators_depend_on_stays(client, admin):
    rule = DomainRule.objects.get(suffix="gov")
    text = client.post(f"/moderation/rules/{rule.pk}/end/", follow=True).text
    assert "No administrator would keep access." in text
    rule.refresh_from_db()
    assert rule.valid_until is None


def test_moderators_read_and_do_not_change(client):
    client.force_login(make_member(roles=("moderator",)))
    assert "Add a rule" not in client.get("/moderation/rules/").text
    rule = DomainRule.objects.get(suffix="edu")
    for path in ("/moderation/rules/add/", f"/moderation/rules/{rule.pk}/end/"):
        assert client.get(path).status_code == 403
        assert client.post(path, RULE | {"confirm": "1"}).status_code == 403
