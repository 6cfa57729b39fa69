import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from forum.models import Post, PostRevision, TopicState
from notifications.models import Notice, NoticeEvent
from tests.factories import make_member, make_post

pytestmark = pytest.mark.django_db


def reply(client, topic, body="I agree.", **typed):
    return client.post(f"/forum/t/{topic.pk}/reply/", {"body": body, **typed})


def test_a_reply_stands_under_its_parent(as_other, topic):
    root = topic.posts.get()
    response = reply(as_other, topic, parent=root.pk)
    post = Post.objects.get(number=2)
    assert response.url == f"{topic.get_absolute_url()}2/#post-2"
    assert (post.parent, post.depth, post.path) == (root, 1, "00010002")
    topic.refresh_from_db()
    assert (topic.last_number, topic.posts_count, topic.last_author) == (2, 2, post.author)
    assert post.changed_version == topic.version
    page = as_other.get(response.url).content.decode()
    assert 'class="post post-depth-1' in page


def test_beyond_the_depth_cap_a_reply_becomes_a_sibling_and_says_whom_it_answers(as_other, topic):
    parent = topic.posts.get()
    for _ in range(5):
        parent = make_post(topic, parent=parent)
    reply(as_other, topic, parent=parent.pk)
    post = Post.objects.get(number=7)
    assert (post.depth, len(post.path)) == (5, len(parent.path))
    assert post.path[:-4] == parent.path[:-4]
    page = as_other.get(topic.get_absolute_url()).content.decode()
    assert f"in reply to {parent.author.name}" in page


@pytest.mark.parametrize("body, said", [("", "Write something first"), ("x" * 20_001, "20,000")])
def test_a_refused_reply_keeps_the_text(as_other, topic, body, said):
    response = reply(as_other, topic, body)
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert body in page
    assert topic.posts.count() == 1


def test_a_reply_to_a_post_of_another_topic_is_refused(as_other, topic, private_topic):
    response = reply(as_other, topic, parent=private_topic.posts.get().pk)
    assert response.status_code == 422
    assert "not there any more" in response.content.decode()


def test_a_double_submit_makes_one_post(as_other, topic):
    assert reply(as_other, topic, token="t1").url == reply(as_other, topic, token="t1").url
    assert topic.posts.count() == 2


def test_a_reply_sent_again_with_other_words_goes_on_as_an_edit(as_other, topic):
    reply(as_other, topic, "One.", token="t1")
    again = as_other.post(f"/forum/t/{topic.pk}/reply/", {"body": "One. Two.", "token": "t1"}, follow=True)
    page = again.content.decode()
    assert "had arrived before you changed it" in page
    assert "One. Two.</textarea>" in page
    assert topic.posts.get(number=2).body == "One."


def test_a_reply_with_a_file_sent_twice_is_one_reply(as_other, topic):
    def send():
        file = SimpleUploadedFile("plan.txt", b"The plan")
        return reply(as_other, topic, "See the plan.", token="t1", file=file)

    assert send().url == send().url
    assert "[plan.txt]" in topic.posts.get(number=2).body


def test_without_javascript_the_reply_link_fills_the_composer(as_other, topic):
    page = as_other.get(topic.get_absolute_url() + "?reply=1").content.decode()
    assert "In reply to Rosa Ortiz (post 1)" in page
    assert f'name="parent" value="{topic.posts.get().pk}"' in page


def test_hostile_text_is_stored_safe(as_other, topic):
    reply(as_other, topic, '<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror="a()">')
    page = as_other.get(topic.get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert "javascript:" not in page.split('data-number="2"')[1].split("</article>")[0]
    assert "<img src=x" not in page


def test_posting_follows_the_topic_and_reads_nothing_but_the_own_post(as_other, other, topic):
    make_post(topic)
    reply(as_other, topic)
    state = TopicState.objects.get(member=other, topic=topic)
    assert (state.level, state.why, state.read_to) == ("watching", "replied", 0)
    as_other.post(f"/forum/t/{topic.pk}/read/", {"number": 3})
    reply(as_other, topic)
    state.refresh_from_db()
    assert state.read_to == 4


def test_a_muted_topic_stays_muted_when_one_replies(as_other, other, topic):
    as_other.post(f"/forum/t/{topic.pk}/follow/", {"level": "muted"})
    reply(as_other, topic)
    assert TopicState.objects.get(member=other, topic=topic).level == "muted"


def edit(client, post, body, revision=1):
    return client.post(f"/forum/p/{post.pk}/edit/", {"body": body, "revision": revision, "reason": "A slip"})


def test_an_edit_keeps_what_was_there(signed_in, as_other, topic):
    post = topic.posts.get()
    make_post(topic, parent=post)  # somebody answered: no grace any more
    assert edit(signed_in, post, "We would **really** like to know.").status_code == 302
    post.refresh_from_db()
    topic.refresh_from_db()
    assert (post.revision, post.changed_version) == (2, topic.version)
    old = PostRevision.objects.get()
    assert (old.body, old.revision, old.reason) == ("We would like to know.", 1, "A slip")
    assert "<strong>really</strong>" in as_other.get(topic.get_absolute_url()).content.decode()
    assert "We would like to know." in as_other.get(f"/forum/p/{post.pk}/history/").content.decode()


def test_of_two_edits_at_once_one_gets_both_texts(signed_in, topic):
    post = topic.posts.get()
    edit(signed_in, post, "The first to save.")
    conflict = edit(signed_in, post, "The second, typed meanwhile.")
    page = conflict.content.decode()
    assert conflict.status_code == 409
    assert "The first to save." in page
    assert "The second, typed meanwhile." in page
    assert 'name="revision" value="2"' in page
    post.refresh_from_db()
    assert post.body == "The first to save."
    assert edit(signed_in, post, "The second, typed meanwhile.", revision=2).status_code == 302


def test_nobody_edits_another_members_post_not_even_a_moderator(as_other, other, topic):
    post = topic.posts.get()
    other.site_roles = ["moderator"]
    other.save()
    assert edit(as_other, post, "Words in your mouth").status_code == 403


def test_a_removed_post_leaves_a_stub_and_can_come_back(signed_in, as_other, topic):
    root = topic.posts.get()
    reply(as_other, topic, "A secret slipped out.", parent=root.pk)
    post = Post.objects.get(number=2)
    make_post(topic, parent=post, body="What was that?")
    as_other.post(f"/forum/p/{post.pk}/remove/", {"reason": ""})
    page = signed_in.get(topic.get_absolute_url()).content.decode()
    assert "A secret slipped out." not in page
    assert "Removed by its author." in page
    assert "What was that?" in page
    way_back = f"/forum/p/{post.pk}/restore/"
    assert way_back not in page
    assert way_back in as_other.get(topic.get_absolute_url()).content.decode()
    assert signed_in.get(f"/forum/p/{post.pk}/history/").status_code == 404
    assert signed_in.post(f"/forum/p/{post.pk}/restore/").status_code == 403
    assert reply(signed_in, topic, parent=post.pk).status_code == 422
    as_other.post(f"/forum/p/{post.pk}/restore/")
    assert "A secret slipped out." in signed_in.get(topic.get_absolute_url()).content.decode()


def test_what_a_moderator_removed_its_author_cannot_bring_back(as_other, topic):
    moderator = make_member(roles=("moderator",))
    reply(as_other, topic)
    post = Post.objects.get(number=2)
    client = type(as_other)()
    client.force_login(moderator)
    client.post(f"/forum/p/{post.pk}/remove/", {"reason": "Off topic"})
    assert as_other.post(f"/forum/p/{post.pk}/restore/").status_code == 403
    page = as_other.get(topic.get_absolute_url()).content.decode()
    assert "Off topic" in page
    assert f"/forum/p/{post.pk}/restore/" not in page
    assert client.post(f"/forum/p/{post.pk}/restore/").status_code == 302


def test_the_first_post_cannot_be_removed_alone(signed_in, topic):
    assert signed_in.post(f"/forum/p/{topic.posts.get().pk}/remove/").status_code == 422


def test_the_preview_is_what_will_be_stored(signed_in):
    response = signed_in.post("/forum/preview/", {"body": "**bold** <b>raw</b>"})
    assert "<strong>bold</strong>" in response.content.decode()
    assert "<b>raw" not in response.content.decode()
    assert signed_in.post("/forum/preview/", {"body": "x" * 20_001}).status_code == 422


def test_an_open_page_fetches_the_posts_it_is_told_of(as_other, topic, private_topic):
    post = make_post(topic, body="Fresh")
    page = as_other.get(
        f"/forum/t/{topic.pk}/posts/?ids={post.pk},{private_topic.posts.get().pk}"
    ).content.decode()
    assert page.count("<article") == 1
    assert "Fresh" in page
    assert as_other.get(f"/forum/t/{private_topic.pk}/posts/?ids=1").status_code == 404


def test_the_strongest_reason_wins_and_the_actor_hears_nothing(
    as_other, signed_in, topic, member, other, run_jobs
):
    make_member("Dana Brooks", handle="dana")
    muted = make_member("Mute Marsh", handle="mute")
    TopicState.objects.create(member=muted, topic=topic, level="muted")
    root = topic.posts.get()
    TopicState.objects.create(member=member, topic=topic, level="watching")
    reply(as_other, topic, "@dana @mute @tomas.marsh @nobody look", parent=root.pk)
    run_jobs()
    told = dict(Notice.objects.values_list("member__handle", "reason"))
    assert told == {"rosa.ortiz": "reply", "dana": "mention"}


def test_followers_get_one_notice_with_a_count_and_reading_clears_it(
    as_other, signed_in, topic, member, run_jobs
):
    TopicState.objects.create(member=member, topic=topic, level="watching")
    for number in range(3):
        reply(as_other, topic, f"Thought {number}")
        run_jobs()
    notice = Notice.objects.get()
    assert (notice.member, notice.reason, notice.count) == (member, "followed", 3)
    signed_in.post(f"/forum/t/{topic.pk}/read/", {"number": 4})
    notice.refresh_from_db()
    assert notice.read_at is not None
    reply(as_other, topic, "And another")
    run_jobs()
    assert Notice.objects.unread().get().count == 1


def test_a_removed_post_is_told_to_nobody(as_other, signed_in, topic, member, run_jobs):
    told, untold = (f"@rosa.ortiz {word}" for word in ("look here", "never mind"))
    reply(as_other, topic, told)
    run_jobs()
    assert Notice.objects.unread().count() == 1
    as_other.post(f"/forum/p/{Post.objects.get(number=2).pk}/remove/")
    reply(as_other, topic, untold)
    as_other.post(f"/forum/p/{Post.objects.get(number=3).pk}/remove/")
    run_jobs()
    assert not Notice.objects.exists()


def test_a_member_who_may_not_read_the_topic_is_not_told(signed_in, private_topic, run_jobs):
    outsider = make_member(handle="outsider")
    TopicState.objects.create(member=outsider, topic=private_topic, level="watching")
    reply(signed_in, private_topic, "@outsider @dana.brooks have a look")
    run_jobs()
    assert NoticeEvent.objects.count() == 1
    assert list(Notice.objects.values_list("member__handle", flat=True)) == ["dana.brooks"]
