"""How much one hears of a topic, by topic, tag and category: the rule, the lists, who is told, and where one changes it."""

from itertools import product

import pytest

from forum.audience import levels_of, strongest
from forum.levels import Follow, heard
from forum.models import Category, CategoryFollow, Tag, TagFollow, Topic, TopicState
from notifications.models import Notice
from outbox.models import Mail
from tests.factories import make_category, make_member, make_topic

W, T, N, M = "watching", "tracking", "normal", "muted"


@pytest.mark.parametrize(
    "own, tags, categories, level, because",
    [
        ("", [], [], N, ""),
        (M, [W], [W], M, "topic"),
        (N, [M], [M], N, "topic"),
        ("", [M], [W], M, "tag"),
        ("", [M, N], [W], N, "tag"),
        ("", [T, M, W], [M], W, "tag"),
        ("", [], [M], M, "category"),
        ("", [], [T, W], T, "category"),
        ("", [], [W], W, "category"),
    ],
)
def test_the_nearest_choice_wins_and_of_tags_the_loudest(own, tags, categories, level, because):
    found = heard(own, [Follow(tag, "a tag") for tag in tags], [Follow(one, "a place") for one in categories])
    assert (found.level, found.because) == (level, because)


@pytest.mark.parametrize(
    "found, reason",
    [
        ([(7, "category"), (7, "tag")], "tag"),
        ([(7, "tag"), (7, "followed")], "followed"),
        ([(7, "followed"), (7, "quote")], "quote"),
        ([(7, "quote"), (7, "reply")], "reply"),
        ([(7, "reply"), (7, "mention"), (7, "category")], "mention"),
    ],
)
def test_the_strongest_reason_wins(found, reason):
    assert strongest(found) == strongest(reversed(found)) == {7: reason}
    assert strongest([*found, (8, "tag")])[8] == "tag"


@pytest.fixture
def place(db) -> Category:
    return make_category("Evaluation and testing")


@pytest.fixture
def tagged(place, member) -> Topic:
    topic = make_topic("How large is your gold set?", category=place, author=member)
    topic.tags.add(Tag.objects.create(name="drift"))
    return topic


@pytest.mark.django_db
def test_lists_and_the_rule_agree_in_every_combination(other, place):
    """Own level, two tags, category and the one above: each combination a topic of its own."""
    parent = make_category("All of it")
    places = {}
    for number, (near, far) in enumerate(product(["", W, M], repeat=2)):
        above = make_category(f"Above {number}")
        places[near, far] = make_category(f"Below {number}", parent=above)
        for category, level in ((places[near, far], near), (above, far)):
            if level:
                CategoryFollow.objects.create(member=other, category=category, level=level)
    tags = {level: Tag.objects.create(name=f"tag-{level or 'none'}") for level in ("", T, N, M)}
    for level in (T, N, M):
        TagFollow.objects.create(member=other, tag=tags[level], level=level)
    template = make_topic("The template of all", category=parent)
    cases = list(product(["", W, N, M], [("",), (M,), (N,), (T, M)], places.values()))
    topics = Topic.objects.bulk_create(
        Topic(
            category=category,
            title=f"Topic {n}",
            slug="t",
            author=template.author,
            last_author=template.author,
            last_number=3,
        )
        for n, (_own, _tags, category) in enumerate(cases)
    )
    through = Topic.tags.through
    through.objects.bulk_create(
        through(topic=topic, tag=tags[level])
        for topic, (_own, levels, _) in zip(topics, cases, strict=True)
        for level in levels
    )
    TopicState.objects.bulk_create(
        TopicState(member=other, topic=topic, level=own, read_to=1)
        for topic, (own, _, _) in zip(topics, cases, strict=True)
        if own or topic.pk % 2
    )
    right = {topic.pk: levels_of(topic, [other.pk])[other.pk].level for topic in topics[::7]}
    mine = Topic.objects.visible_to(other).filter(pk__in=right).with_unread(other)
    assert set(right.values()) == {W, T, N, M}
    assert {t.pk for t in mine if t.unread} == {pk for pk, level in right.items() if level != M}
    assert {t.pk for t in mine.unmuted(other)} == {pk for pk, level in right.items() if level != M}
    assert {t.pk for t in mine.followed(other)} == {pk for pk, level in right.items() if level in (W, T)}


def follow(client, url: str, level: str, **fields):
    return client.post(url, {"level": level, **fields})


@pytest.mark.django_db
def test_watchers_of_a_category_and_a_tag_hear_of_new_topics_and_replies(
    as_other, other, place, tagged, member, run_jobs
):
    assert follow(as_other, f"/forum/c/{place.slug}/follow/", W).url == place.get_absolute_url()
    new = make_topic("Who measures drift?", category=place, author=member)
    from forum.actions import post_reply, start_topic

    started = start_topic(
        author=member, category=place.slug, title="Who measures this?", body="We try."
    ).topic
    run_jobs()
    notice = Notice.objects.get(member=other)
    assert (notice.reason, notice.data["topic"]) == ("category", started.pk)
    page = as_other.get("/notifications/").content.decode()
    assert "Rosa Ortiz started “Who measures this?”" in page
    assert "You follow Evaluation and testing." in page

    follow(as_other, "/forum/tags/drift/follow/", W)
    post_reply(author=member, topic_id=tagged.pk, body="About 400.")
    run_jobs()
    assert Notice.objects.get(member=other, source=f"topic:{tagged.pk}").reason == "tag"
    assert "You follow the tag drift." in as_other.get("/notifications/").content.decode()

    # A choice nearer to the topic wins over both.
    for level in (N, T, M):
        follow(as_other, f"/forum/t/{tagged.pk}/follow/", level)
        Notice.objects.all().delete()
        post_reply(author=member, topic_id=tagged.pk, body=f"About 500, {level}.")
        run_jobs()
        assert not Notice.objects.exists()
    follow(as_other, f"/forum/t/{new.pk}/follow/", W)
    post_reply(author=member, topic_id=new.pk, body="Nobody.")
    run_jobs()
    assert Notice.objects.get(member=other).reason == "followed"


@pytest.mark.django_db
def test_a_muted_tag_or_category_silences_even_a_mention(as_other, other, tagged, place, run_jobs):
    from forum.actions import post_reply

    speaker = make_member("Speaker")
    for url in ("/forum/tags/drift/follow/", f"/forum/c/{place.slug}/follow/"):
        follow(as_other, url, M)
        post_reply(author=speaker, topic_id=tagged.pk, body="@tomas.marsh, what do you think?")
        run_jobs()
        assert not Notice.objects.filter(member=other).exists()
        follow(as_other, url, "")
    post_reply(author=speaker, topic_id=tagged.pk, body="@tomas.marsh, now?")
    run_jobs()
    assert Notice.objects.get(member=other).reason == "mention"


@pytest.mark.django_db
def test_a_watcher_who_may_not_read_a_groups_discussions_hears_nothing(
    private_topic, other, member, run_jobs
):
    from forum.actions import post_reply

    CategoryFollow.objects.create(member=other, category=private_topic.category, level=W)
    post_reply(author=member, topic_id=private_topic.pk, body="They have decided.")
    run_jobs()
    assert not Notice.objects.filter(member=other).exists()


@pytest.mark.django_db
def test_what_is_muted_stays_out_of_lists_unless_asked_for(as_other, tagged, place):
    def latest(query: str = "", path: str = "/forum/") -> bool:
        return tagged.title in as_other.get(f"{path}?{query}").content.decode().split("<main")[1]

    for url in ("/forum/tags/drift/follow/", f"/forum/c/{place.slug}/follow/"):
        follow(as_other, url, M)
        assert not latest()
        assert not latest("filter=unread")
        assert latest(path=f"/forum/c/{place.slug}/")
        assert latest("tag=drift", path=f"/forum/c/{place.slug}/")
        assert latest("filter=muted")
        assert as_other.get("/").context["shell"].unread_topics == 0
        follow(as_other, url, "")
        assert latest()


@pytest.mark.django_db
def test_the_topic_page_says_why_and_changes_it_in_one_click(as_other, tagged, place):
    def box() -> str:
        return as_other.get(tagged.get_absolute_url()).content.decode().split("<h2>Following</h2>")[1]

    assert "Mentions and replies to you." in box()
    follow(as_other, f"/forum/c/{place.slug}/follow/", T)
    assert "New replies are counted, without notices, because you follow Evaluation and testing." in box()
    follow(as_other, "/forum/tags/drift/follow/", M)
    assert "Nothing from here, because you muted drift." in box()
    follow(as_other, f"/forum/t/{tagged.pk}/follow/", W)
    assert "Every new reply." in box()
    assert 'value="watching" aria-pressed="true"' in box()
    follow(as_other, f"/forum/t/{tagged.pk}/follow/", "")
    as_other.post(f"/forum/t/{tagged.pk}/reply/", {"body": "We would like to know too."})
    assert "Every new reply, because you replied here." in box()


@pytest.mark.django_db
def test_following_pages_show_and_get_changes_nothing(as_other, tagged, place):
    pages = [
        "/forum/following/",
        *(f"{url}follow/" for url in (f"/forum/t/{tagged.pk}/", "/forum/tags/drift/")),
    ]
    for url in [*pages, f"/forum/c/{place.slug}/follow/"]:
        assert as_other.get(url, {"level": W}).status_code == 200
    assert not TopicState.objects.exclude(member=tagged.author).exists()
    assert not TagFollow.objects.exists()
    follow(as_other, "/forum/tags/drift/follow/", W, next="/forum/following/")
    follow(as_other, f"/forum/c/{place.slug}/follow/", M)
    page = as_other.get("/forum/following/").content.decode()
    assert ">drift</a>" in page
    assert ">Evaluation and testing</a>" in page.split("<main")[1]
    assert follow(as_other, "/forum/tags/drift/follow/", "loud").status_code == 404
    assert follow(as_other, "/forum/tags/drift/follow/", N, next="https://elsewhere.example/").url == (
        "/forum/tags/drift/"
    )


@pytest.mark.django_db
def test_a_mail_says_why_and_leads_to_the_page_that_changes_it(
    as_other, other, tagged, member, run_jobs, settings
):
    from forum.actions import post_reply
    from notifications import mails

    follow(as_other, "/forum/tags/drift/follow/", W)
    post_reply(author=member, topic_id=tagged.pk, body="About 400.")
    run_jobs()
    notice = Notice.objects.get(member=other)
    message = mails.compose(Mail(member_id=other.pk, about=f"notice:{notice.pk}"))
    for text in (message.text, message.html):
        assert "You follow the tag drift." in text
        assert f"{settings.SITE_URL}/forum/t/{tagged.pk}/follow/" in text


@pytest.mark.django_db
def test_the_api_lists_sets_and_removes(as_other, tagged, place, private_topic):
    drift = Tag.objects.get(name="drift")
    sources = [f"category:{place.pk}", f"tag:{drift.pk}", f"topic:{tagged.pk}"]
    for source in sources:
        answer = as_other.put(
            f"/api/v1/subscriptions/{source}/", {"level": W}, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["level"]) == (200, W)
    shown = as_other.get("/api/v1/subscriptions/").json()
    assert [(one["source"], one["title"]) for one in shown] == list(
        zip(sources, ["Evaluation and testing", "drift", "How large is your gold set?"], strict=True)
    )
    assert as_other.delete(f"/api/v1/subscriptions/{sources[1]}/").status_code == 204
    assert len(as_other.get("/api/v1/subscriptions/").json()) == 2
    hidden = [f"topic:{private_topic.pk}", f"category:{private_topic.category_id}"]
    for source in [*hidden, "tag:99999", "post:1", "topic:x", "topic"]:
        url = f"/api/v1/subscriptions/{source}/"
        assert as_other.put(url, {"level": W}, content_type="application/json").status_code == 404
        assert as_other.delete(url).status_code == 404
    wrong = as_other.put(
        f"/api/v1/subscriptions/{sources[0]}/", {"level": "loud"}, content_type="application/json"
    )
    assert "level" in wrong.json()["errors"]
    shown = as_other.get("/api/v1/topics/?tag=drift").json()["results"]
    assert [topic["id"] for topic in shown] == [tagged.pk]
    assert as_other.get("/api/v1/tags/").json()["results"][0]["name"] == "drift"
