"""Tags: synonyms, who makes them, what nobody may learn of, and what a category allows."""

import pytest
from django.test import Client

from forum.models import Tag, TagFollow, Topic
from tests.factories import make_category, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper() -> Client:
    client = Client()
    client.force_login(make_member("Keeper", roles=("moderator",)))
    return client


def start(client, tags: str, category: str = "governance", title: str = "How large is your gold set?"):
    return client.post(
        "/forum/new/",
        {"category": category, "title": title, "body": "Tell us.", "tags": tags, "token": title + tags},
    )


def main(response) -> str:
    return response.content.decode().split("<main")[1]


def names(topic: Topic) -> list[str]:
    return sorted(topic.tags.values_list("name", flat=True))


def test_a_synonym_becomes_the_tag_it_stands_for(as_other, keeper, topic):
    start(as_other, "llms, drift")
    start(as_other, "llm", title="Another question of mine")
    assert keeper.post("/forum/tags/llms/edit/", {"name": "llms", "into": "llm"}).url == "/forum/tags/llm/"
    first, second = Topic.objects.order_by("-pk")[:2][::-1]
    assert (names(first), names(second)) == (["drift", "llm"], ["llm"])
    start(as_other, "LLMs, llm", title="A third question of mine")
    assert names(Topic.objects.latest("pk")) == ["llm"]
    old = as_other.get("/forum/tags/llms/?filter=new")
    assert (old.status_code, old.url) == (301, "/forum/tags/llm/?filter=new")
    page = as_other.get("/forum/tags/llm/").content.decode()
    assert "Also called llms." in page
    assert page.count('class="row-title"') == 3
    assert "Tagged llm" in as_other.get("/forum/?tag=llms").content.decode()
    assert as_other.get("/forum/tags/complete/?q=llms").json() == {"tags": [{"name": "llm", "used": 3}]}


def test_merging_takes_follows_and_synonyms_along(as_other, keeper, other):
    old, new, older = (Tag.objects.create(name=name, is_official=True) for name in ("old", "new", "older"))
    both, one = make_member(), make_member()
    for member, tag in ((both, old), (both, new), (one, old)):
        TagFollow.objects.create(member=member, tag=tag, level="watching")
    keeper.post("/forum/tags/older/edit/", {"name": "older", "into": "old"})
    keeper.post("/forum/tags/old/edit/", {"name": "old", "into": "new"})
    assert set(TagFollow.objects.values_list("member", "tag")) == {(both.pk, new.pk), (one.pk, new.pk)}
    older.refresh_from_db()
    assert older.merged_into == new
    assert as_other.get("/forum/tags/older/").url == "/forum/tags/new/"
    for into in ("never-was", "older"):
        assert keeper.post("/forum/tags/new/edit/", {"name": "new", "into": into}).status_code in {404, 422}


def test_a_renamed_tag_keeps_its_old_address_and_can_be_renamed_back(as_other, keeper, topic):
    topic.tags.add(Tag.objects.create(name="drift"))
    keeper.post("/forum/tags/drift/edit/", {"name": "Data drift", "is_official": "on"})
    assert as_other.get("/forum/tags/drift/").url == "/forum/tags/data-drift/"
    keeper.post("/forum/tags/data-drift/edit/", {"name": "drift"})
    assert as_other.get("/forum/tags/data-drift/").url == "/forum/tags/drift/"
    Tag.objects.create(name="bias", is_official=True)
    refused = keeper.post("/forum/tags/drift/edit/", {"name": "bias"})
    assert refused.status_code == 422
    assert "Merge this one into it" in refused.content.decode()
    assert as_other.post("/forum/tags/drift/edit/", {"name": "mine"}).status_code == 403


def test_where_only_moderators_tags_are_used_another_is_refused_by_name(as_other, keeper):
    make_category("Records", tag_policy="staff")
    assert keeper.post("/forum/tags/new/", {"name": "Schedules"}).url == "/forum/tags/"
    refused = start(as_other, "schedules, my-own", category="records")
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "In Records only tags made by moderators are used, and “my-own” is none of them." in page
    assert "Such as: schedules." in page
    assert 'value="schedules, my-own"' in page
    assert not Tag.objects.filter(name="my-own").exists()
    assert start(as_other, "schedules", category="records").status_code == 302
    topic = Topic.objects.get()
    topic.tags.add(Tag.objects.create(name="from-before"))
    kept = {"title": topic.title, "tags": "from-before, schedules"}
    assert as_other.post(f"/forum/t/{topic.pk}/edit/", kept).status_code == 302
    assert as_other.get("/forum/tags/new/").status_code == 404


@pytest.mark.parametrize("tag", ["new", "complete"])
def test_words_of_addresses_are_no_tags(as_other, topic, tag):
    assert f"“{tag}” cannot be a tag" in start(as_other, tag).content.decode()


def test_tags_of_hidden_topics_are_like_tags_that_never_were(as_other, signed_in, private_topic):
    secret = Tag.objects.create(name="secret")
    private_topic.tags.add(secret)
    alias = Tag.objects.create(name="alias", merged_into=secret)
    for name in (secret.name, alias.name):
        for path in ("", "follow/", "edit/"):
            never, hidden = (as_other.get(f"/forum/tags/{n}/{path}") for n in ("never-was", name))
            assert (hidden.status_code, main(hidden)) == (404, main(never))
        assert as_other.get(f"/forum/tags/complete/?q={name}").json() == {"tags": []}
        assert f"/{name}/" not in as_other.get("/forum/tags/").content.decode()
        assert "No topics yet" in as_other.get(f"/forum/?tag={name}").content.decode()
    assert "Vendor shortlist" in signed_in.get("/forum/tags/secret/").content.decode()
    assert signed_in.get("/forum/tags/complete/?q=sec").json() == {"tags": [{"name": "secret", "used": 1}]}


def test_the_page_of_tags_counts_what_one_may_read(as_other, signed_in, topic, private_topic):
    tag = Tag.objects.create(name="prices")
    for one in (topic, private_topic):
        one.tags.add(tag)
    assert "1 topic<" in as_other.get("/forum/tags/").content.decode()
    assert "2 topics" in signed_in.get("/forum/tags/?q=PRI").content.decode()
    assert "No tag of that name" in as_other.get("/forum/tags/?q=zz").content.decode()
