"""What is typed and not sent: kept, offered again, never overwritten in silence, gone once it is sent."""

import pytest
from django.test import Client

from forum.models import Draft, Post, Topic
from workinggroups.models import Membership

pytestmark = pytest.mark.django_db
BACKGROUND = {"X-Requested-With": "fetch"}


def address(kind: str, target: int = 0) -> str:
    return f"/forum/drafts/{kind}/{target}/"


def save(client: Client, kind: str, target: int = 0, **fields):
    return client.post(address(kind, target), fields, headers=BACKGROUND)


def put(client: Client, kind: str, target: int, **data):
    return client.put(f"/api/v1/drafts/{kind}/{target}/", data, content_type="application/json")


def test_a_reply_goes_on_where_it_was_left(signed_in, topic):
    assert save(signed_in, "reply", topic.pk, body="Half a sent").json() == {"revision": 1}
    page = signed_in.get(topic.get_absolute_url()).content.decode()
    assert "Half a sent</textarea>" in page
    assert '<input type="hidden" name="draft" value="1">' in page
    assert save(signed_in, "reply", topic.pk, body="Half a sentence", draft=1).json() == {"revision": 2}


def test_nobody_else_gets_the_draft(signed_in, as_other, topic):
    save(signed_in, "reply", topic.pk, body="Mine alone")
    assert "Mine alone" not in as_other.get(topic.get_absolute_url()).content.decode()
    assert as_other.get(address("reply", topic.pk)).status_code == 404
    assert as_other.get("/api/v1/drafts/").json()["results"] == []


def test_posting_removes_the_draft_that_was_sent(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="Well.", token="t1")
    signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "Well, well.", "token": "t1"})
    assert topic.posts.count() == 2
    assert not Draft.objects.exists()


def test_posting_from_a_form_that_shows_the_draft_removes_it(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="Well.", token="t1")
    signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "Well, well.", "token": "t2", "draft": 1})
    assert not Draft.objects.exists()


def test_a_draft_that_another_tab_has_changed_since_outlives_the_post(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="Well.", token="t1")
    save(signed_in, "reply", topic.pk, body="Other words.", token="t2", draft=1)
    signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "Well.", "token": "t1", "draft": 1})
    assert Draft.objects.get().body == "Other words."


def test_a_late_save_of_a_form_that_was_sent_leaves_no_draft(signed_in, topic):
    signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "Well.", "token": "t1"})
    assert save(signed_in, "reply", topic.pk, body="Wel", token="t1").status_code == 409
    assert not Draft.objects.exists()


def test_two_forms_get_both_versions_and_nothing_is_overwritten(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="From the desk", token="desk")
    answer = save(signed_in, "reply", topic.pk, body="From the <b>phone</b>", token="phone")
    assert answer.status_code == 412
    shown = answer.content.decode()
    assert "From the desk" in shown
    assert "&lt;b&gt;phone" in shown
    assert "<html" not in shown
    assert Draft.objects.get().body == "From the desk"
    # Choosing is saving over the revision that was shown.
    assert save(signed_in, "reply", topic.pk, body="Both", token="phone", draft=1).json() == {"revision": 2}


def test_the_form_that_wrote_last_may_write_again_when_an_answer_was_lost(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="One", token="t1")
    save(signed_in, "reply", topic.pk, body="One two", token="t1", draft=1)
    assert save(signed_in, "reply", topic.pk, body="One two three", token="t1", draft=1).status_code == 200


def test_of_a_draft_that_was_sent_elsewhere_the_other_form_is_told(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="One", token="t1")
    signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "One", "token": "t1"})
    answer = save(signed_in, "reply", topic.pk, body="One two", token="t2", draft=1)
    assert (answer.status_code, answer["Content-Type"]) == (412, "text/plain; charset=utf-8")
    assert save(signed_in, "reply", topic.pk, body="One two", token="t2").json() == {"revision": 1}


def test_without_a_word_left_there_is_no_draft(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="One", token="t1")
    assert save(signed_in, "reply", topic.pk, body=" \n", parent=4, token="t1").json() == {"revision": 0}
    assert not Draft.objects.exists()


def test_a_text_over_the_limit_is_refused_by_name_and_kept_on_the_page(signed_in, topic, settings):
    settings.COMMONS_MARKDOWN_MAX = 1_000
    assert save(signed_in, "reply", topic.pk, body="x" * 1_001).status_code == 422
    page = signed_in.post(address("reply", topic.pk), {"body": "x" * 1_001})
    assert page.status_code == 422
    assert "the limit is 1,000" in page.content.decode()
    assert "x" * 1_001 in page.content.decode()


def test_the_plain_button_saves_and_leads_back_to_the_form(signed_in, topic):
    answer = signed_in.post(address("reply", topic.pk), {"body": "By hand", "token": "t1"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{topic.get_absolute_url()}#reply"
    assert "By hand</textarea>" in answer.content.decode()


def test_the_plain_button_offers_both_versions_on_a_page(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="There", token="t1")
    page = signed_in.post(address("reply", topic.pk), {"body": "Here", "token": "t2"})
    assert page.status_code == 412
    assert "There\n\nHere" in page.content.decode()
    assert page.content.decode().count('name="draft" value="1"') == 2


def test_a_new_topic_is_kept_with_all_its_fields(signed_in, topic):
    typed = {"category": "governance", "title": "Half a question", "body": "", "tags": "law, risk"}
    assert save(signed_in, "topic", **typed).json() == {"revision": 1}
    page = signed_in.get("/forum/new/").content.decode()
    assert 'value="Half a question"' in page
    assert 'value="law, risk"' in page
    assert '<option value="governance" selected>' in page
    signed_in.post("/forum/new/", {**typed, "title": "A whole question", "body": "Yes?", "draft": 1})
    assert Topic.objects.filter(title="A whole question").exists()
    assert not Draft.objects.exists()


def test_an_edit_goes_on_over_the_revision_it_began_with(signed_in, member, topic):
    post = topic.posts.get()
    save(signed_in, "edit", post.pk, body="Half edited", revision=1)
    Post.objects.filter(pk=post.pk).update(body="Saved from the phone", revision=2)
    form = signed_in.get(f"/forum/p/{post.pk}/edit/").context["form"]
    assert (form["body"].value(), str(form["revision"].value()), form["draft"].value()) == (
        "Half edited",
        "1",
        1,
    )
    conflict = signed_in.post(f"/forum/p/{post.pk}/edit/", {"body": "Half edited", "revision": 1, "draft": 1})
    assert conflict.status_code == 409
    assert Draft.objects.exists()
    signed_in.post(f"/forum/p/{post.pk}/edit/", {"body": "Both", "revision": 2, "draft": 1})
    assert Post.objects.get(pk=post.pk).body == "Both"
    assert not Draft.objects.exists()


def test_saving_an_edit_twice_is_saving_it_once(signed_in, topic):
    post = topic.posts.get()
    for _ in range(2):
        answer = signed_in.post(f"/forum/p/{post.pk}/edit/", {"body": "Edited", "revision": 1})
        assert answer.status_code == 302
    assert Post.objects.get(pk=post.pk).revision == 2


def test_words_added_after_a_lost_answer_go_on_as_an_edit(signed_in, topic):
    signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "Sent.", "token": "t1"})
    answer = signed_in.post(
        f"/forum/t/{topic.pk}/reply/", {"body": "Sent. And more.", "token": "t1"}, follow=True
    )
    post = topic.posts.get(number=2)
    assert answer.redirect_chain[-1][0] == f"/forum/p/{post.pk}/edit/"
    assert "Sent. And more.</textarea>" in answer.content.decode()
    assert post.body == "Sent."


def test_the_list_names_no_topic_that_one_may_not_see_any_more(member, private_topic):
    dana = private_topic.category.group.memberships.exclude(member=member).get().member
    client = Client()
    client.force_login(dana)
    save(client, "reply", private_topic.pk, body="My own words")
    assert private_topic.title in client.get("/forum/drafts/").content.decode()
    Membership.objects.filter(member=dana).update(status="left")
    page = client.get("/forum/drafts/").content.decode()
    assert private_topic.title not in page
    assert "My own words" in page
    shown = client.get(address("reply", private_topic.pk)).content.decode()
    assert private_topic.title not in shown
    assert "My own words</textarea>" in shown
    [row] = client.get("/api/v1/drafts/").json()["results"]
    assert (row["title"], row["fields"]["body"]) == ("", "My own words")
    # Words typed meanwhile are still taken; a draft begun now is not.
    assert save(client, "reply", private_topic.pk, body="My own last words", draft=1).status_code == 200
    client.post(f"{address('reply', private_topic.pk)}discard/")
    assert save(client, "reply", private_topic.pk, body="Anew").status_code == 404


def test_a_draft_for_what_one_may_not_see_is_a_draft_for_nothing(as_other, private_topic):
    hidden = as_other.post(address("reply", private_topic.pk), {"body": "x"})
    missing = as_other.post(address("reply", 999_999), {"body": "x"})
    assert hidden.status_code == missing.status_code == 404
    post = private_topic.posts.get()
    assert save(as_other, "edit", post.pk, body="x").status_code == 404
    assert save(as_other, "nonsense", 0, body="x").status_code == 404


def test_discarding_asks_and_then_does(signed_in, topic):
    save(signed_in, "reply", topic.pk, body="Away with it")
    assert "Away with it" in signed_in.get(f"{address('reply', topic.pk)}discard/").content.decode()
    assert Draft.objects.exists()
    assert signed_in.post(f"{address('reply', topic.pk)}discard/").status_code == 302
    assert not Draft.objects.exists()


def test_the_api_answers_412_with_both_versions(signed_in, topic):
    made = put(signed_in, "reply", topic.pk, fields={"body": "One"}, revision=0)
    assert (made.status_code, made["ETag"], made.json()["title"]) == (201, '"1"', topic.title)
    assert put(signed_in, "reply", topic.pk, fields={"body": "Two"}, revision=1).json()["revision"] == 2
    late = put(signed_in, "reply", topic.pk, fields={"body": "Three"}, revision=1)
    assert (late.status_code, late["Content-Type"]) == (412, "application/problem+json")
    both = late.json()
    assert (both["revision"], both["current"]["fields"]["body"], both["yours"]["body"]) == (2, "Two", "Three")
    stale = signed_in.put(
        f"/api/v1/drafts/reply/{topic.pk}/",
        {"fields": {"body": "Three"}},
        content_type="application/json",
        headers={"If-Match": '"2"'},
    )
    assert stale.status_code == 200
    assert signed_in.delete(f"/api/v1/drafts/reply/{topic.pk}/").status_code == 204
    assert signed_in.get(f"/api/v1/drafts/reply/{topic.pk}/").status_code == 404


def test_there_is_an_end_to_how_many(signed_in, member, topic, monkeypatch):
    monkeypatch.setattr("forum.actions.drafts.DRAFTS_MAX", 1)
    save(signed_in, "topic", title="One")
    answer = save(signed_in, "reply", topic.pk, body="Two")
    assert (answer.status_code, "Send or discard" in answer.content.decode()) == (422, True)
