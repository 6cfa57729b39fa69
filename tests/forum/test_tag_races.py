"""Tags renamed and merged by two at once, with real threads on PostgreSQL."""

import pytest

from forum.models import Tag, TagFollow, Topic
from tests.factories import make_member, make_topic
from tests.forum.test_races import at_once, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
ROUNDS = 10


@pytest.fixture
def keepers():
    return [signed_in(make_member(roles=("moderator",))) for _ in range(2)]


def edit(client, tag: str, /, **typed):
    return lambda: client.post(f"/forum/tags/{tag}/edit/", {"name": tag, "is_official": "on", **typed})


def told(answer) -> bool:
    """Whether it did its deed, or says on the form what is in its way."""
    said = ("Somebody else changed this tag meanwhile.", "Merge this one into it.", "Choose another tag")
    page = answer.content.decode()
    return answer.status_code == 302 or (answer.status_code == 422 and any(text in page for text in said))


def no_chains() -> bool:
    return not Tag.objects.filter(merged_into__merged_into__isnull=False).exists()


def test_two_names_for_one_tag_at_once(keepers):
    for number in range(ROUNDS):
        tag = Tag.objects.create(name=f"drift-{number}", is_official=True)
        names = [f"data-{number}", f"model-{number}"]
        answers = at_once([edit(c, tag.name, name=n) for c, n in zip(keepers, names, strict=True)])
        assert all(told(answer) for answer in answers)
        assert 302 in {answer.status_code for answer in answers}
        tag.refresh_from_db()
        assert tag.name in names
        assert Tag.objects.get(name=f"drift-{number}").merged_into == tag
    assert no_chains()


def test_one_name_for_two_tags_at_once(keepers):
    for number in range(ROUNDS):
        tags = [Tag.objects.create(name=f"{word}-{number}", is_official=True) for word in ("one", "two")]
        answers = at_once(
            [edit(c, t.name, name=f"same-{number}") for c, t in zip(keepers, tags, strict=True)]
        )
        assert sorted(answer.status_code for answer in answers) == [302, 422]
        refused = next(answer for answer in answers if answer.status_code == 422)
        assert "Merge this one into it." in refused.content.decode()
        assert Tag.objects.get(name=f"same-{number}") in tags


def test_the_same_rename_twice_is_one(keepers):
    for number in range(ROUNDS):
        tag = Tag.objects.create(name=f"llms-{number}", is_official=True)
        answers = at_once([edit(c, tag.name, name=f"llm-{number}") for c in keepers])
        assert [answer.status_code for answer in answers] == [302, 302]
        assert [one.name for one in tag.synonyms.all()] == [f"llms-{number}"]


def test_opposite_merges_at_once_leave_one_tag_with_all_topics(keepers):
    topics, follower = [make_topic(), make_topic()], make_member()
    for number in range(ROUNDS):
        tags = [Tag.objects.create(name=f"{word}-{number}", is_official=True) for word in ("one", "two")]
        for topic, tag in zip(topics, tags, strict=True):
            topic.tags.set([tag])
        TagFollow.objects.create(member=follower, tag=tags[0], level="watching")
        one, two = (tag.name for tag in tags)
        answers = at_once([edit(keepers[0], one, into=two), edit(keepers[1], two, into=one)])
        assert all(told(answer) for answer in answers)
        assert 302 in {answer.status_code for answer in answers}
        [living] = Tag.objects.filter(pk__in=[tag.pk for tag in tags], merged_into=None)
        assert set(living.topics.all()) == set(topics)
        assert follower.tag_follows.filter(tag=living).count() == 1
    assert no_chains()


def test_a_merge_into_a_tag_that_is_merged_or_renamed_at_once(keepers):
    topic = make_topic()
    for number in range(ROUNDS):
        a, b, c = (Tag.objects.create(name=f"{word}-{number}", is_official=True) for word in "abc")
        topic.tags.set([a])
        second = {"into": c.name} if number % 2 else {"name": f"new-{number}"}
        answers = at_once([edit(keepers[0], a.name, into=b.name), edit(keepers[1], b.name, **second)])
        assert all(told(answer) for answer in answers)
        assert answers[1].status_code == 302
        a.refresh_from_db()
        assert topic.tags.get() == (a.merged_into or a)
        assert no_chains()


def test_a_rename_to_a_name_that_a_member_types_at_once(keepers):
    member = signed_in(make_member())
    place = make_topic().category
    for number in range(ROUNDS):
        tag = Tag.objects.create(name=f"old-{number}", is_official=True)
        typed = {
            "category": place.slug,
            "title": f"Which one is {number}?",
            "body": "Say.",
            "token": str(number),
        }
        tags = f"new-{number}, old-{number}"
        answers = at_once(
            [
                edit(keepers[0], tag.name, name=f"new-{number}"),
                lambda typed=typed, tags=tags: member.post("/forum/new/", {**typed, "tags": tags}),
            ]
        )
        assert all(told(answer) for answer in answers)
        assert answers[1].status_code == 302
    assert no_chains()


def test_a_topic_never_keeps_a_tag_that_is_merged_as_it_is_posted(keepers):
    member, place = signed_in(make_member()), make_topic().category
    for number in range(2 * ROUNDS):
        old, new = (Tag.objects.create(name=f"{word}-{number}", is_official=True) for word in ("old", "new"))
        typed = {"category": place.slug, "title": f"Which one is {number}?", "body": "Say.", "tags": old.name}
        answers = at_once(
            [
                lambda typed=typed: member.post("/forum/new/", {**typed, "token": typed["title"]}),
                edit(keepers[0], old.name, into=new.name),
            ]
        )
        assert [answer.status_code for answer in answers] == [302, 302]
        assert [tag.name for tag in Topic.objects.latest("pk").tags.all()] == [new.name]


@pytest.mark.parametrize("followed", ["one", "two"])
def test_a_tag_is_followed_while_it_is_merged(keepers, followed):
    member = make_member()
    reader = signed_in(member)
    for number in range(2 * ROUNDS):
        one, two = (Tag.objects.create(name=f"{word}-{number}", is_official=True) for word in ("one", "two"))
        if followed == "two":
            TagFollow.objects.create(member=member, tag=one, level="watching")
        follow = f"/forum/tags/{followed}-{number}/follow/"
        answers = at_once(
            [
                edit(keepers[0], one.name, into=two.name),
                lambda follow=follow: reader.post(follow, {"level": "watching"}),
            ]
        )
        assert answers[0].status_code == 302
        assert answers[1].status_code in {302, 404}
        expected = [] if answers[1].status_code == 404 and followed == "one" else [two]
        assert [kept.tag for kept in member.tag_follows.filter(tag__in=[one, two])] == expected
