"""The log's pages: for holders of the audit role, and for nobody else."""

import csv
import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.test import Client
from time_machine import travel

from audit.actions import export_entries, record
from audit.models import AuditEntry
from core.errors import Refused
from tests.factories import make_member

pytestmark = pytest.mark.django_db
LOG = "/moderation/audit/"


@pytest.fixture
def auditor(client):
    member = make_member("Mary Jackson", roles=("auditor",))
    client.force_login(member)
    return member


@pytest.fixture
def deeds():
    ada, rosa = make_member("Ada Lovelace"), make_member("Rosa Parks")
    with travel(datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)):
        record(actor=ada, action="topic.lock", target="topic:7")
    with travel(datetime(2026, 3, 2, 0, 0, 0, tzinfo=UTC)):
        record(actor=rosa, action="group.join", target="group:7", role="member")
        record(actor=rosa, action="group.join", target="group:71")
    with travel(datetime(2026, 3, 3, 12, 0, 0, tzinfo=UTC)):
        record(actor=None, action="member.sign_in", target=f"member:{ada.pk}", outcome="failed")
    return ada, rosa


def shown(client, **criteria) -> list[str]:
    response = client.get(LOG, criteria)
    assert response.status_code == 200
    return [entry.target for entry in response.context["page"]]


@pytest.mark.parametrize("roles", [(), ("administrator",), ("moderator",), ("steering",)])
@pytest.mark.parametrize("path", ["", "1/", "export/"])
def test_without_the_audit_role_there_is_no_such_page(client, roles, path):
    client.force_login(make_member(roles=roles))
    method = client.post if path == "export/" else client.get
    assert method(LOG + path).status_code == 404
    assert not AuditEntry.objects.filter(action="audit.export").exists()


def test_the_action_refuses_an_export_too():
    with pytest.raises(Refused):
        export_entries(actor=make_member(roles=("administrator",)), form="csv", criteria={})


def test_an_auditor_finds_deeds_by_who_what_where_when_and_how(client, auditor, deeds):
    ada, rosa = deeds
    everything = [f"member:{ada.pk}", "group:71", "group:7", "topic:7"]
    assert shown(client) == everything
    assert shown(client, actor="rosa") == shown(client, actor=str(rosa.pk)) == ["group:71", "group:7"]
    assert shown(client, action="topic.lock") == ["topic:7"]
    assert shown(client, target="group:7") == ["group:7"]
    assert shown(client, target="group") == ["group:71", "group:7"]
    assert shown(client, outcome="failed") == everything[:1]
    assert shown(client, since="2026-03-02") == everything[:3]
    assert shown(client, until="2026-03-02") == everything[1:]
    assert shown(client, since="2026-03-01", until="2026-03-01") == ["topic:7"]
    assert shown(client, actor="rosa", target="group:7", since="2026-03-02") == ["group:7"]
    assert shown(client, actor="nobody") == []


@pytest.mark.parametrize(
    "criteria",
    [
        {"action": "no.such"}, {"since": "yesterday"}, {"since": "2026-03-02", "until": "2026-03-01"},
        {"actor": "x" * 101},
    ],
)  # fmt: skip
def test_criteria_that_make_no_sense_are_told_and_find_nothing(client, auditor, deeds, criteria):
    response = client.get(LOG, criteria)
    assert response.status_code == 422
    assert not response.context["page"].rows
    assert "needs another look" in response.text


def test_numbers_that_no_database_holds_are_no_crash(client, auditor, deeds):
    assert shown(client, actor="9" * 18) == shown(client, actor="9" * 40) == []
    assert client.get(f"{LOG}{'9' * 30}/").status_code == 404


def test_pages_go_back_in_time_and_cost_the_same(client, auditor, django_assert_max_num_queries):
    for number in range(60):
        record(actor=auditor, action="topic.pin", target=f"topic:{number}")
    with django_assert_max_num_queries(12):
        first = client.get(LOG, {"action": "topic.pin"})
    assert len(first.context["page"]) == 50
    second = client.get(LOG, {"action": "topic.pin", "cursor": first.context["page"].next})
    assert [entry.target for entry in second.context["page"]] == [f"topic:{n}" for n in range(9, -1, -1)]
    assert 'rel="next"' not in second.text


def test_one_entry_shows_all_that_is_kept_of_it(client, auditor, deeds):
    entry = AuditEntry.objects.get(target="group:7")
    page = client.get(f"{LOG}{entry.pk}/").text
    for text in (
        "Joined a group",
        "group.join",
        "Rosa Parks",
        "2026-03-02 00:00:00",
        "&quot;member&quot;",
        "2033-02-28",
    ):
        assert text in page, text


def test_nothing_in_the_log_becomes_markup(client, auditor):
    entry = record(actor=make_member("<b>Eve</b>"), action="topic.lock", target="topic:<i>", fact="<script>")
    for path in (LOG, f"{LOG}{entry.pk}/"):
        page = client.get(path).text
        assert not any(tag in page for tag in ("<b>Eve", "topic:<i>", "<script>"))


def export(client: Client, **data):
    response = client.post(f"{LOG}export/", data)
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode(), response


def test_a_search_is_exported_as_csv_without_formulas(client, auditor, deeds):
    record(actor=make_member("=HYPERLINK(1)"), action="group.join", target="group:9")
    text, response = export(client, form="csv", action="group.join")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="audit-')
    rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))
    assert [row["target"] for row in rows] == ["group:7", "group:71", "group:9"]
    assert rows[0]["at"] == "2026-03-02T00:00:00Z"
    assert json.loads(rows[0]["facts"]) == {"role": "member"}
    assert rows[2]["actor"] == "'=HYPERLINK(1)"


def test_a_search_is_exported_as_json(client, auditor, deeds):
    text, response = export(client, form="json", since="2026-03-02", until="2026-03-02")
    assert response["Content-Type"] == "application/json"
    rows = json.loads(text)
    assert [row["target"] for row in rows] == ["group:7", "group:71"]
    assert rows[0]["facts"] == {"role": "member"}
    assert json.loads(export(client, form="json", actor="nobody")[0]) == []


def test_an_export_is_a_deed_of_its_own(client, auditor, deeds):
    text, _response = export(client, form="json", action="topic.lock", until="2026-03-09")
    entry = AuditEntry.objects.get(action="audit.export")
    assert (entry.actor_id, entry.target) == (auditor.pk, "audit")
    assert entry.facts == {"form": "json", "criteria": {"action": "topic.lock", "until": "2026-03-09"}}
    assert "audit.export" not in text
    assert entry.keep_until is None


def test_an_export_is_no_get_and_wants_a_known_form(client, auditor):
    assert client.get(f"{LOG}export/").status_code == 405
    assert client.post(f"{LOG}export/", {"form": "xml"}).status_code == 422
    assert not AuditEntry.objects.exists()
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(auditor)
    assert careful.post(f"{LOG}export/", {"form": "csv"}).status_code == 403
