"""Changing domain rules: seen before, told to whom it concerns, and in force when it was said to be."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.actions import delete_rule, end_rule, plan_rule, prove_eligibility, save_rule
from accounts.eligibility import FOREVER, RuleBook
from accounts.models import DomainRule, Member
from audit.models import AuditEntry
from core.errors import Refused
from outbox.models import Mail
from tests.factories import make_agency, make_member

pytestmark = pytest.mark.django_db
START = datetime(2027, 3, 2, 12, tzinfo=UTC)
FORM = {"effect": "allow", "admission": "automatic", "valid_from_0": "2026-01-01", "valid_from_1": "00:00"}


@pytest.fixture
def admin():
    return make_member("Ada Byrne", address="ada@gsa.gov", roles=("administrator",))


@pytest.fixture
def charity():
    """A rule of its own kind: nothing else admits these addresses."""
    return DomainRule.objects.create(suffix="charity.org", valid_from=timezone.now() - timedelta(days=1))


@pytest.fixture
def ten(charity):
    return [make_member(address=f"helper{n}@{'east.' if n % 2 else ''}charity.org") for n in range(10)]


def told(kind: str) -> set[str]:
    return set(Mail.objects.filter(kind=f"membership.{kind}").values_list("to", flat=True))


def ends(members) -> set:
    return set(Member.objects.filter(pk__in=[m.pk for m in members]).values_list("eligible_until", flat=True))


# --- The pure part -----------------------------------------------------------------------------------


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def rule(suffix: str, start: int = -9, end: int | None = None, effect: str = "allow") -> DomainRule:
    return DomainRule(
        suffix=suffix, effect=effect, valid_from=at(start), valid_until=None if end is None else at(end)
    )


@pytest.mark.parametrize(
    ("rules", "until"),
    [
        ([rule("gov")], FOREVER),
        ([], None),
        ([rule("gov", 1)], None),
        ([rule("gov", end=5)], at(5)),
        ([rule("gov", end=5), rule("gov", 5)], FOREVER),
        ([rule("gov", end=5), rule("gov", 6)], at(5)),
        ([rule("gov"), rule("a.gov", 3, effect="deny")], at(3)),
        ([rule("gov"), rule("a.gov", 3, effect="deny"), rule("b.a.gov")], FOREVER),
        ([rule("gov"), rule("a.gov", 3, 4, effect="deny")], at(3)),
        ([rule("gov", end=5), rule("a.gov")], FOREVER),
        ([rule("a.gov", end=-1), rule("gov")], FOREVER),
        ([rule("gov", -9, 0)], None),
    ],
)
def test_until_when_an_address_is_admitted(rules, until):
    assert RuleBook(rules).admitted_until("x@b.a.gov", START) == until
    assert bool(RuleBook(rules).decide("x@b.a.gov", START)) == (until is not None)


# --- Taking away -------------------------------------------------------------------------------------


def test_removing_a_rule_shows_the_ten_gives_notice_and_ends_their_access_then(client, admin, charity, ten):
    client.force_login(admin)
    page = f"/admin/accounts/domainrule/{charity.pk}/delete/"
    shown = client.get(page).text
    assert "10 members lose access." in shown
    assert all(member.email in shown for member in ten)
    assert not Mail.objects.exists()
    response = client.post(page, {"post": "yes"}, follow=True)
    assert "They have been told" in response.text
    charity.refresh_from_db()
    announced = charity.valid_until
    assert timedelta(days=13, hours=23) < announced - timezone.now() <= timedelta(days=14)
    assert ends(ten) == {announced}
    assert told("closing") == {member.email for member in ten}
    entry = AuditEntry.objects.get(action="rule.end")
    assert (entry.facts["before"]["valid_until"], sorted(entry.facts["lost"])) == (None, [m.pk for m in ten])
    assert entry.facts["after"]["valid_until"] == announced.isoformat()
    with time_machine.travel(announced - timedelta(minutes=1), tick=False):
        client.force_login(ten[0])
        assert client.get("/forum/").status_code == 200
        assert "Your access is going to end" in client.get("/accounts/status/").text
    with time_machine.travel(announced, tick=False):
        client.force_login(ten[0])
        assert client.get("/forum/").url.startswith("/accounts/status/")
        assert client.get("/api/v1/me/").status_code == 403
        assert "not admitted any more" in client.get("/accounts/status/").text
        with pytest.raises(Refused):
            prove_eligibility(member=ten[0], address=ten[0].email, method="code")


def test_an_announced_end_can_be_taken_back(admin, charity, ten):
    before = ends(ten)
    delete_rule(actor=admin, rule=charity)
    charity.refresh_from_db()
    charity.valid_until = None
    save_rule(actor=admin, rule=charity)
    assert ends(ten) == before
    assert told("staying") == {member.email for member in ten}


def test_another_rule_saves_those_it_covers(admin, charity, ten):
    delete_rule(actor=admin, rule=charity)
    save_rule(actor=admin, rule=DomainRule(suffix="east.charity.org"))
    east = {member.email for member in ten if "east" in member.email}
    assert told("staying") == east
    assert len(ends(ten)) > 1


def test_who_proves_while_an_end_is_announced_has_access_until_then(admin, charity, ten):
    delete_rule(actor=admin, rule=charity)
    charity.refresh_from_db()
    late = make_member(eligible=False, address="late@charity.org")
    prove_eligibility(member=late, address=late.email, method="code")
    assert ends([late]) == {charity.valid_until}


def test_a_denial_begins_after_the_notice_and_a_change_of_effect_too(admin, charity, ten):
    deny = save_rule(actor=admin, rule=DomainRule(suffix="east.charity.org", effect="deny"))
    assert deny.valid_from > timezone.now() + timedelta(days=13)
    assert len(told("closing")) == 5
    assert not make_and_prove("new@east.charity.org").eligible_until > deny.valid_from
    charity.effect = "deny"
    changed = save_rule(actor=admin, rule=charity)
    charity.refresh_from_db()
    assert (charity.effect, changed.effect) == ("allow", "deny")
    assert charity.valid_until == changed.valid_from > timezone.now() + timedelta(days=13)


def make_and_prove(address: str) -> Member:
    member = make_member(eligible=False, address=address)
    prove_eligibility(member=member, address=address, method="code")
    member.refresh_from_db()
    return member


def test_what_costs_nobody_their_access_is_done_at_once(admin, charity, ten):
    charity.agency = make_agency("Charity", "CH")
    charity.admission = "approval"
    saved = save_rule(actor=admin, rule=charity)
    assert (saved.pk, saved.valid_until) == (charity.pk, None)
    assert not Mail.objects.exists()
    empty = save_rule(actor=admin, rule=DomainRule(suffix="empty.org"))
    assert delete_rule(actor=admin, rule=empty).deleted
    assert not DomainRule.objects.filter(pk=empty.pk).exists()


def test_the_administrators_can_not_shut_themselves_out(admin):
    with pytest.raises(Refused, match="No administrator would keep access"):
        delete_rule(actor=admin, rule=DomainRule.objects.get(suffix="gov"))
    assert DomainRule.objects.get(suffix="gov").valid_until is None


def test_only_administrators_and_no_two_rules_alike(admin, charity):
    for deed in (
        lambda actor: save_rule(actor=actor, rule=DomainRule(suffix="x.org")),
        lambda actor: delete_rule(actor=actor, rule=charity),
        lambda actor: end_rule(actor=actor, rule=charity),
    ):
        with pytest.raises(Refused):
            deed(make_member(roles=("moderator",)))
    with pytest.raises(ValidationError, match="already"):
        save_rule(actor=admin, rule=DomainRule(suffix="charity.org"))
    end_rule(actor=admin, rule=charity)
    save_rule(actor=admin, rule=DomainRule(suffix="charity.org"))
    assert DomainRule.objects.filter(suffix="charity.org").count() == 2


def test_a_dry_run_writes_nothing(admin, charity, ten):
    before = list(DomainRule.objects.values()), ends(ten)
    changed = DomainRule.objects.get(pk=charity.pk)
    changed.effect = "deny"
    for rule_, replaces in [
        (None, charity),
        (changed, charity),
        (DomainRule(suffix="org", effect="deny"), None),
    ]:
        plan_rule(rule_, replaces=replaces)
    assert (list(DomainRule.objects.values()), ends(ten)) == before
    assert not Mail.objects.exists()


# --- The administration ------------------------------------------------------------------------------


def test_the_administration_shows_a_change_before_it_is_made(client, admin, charity, ten):
    client.force_login(admin)
    page = f"/admin/accounts/domainrule/{charity.pk}/change/"
    form = FORM | {"suffix": "charity.org", "effect": "deny", "reason": "They closed."}
    shown = client.post(page, form)
    assert "10 members lose access." in shown.text
    assert 'name="reason" value="They closed."' in shown.text
    charity.refresh_from_db()
    assert (charity.effect, charity.valid_until) == ("allow", None)
    assert client.post(page, form | {"_seen": "yes"}).status_code == 302
    assert DomainRule.objects.filter(suffix="charity.org").count() == 2
    assert len(told("closing")) == 10


def test_the_administration_shows_who_is_let_in(client, admin):
    make_member(eligible=False, address="new@welcome.org")
    client.force_login(admin)
    shown = client.post("/admin/accounts/domainrule/add/", FORM | {"suffix": "welcome.org"})
    assert "1 account without access may prove its address from now on." in shown.text
    assert "new@welcome.org" in shown.text
    assert not DomainRule.objects.filter(suffix="welcome.org").exists()


# --- The command -------------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("domain_rules", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "arguments", [("--dry-run", "end", "charity.org"), ("end", "charity.org", "--dry-run")]
)
def test_the_command_tells_whom_it_concerns_and_with_a_dry_run_no_more(charity, ten, arguments):
    text = command(*arguments)
    assert all(f"lost\t{member.email}\t" in text for member in ten)
    assert "10 lost, 0 gained, 0 welcome, 0 unwelcome; access ends" in text
    assert "nothing was changed" in text
    charity.refresh_from_db()
    assert charity.valid_until is None


def test_rules_are_added_changed_ended_and_listed_from_the_shell(charity, ten):
    agency = make_agency("National Aeronautics and Space Administration", "NASA")
    command(
        "add", "jpl.nasa.gov", "--agency", "nasa", "--affiliation", "federal", "--reason", "Its laboratory."
    )
    made = DomainRule.objects.get(suffix="jpl.nasa.gov")
    assert (made.agency, made.created_by) == (agency, None)
    command("change", "jpl.nasa.gov", "--admission", "approval", "--until", "2036-01-01")
    made.refresh_from_db()
    assert (made.admission, made.valid_until) == ("approval", datetime(2036, 1, 1, tzinfo=UTC))
    assert "allow jpl.nasa.gov\tNASA\tfederal\tapproval\t" in command("list")
    command("end", "charity.org")
    assert len(told("closing")) == 10
    command("end", "jpl.nasa.gov")
    assert "jpl.nasa.gov" not in command("list")
    assert "jpl.nasa.gov" in command("list", "--all")


@pytest.mark.parametrize(
    "arguments",
    [
        ("end", "nothing.org"),
        ("add", "no spaces.gov"),
        ("add", "x.gov", "--agency", "Nobody"),
        ("end", "gov"),
    ],
)
def test_the_command_says_no_in_one_line(admin, arguments):
    with pytest.raises(CommandError):
        command(*arguments)
