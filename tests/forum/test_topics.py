import re

import pytest

from forum.models import Post, Tag, Topic, TopicState
from tests.factories import make_category, make_post, make_topic

pytestmark = pytest.mark.django_db


def start(client, **typed):
    typed = {
        "category": "governance",
        "title": "Who signs the assessment?",
        "body": "We do not know.",
        **typed,
    }
    return client.post("/forum/new/", typed)


def test_a_member_starts_a_topic_and_lands_on_it(signed_in, member):
    make_category("Governance")
    response = start(signed_in, tags="human oversight, Human Oversight, audit")
    topic = Topic.objects.get()
    assert response.status_code == 302
    assert response.url == f"/forum/t/{topic.pk}/who-signs-the-assessment/"
    page = signed_in.get(response.url).content.decode()
    assert "<p>We do not know.</p>" in page
    assert set(topic.tags.values_list("name", flat=True)) == {"human-oversight", "audit"}
    assert (topic.last_number, topic.posts_count, topic.version) == (1, 1, 1)
    state = TopicState.objects.get(member=member)
    assert (state.level, state.why, state.read_to) == ("watching", "started", 1)


def test_visitors_are_sent_to_sign_in(client, topic):
    response = client.get(topic.get_absolute_url())
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/?next=%2Fforum%2Ft%2F")


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"title": "Hm"}, "at least 5 characters"),
        ({"title": "Hm\u200b\u202e\u2060"}, "at least 5 characters"),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"body": "  \n "}, "Write something first"),
        ({"body": "long " * 5_000}, "20,000"),
        ({"category": "nowhere"}, "Choose where this belongs"),
        ({"tags": "a,b,c,d,e,f"}, "at most 5 tags"),
    ],
)
def test_bad_input_names_the_field_and_keeps_what_was_typed(signed_in, typed, said):
    make_category("Governance")
    response = start(signed_in, **{"title": "A title worth keeping", **typed})
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert typed.get("title", "A title worth keeping") in page
    assert not Topic.objects.exists()
    assert not Tag.objects.exists()


def test_a_second_submit_of_the_same_form_makes_no_second_topic(signed_in):
    make_category("Governance")
    first = start(signed_in, token="abc")
    second = start(signed_in, token="abc")
    assert first.url == second.url
    assert Topic.objects.count() == 1


@pytest.mark.parametrize("other", [{"title": "Another title"}, {"body": "Another text."}])
def test_a_form_sent_again_with_other_words_keeps_them(signed_in, other):
    """A browser's way back leads to the form that was sent."""
    make_category("Governance")
    first = start(signed_in, token="abc")
    again = start(signed_in, token="abc", **other)
    page = again.content.decode()
    assert again.status_code == 422
    assert f'<a href="/p/{Post.objects.get().pk}/">' in page
    assert "had arrived before you changed this" in page
    assert next(iter(other.values())) in page
    token = re.search(r'name="token" value="(\w+)"', page)[1]
    assert Topic.objects.count() == 1
    assert start(signed_in, token=token, **other).url != first.url
    assert Topic.objects.count() == 2


def test_any_slug_leads_to_the_topic_and_keeps_the_post_number(signed_in, topic):
    response = signed_in.get(f"/forum/t/{topic.pk}/an-older-title/1/?x=1")
    assert response.status_code == 301
    assert response.url == f"{topic.get_absolute_url()}1/?x=1"


def test_a_title_that_is_a_deed_still_has_an_address(signed_in):
    make_category("Governance")
    response = start(signed_in, title="Reply")
    assert signed_in.get(response.url).status_code == 200


def test_a_hidden_topic_and_a_missing_one_answer_the_same_bytes(as_other, private_topic):
    hidden = as_other.get(private_topic.get_absolute_url())
    missing = as_other.get("/forum/t/999999/vendor-shortlist/")
    wrong_slug = as_other.get(f"/forum/t/{private_topic.pk}/x/")
    assert hidden.status_code == missing.status_code == wrong_slug.status_code == 404
    assert _without_nonce(hidden) == _without_nonce(missing) == _without_nonce(wrong_slug)
    post = private_topic.posts.get()
    assert as_other.get(f"/p/{post.pk}/").status_code == 404
    assert as_other.post(f"/forum/t/{private_topic.pk}/reply/", {"body": "Hello?"}).status_code == 404


def _without_nonce(response) -> str:
    text = response.content.decode()
    return re.sub(r'(nonce|csrfmiddlewaretoken" value|csrf-token" content)="[^"]+"', "", text)


def test_every_post_is_on_exactly_one_page_in_tree_order(signed_in, topic):
    root = topic.posts.get()
    parents = [root]
    for number in range(2, 48):
        parent = parents[(number * 7) % len(parents)] if number % 3 else None
        parents.append(make_post(topic, parent=parent, body=f"Reply {number}"))
    seen, url = [], topic.get_absolute_url()
    while url:
        page = signed_in.get(url).content.decode()
        here = [int(part.split('"')[0]) for part in page.split('data-number="')[1:]]
        assert 1 <= len(here) <= 20
        seen += here
        cursor = page.split('rel="next" href="')
        url = cursor[1].split('"')[0] if len(cursor) > 1 else None
    in_tree_order = list(topic.posts.order_by("path").values_list("number", flat=True))
    assert seen == in_tree_order


def test_a_link_to_a_post_opens_the_page_that_holds_it(signed_in, topic):
    for number in range(2, 60):
        make_post(topic, body=f"Reply {number}")
    page = signed_in.get(f"{topic.get_absolute_url()}55/").content.decode()
    assert 'id="post-55"' in page
    assert 'id="post-1"' not in page
    assert "Earlier posts" in page
    assert signed_in.get(f"{topic.get_absolute_url()}4711/").status_code == 404
    post = Post.objects.get(number=55)
    assert signed_in.get(f"/p/{post.pk}/").url == f"{topic.get_absolute_url()}55/#post-55"


def test_the_lists_filter_and_page(signed_in, as_other, member):
    place = make_category("Data")
    for number in range(35):
        make_topic(f"Question {number}", category=place, author=member)
    first = as_other.get("/forum/").content.decode()
    assert "Question 34" in first
    assert "Question 3<" not in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "Question 3<" in as_other.get(f"/forum/{older}").content.decode()
    assert "Question 34" in as_other.get("/forum/c/data/?filter=unread").content.decode()
    assert "You follow nothing here yet" in as_other.get("/forum/?filter=following").content.decode()
    assert "Question 34" in signed_in.get("/forum/?filter=mine").content.decode()
    assert as_other.get("/forum/?filter=nonsense").status_code == 404


def test_reading_moves_the_watermark_forward_only_and_empties_the_unread_list(as_other, other, topic):
    make_post(topic)
    assert topic.title in as_other.get("/forum/?filter=unread").content.decode()
    assert as_other.post(f"/forum/t/{topic.pk}/read/", {"number": 2}).status_code == 204
    assert as_other.post(f"/forum/t/{topic.pk}/read/", {"number": 1}).status_code == 204
    assert TopicState.objects.get(member=other, topic=topic).read_to == 2
    assert "You have read everything" in as_other.get("/forum/?filter=unread").content.decode()
    make_post(topic)
    assert "1 new" in as_other.get("/forum/?filter=unread").content.decode()
    assert as_other.post(f"/forum/t/{topic.pk}/read/", {"number": "x"}).status_code == 400


def test_mark_all_read(as_other, other, topic):
    make_topic("Another one entirely")
    as_other.post(f"/forum/t/{topic.pk}/read/", {"number": 1})
    make_post(topic)
    assert as_other.post("/forum/read/", {"next": "/"}).url == "/"
    other.refresh_from_db()
    assert not Topic.objects.visible_to(other).unread_by(other).exists()
    assert as_other.post("/forum/read/", {"next": "https://elsewhere.example/"}).url == "/forum/"


def test_badge_and_list_come_from_one_expression(as_other, other, topic):
    import random

    chance = random.Random(5)
    for number in range(30):
        made = make_topic(f"Topic {number} of many", category=topic.category)
        for _ in range(chance.randrange(3)):
            make_post(made)
        if chance.random() < 0.6:
            TopicState.objects.create(
                member=other,
                topic=made,
                read_to=chance.randrange(made.last_number + 1),
                level=chance.choice(["watching", "normal", "muted"]),
            )
    listed = set(Topic.objects.visible_to(other).unread_by(other).values_list("pk", flat=True))
    shown, url = set(), "/forum/?filter=unread"
    while url:
        page = as_other.get(url).content.decode()
        main = page.split("<main")[1].split("</main>")[0]
        shown |= {int(part.split("/")[0]) for part in main.split('href="/forum/t/')[1:]}
        link = main.split('rel="next" href="')
        url = "/forum/" + link[1].split('"')[0].replace("&amp;", "&") if len(link) > 1 else None
    assert shown == listed
    assert as_other.get("/").context["shell"].unread_topics == len(listed)


def test_leads_and_moderators_lock_and_others_cannot(as_other, signed_in, topic, member, other):
    assert as_other.post(f"/forum/t/{topic.pk}/lock/").status_code == 403
    member.site_roles = ["moderator"]
    member.save()
    signed_in.post(f"/forum/t/{topic.pk}/lock/", {"reason": "Settled."})
    page = as_other.get(topic.get_absolute_url()).content.decode()
    assert "This topic is locked" in page
    assert "Settled." in page
    assert f'action="/forum/t/{topic.pk}/reply/"' not in page
    refused = as_other.post(f"/forum/t/{topic.pk}/reply/", {"body": "One more thing"})
    assert refused.status_code == 422
    signed_in.post(f"/forum/t/{topic.pk}/lock/", {"undo": 1})
    assert as_other.post(f"/forum/t/{topic.pk}/reply/", {"body": "One more thing"}).status_code == 302


def test_pin_retitle_and_tag(as_other, signed_in, topic, member):
    assert as_other.post(f"/forum/t/{topic.pk}/pin/").status_code == 403
    assert as_other.get(f"/forum/t/{topic.pk}/edit/").status_code == 403
    response = signed_in.post(f"/forum/t/{topic.pk}/edit/", {"title": "A better question", "tags": "audit"})
    assert response.url == f"/forum/t/{topic.pk}/a-better-question/"
    member.site_roles = ["moderator"]
    member.save()
    signed_in.post(f"/forum/t/{topic.pk}/pin/")
    topic.refresh_from_db()
    assert topic.is_pinned
    signed_in.post(f"/forum/t/{topic.pk}/pin/", {"undo": 1})
    topic.refresh_from_db()
    assert not topic.is_pinned


def test_the_author_marks_the_answer(as_other, signed_in, topic):
    post = make_post(topic, body="Use the template.")
    assert as_other.post(f"/forum/p/{post.pk}/answer/").status_code == 403
    signed_in.post(f"/forum/p/{post.pk}/answer/")
    page = as_other.get(topic.get_absolute_url()).content.decode()
    assert "Answered" in page
    assert "post--answer" in page
    signed_in.post(f"/forum/p/{post.pk}/answer/", {"undo": 1})
    assert "post--answer" not in as_other.get(topic.get_absolute_url()).content.decode()


def test_following_is_chosen_and_shown(as_other, other, topic):
    page = as_other.post(f"/forum/t/{topic.pk}/follow/", {"level": "watching"}, follow=True).content.decode()
    assert "Every new reply." in page
    assert as_other.post(f"/forum/t/{topic.pk}/follow/", {"level": "loud"}).status_code == 404


def test_search_finds_only_what_one_may_see(as_other, signed_in, topic, private_topic):
    assert "Vendor shortlist" in signed_in.get("/search/?q=vendor+shortlist").content.decode()
    page = as_other.get("/search/?q=vendor+shortlist").content.decode()
    assert "Nothing found" in page
    assert topic.title in as_other.get("/search/?q=test+MODEL").content.decode()
