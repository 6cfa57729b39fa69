"""Posts of people whom a reader has muted are folded for that reader, in the page and in what comes in live."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Mute
from tests.factories import make_member, make_post, make_topic
from tests.forum.test_budgets import cost

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    member = make_member("Ada Lovelace")
    client.force_login(member)
    return member


@pytest.fixture
def topic():
    eve = make_member("Eve Rice")
    topic = make_topic(author=make_member("Grace Hopper"), body="What now?")
    make_post(topic, author=eve, body="Loud as ever.")
    make_post(topic, author=topic.author, body="Thank you.")
    return topic


def test_what_somebody_muted_wrote_is_folded_and_the_rest_is_not(client, ada, topic):
    page = f"/forum/t/{topic.pk}/{topic.slug}/"
    eve = topic.posts.get(number=2).author
    Mute.objects.create(member=ada, muted=eve)
    articles = client.get(page).text.split("data-posts", 1)[1].split("</article>")
    folded = [article for article in articles if '<details class="post-muted">' in article]
    assert len(folded) == 1
    assert "Loud as ever." in folded[0]
    assert folded[0].count("<details") == folded[0].count("</details>")
    assert (
        folded[0].index("</summary><div>")
        < folded[0].index("Loud as ever.")
        < folded[0].rindex("</div></details>")
    )
    live = client.get(f"/forum/t/{topic.pk}/posts/?ids={topic.posts.get(number=2).pk}").text
    assert live.count('<details class="post-muted">') == 1
    client.force_login(eve)
    assert "post-muted" not in client.get(page).text, "nobody learns of it"


def test_whoever_mutes_nobody_pays_nothing(client, ada, topic):
    page = f"/forum/t/{topic.pk}/{topic.slug}/"
    client.get(page)
    warm, size = cost(lambda: client.get(page))
    Mute.objects.create(member=make_member(), muted=topic.author)
    assert cost(lambda: client.get(page))[1] == size
    Mute.objects.create(member=ada, muted=make_member())
    with CaptureQueriesContext(connection) as captured:
        client.get(page)
    assert len(captured) == len(warm) + 1
