"""Who linked to what: shown where the link leads, to those who may see where it comes from, and to nobody else."""

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from forum.actions import edit_post, post_reply
from forum.models import PostAlias, PostLink
from tests.factories import make_member, make_post, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere(other):
    return make_topic("A template for decision logs", author=other)


def say(author, topic, body: str):
    caches["local"].clear()  # whether anybody links to a topic is kept for a minute
    return post_reply(author=author, topic_id=topic.pk, body=body).post


def page(client, topic) -> str:
    return client.get(topic.get_absolute_url()).content.decode()


def under(html: str, number: int) -> str:
    article = html.split(f'id="post-{number}"')[1].split("</article>")[0]
    return article.split('class="post-linked"')[1] if "post-linked" in article else ""


def test_a_link_is_shown_under_the_post_and_beside_the_topic(signed_in, other, topic, elsewhere):
    reply = make_post(topic)
    source = say(other, elsewhere, f"As they say in {settings.SITE_URL}{reply.get_absolute_url()}.")
    shown = page(signed_in, topic)
    assert elsewhere.title in under(shown, 2)
    assert source.get_absolute_url() in under(shown, 2)
    assert under(shown, 1) == ""
    assert elsewhere.title in shown.split("<aside")[1]
    assert elsewhere.title in signed_in.get(f"/forum/p/{reply.pk}/").content.decode()
    part = signed_in.get(f"/forum/t/{topic.pk}/posts/?ids={reply.pk}").content.decode()
    assert elsewhere.title in under(part, 2)


@pytest.mark.parametrize("written", ["/p/{post}/", "/forum/t/{topic}/any-words/2/", "[here](/p/{post}/#x)"])
def test_every_address_of_a_post_counts(other, topic, elsewhere, written):
    reply = make_post(topic)
    say(
        other,
        elsewhere,
        f"See {settings.SITE_URL if written[0] == '/' else ''}"
        + written.format(post=reply.pk, topic=topic.pk),
    )
    [link] = PostLink.objects.all()
    assert (link.post_id, link.topic_id) == (reply.pk, topic.pk)


def test_a_link_to_a_topic_as_a_whole(signed_in, other, topic, elsewhere):
    say(other, elsewhere, f"See #{topic.pk} and again #{topic.pk}, and #99999.")
    [link] = PostLink.objects.all()
    assert (link.post, link.topic_id) == (None, topic.pk)
    shown = page(signed_in, topic)
    assert elsewhere.title in shown.split("<aside")[1]
    assert "post-linked" not in shown


def test_a_reply_that_quotes_another_of_the_same_topic(signed_in, member, other, topic):
    first = make_post(topic)
    say(other, topic, f"> Indeed.\n\n[{first.author.name}](/p/{first.pk}/) is right.")
    shown = page(signed_in, topic)
    assert f"post 3 by {other.name}" in under(shown, 2)
    assert "Linked from" not in shown.split("<aside")[1]


def test_what_one_may_not_see_is_not_told(member, other, topic, private_topic):
    """Neither title nor count: the page is the same as if nobody had linked."""
    reply = make_post(topic)
    outsider = Client()
    outsider.force_login(other)
    say(member, private_topic, f"Between us: /p/{reply.pk}/ and [this](/p/{reply.pk}/).")
    caches["local"].clear()
    shown = page(outsider, topic)
    assert "Linked from" not in shown
    assert "Vendor shortlist" not in shown
    assert "Linked from" not in outsider.get(f"/forum/p/{reply.pk}/").content.decode()
    insider = Client()
    insider.force_login(member)
    assert "Vendor shortlist" in page(insider, topic)


def test_an_edit_takes_the_link_along_and_a_removal_hides_it(signed_in, other, topic, elsewhere):
    reply = make_post(topic)
    source = say(other, elsewhere, f"See [it](/p/{reply.pk}/).")
    edit_post(editor=other, post_id=source.pk, body="See nothing.", revision=1)
    assert not PostLink.objects.exists()
    edit_post(editor=other, post_id=source.pk, body=f"See [it](/p/{reply.pk}/) after all.", revision=2)
    assert elsewhere.title in page(signed_in, topic)
    source.refresh_from_db()
    source.removed_at = timezone.now()
    source.save()
    assert elsewhere.title not in page(signed_in, topic)


def test_a_number_of_before_a_move_leads_to_the_same_post(other, topic, elsewhere):
    reply = make_post(topic)
    PostAlias.objects.create(topic=elsewhere, number=7, post=reply, version=1)
    say(make_member(), topic, f"See [it](/forum/t/{elsewhere.pk}/x/7/).")
    assert PostLink.objects.get().post_id == reply.pk


def test_many_links_are_cut_short(signed_in, topic, other):
    reply = make_post(topic)
    for number in range(6):
        source = make_post(make_topic(f"Round number {number}", author=other), author=other)
        PostLink.objects.create(source=source, topic=topic, post=reply)
    shown = under(page(signed_in, topic), 2)
    assert shown.count("Round number") == 4
    assert f'href="/forum/p/{reply.pk}/">and more' in shown
