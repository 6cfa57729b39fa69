"""What staff does by hand in the administration is audited, whichever app the thing belongs to."""

import pytest
from django.contrib import admin

from accounts.models import Agency
from audit.models import AuditEntry
from outbox.models import Job
from tests.factories import make_category, make_member, make_post, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    member = make_member("Ada Lovelace", roles=("administrator",))
    client.force_login(member)
    return member


def rows() -> list[tuple]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "target", "actor_label"))


def test_an_agency_made_changed_and_deleted_by_hand_is_told(client, administrator):
    form = {"name": "Office of Trials", "abbreviation": "OT", "kind": "federal"}
    client.post("/admin/accounts/agency/add/", form)
    agency = Agency.objects.get(abbreviation="OT")
    path = f"/admin/accounts/agency/{agency.pk}"
    client.post(f"{path}/change/", form | {"name": "Office of Errors"})
    client.post(f"{path}/delete/", {"post": "yes"})
    key = f"agency:{agency.pk}"
    assert rows() == [(f"admin.{deed}", key, "Ada Lovelace") for deed in ("add", "change", "delete")]
    changed = AuditEntry.objects.get(action="admin.change")
    assert changed.facts == {"changed": [{"changed": {"fields": ["Name"]}}]}
    assert changed.address == "127.0.0.1"


def test_many_deleted_at_once_are_told_one_by_one(client, administrator):
    places = [make_category(), make_category()]
    client.post(
        "/admin/forum/category/",
        {"action": "delete_selected", "_selected_action": [place.pk for place in places], "post": "yes"},
    )
    assert sorted(rows()) == [("admin.delete", f"category:{place.pk}", "Ada Lovelace") for place in places]


def test_parked_jobs_run_again_are_told(client, administrator):
    job = Job.objects.create(task="tests.outbox.chores.chore", args={}, state=Job.State.PARKED)
    client.post("/admin/outbox/job/", {"action": "run_again", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert job.state == Job.State.READY
    assert rows() == [("admin.change", f"job:{job.pk}", "Ada Lovelace")]


def test_a_look_leaves_no_row(client, administrator):
    for model in ("accounts/agency", "forum/category", "outbox/job"):
        assert client.get(f"/admin/{model}/").status_code == 200
    assert not AuditEntry.objects.exists()


def test_every_model_of_the_administration_is_audited():
    wrong = [
        str(model)
        for model, page in admin.site._registry.items()
        if type(page).__mro__[1].__name__ != "Audited"
    ]
    assert wrong == []
    assert len(admin.site._registry) > 6


def test_what_a_moderator_does_to_a_topic_is_told_and_what_its_author_does_is_not(client):
    author, moderator = make_member("Rosa Parks"), make_member("Grace Hopper", roles=("moderator",))
    topic = make_topic(author=author, category=make_category())
    for member in (author, moderator):
        client.force_login(member)
        client.post(f"/forum/t/{topic.pk}/edit/", {"title": topic.title, "tags": f"by-{member.pk}"})
        client.post(f"/forum/p/{make_post(topic).pk}/answer/")
    told = [("topic.tag", f"topic:{topic.pk}"), ("topic.answer", f"topic:{topic.pk}")]
    assert rows() == [(*each, "Grace Hopper") for each in told]
    tagged = AuditEntry.objects.get(action="topic.tag")
    assert tagged.facts == {"before": [f"by-{author.pk}"], "after": [f"by-{moderator.pk}"]}
