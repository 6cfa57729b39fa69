"""What a row tells of the deed and of the request it was done in."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import gettext_lazy

from audit.actions import record
from audit.models import AuditEntry
from audit.origin import Origin, current
from audit.registry import Retention, actions
from tests.factories import PASSWORD, make_group, make_member

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent


def test_outside_of_a_request_the_system_did_it_from_nowhere():
    entry = record(actor=None, action="topic.lock", target="topic:1")
    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_label, entry.address, entry.session, entry.request_id) == (
        *(None, "", None, "", ""),
    )
    assert entry.outcome == "done"
    assert timezone.now() - entry.at < timedelta(minutes=1)
    assert entry.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "action, kept",
    [
        ("resource.download", Retention.ACCESS),
        ("topic.lock", Retention.DEEDS),
        ("role.grant", Retention.PERMANENT),
    ],
)
def test_how_long_a_row_is_kept_is_fixed_when_it_is_written(action, kept):
    entry = record(actor=None, action=action, target="x:1")
    assert entry.keep_until == (entry.at + kept.value if kept.value else None)


def test_an_action_that_nobody_registered_is_refused():
    with pytest.raises(LookupError, match=r"'topic\.burn': give it a label"):
        record(actor=None, action="topic.burn", target="topic:1")


@pytest.mark.parametrize("name", ["password", "token", "body", "email"])
def test_facts_that_must_not_be_there_are_refused_by_name(name):
    with pytest.raises(ValueError, match=name):
        record(actor=None, action="topic.lock", target="topic:1", **{name: "x"})


@pytest.mark.parametrize("fact", [1.5, timezone.now(), b"x", object(), [{"deep": 0.1}]])
def test_facts_that_databases_keep_differently_are_refused(fact):
    with pytest.raises(TypeError):
        record(actor=None, action="topic.lock", target="topic:1", fact=fact)


def test_facts_come_back_as_they_went_in_and_long_texts_are_cut():
    entry = record(
        actor=None, action="topic.lock", target="topic:1",
        label=gettext_lazy("Lead"), nul="a\0b", half="\ud800", members={3, 1}, long="x" * 600,
    )  # fmt: skip
    entry.refresh_from_db()
    assert entry.facts == {
        "label": "Lead", "nul": "ab", "half": "?", "members": [1, 3], "long": "x" * 499 + "…",
    }  # fmt: skip


def test_a_deed_on_a_page_tells_address_session_and_request(client):
    lead = make_member()
    group = make_group("The group", lead=lead)
    client.force_login(lead)
    response = client.get(f"/groups/{group.slug}/members/export/", REMOTE_ADDR="2001:db8::1")
    entry = AuditEntry.objects.get(action="group.export_roster")
    assert entry.address == "2001:db8::1"
    assert entry.request_id == response["X-Request-ID"]
    assert entry.session
    assert client.session.session_key not in entry.session
    assert current.get() is None


def test_every_answer_names_its_request_and_visitors_do_not_choose_the_name(client):
    first, second = (
        client.get("/about/"),
        client.get("/no-such-page/", headers={"X-Request-ID": "chosen-by-me"}),
    )
    assert len({first["X-Request-ID"], second["X-Request-ID"], "chosen-by-me"}) == 3


def test_a_trusted_proxy_names_the_request(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert (
        client.get("/about/", headers={"X-Request-ID": "proxy-0123456789"})["X-Request-ID"]
        == "proxy-0123456789"
    )
    for odd in ("short", "x" * 65, "with space here", "line\nbreak-1234"):
        assert client.get("/about/", headers={"X-Request-ID": odd})["X-Request-ID"] != odd


@pytest.mark.parametrize(
    "proxies, passed, found",
    [
        (0, "203.0.113.9", "198.51.100.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        (2, "192.0.2.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "198.51.100.7"),
        (1, "", "198.51.100.7"),
        (1, "nonsense", "198.51.100.7"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::5]:443", "2001:db8::5"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_address_is_the_client_s_by_the_number_of_trusted_proxies(settings, proxies, passed, found):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7", headers={"X-Forwarded-For": passed})
    assert Origin(request, "x").address == found


# --- The registry -----------------------------------------------------------------------------------
APPS = ["accounts", "audit", "config", "core", "forum", "notifications", "outbox", "pages", "workinggroups"]


def names_in(node: ast.AST) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def trees():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts and path != ROOT / "audit" / "registry.py":
                yield path, ast.parse(path.read_text())


def test_every_action_in_the_project_is_registered():
    registered = {action.name for action in actions()}
    wrong = []
    for path, tree in trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for keyword in call.keywords:
                # Command-line arguments have an `action` too: "store_true" and the like, without a dot.
                if keyword.arg == "action":
                    names = {name for name in names_in(keyword.value) if "." in name}
                    wrong += [f"{path.relative_to(ROOT)}: {name}" for name in names - registered]
    assert wrong == []


def test_every_action_has_a_label_of_its_own():
    labels = [str(action.label) for action in actions()]
    assert len(set(labels)) == len(labels)
    assert all(labels)


def test_no_password_of_the_suite_is_in_the_log(client):
    make_member("Ada", address="ada@gsa.gov")
    client.post("/accounts/login/", {"login": "ada@gsa.gov", "password": PASSWORD})
    assert PASSWORD not in str([entry.as_dict() for entry in AuditEntry.objects.all()])
