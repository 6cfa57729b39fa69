"""What a post said before: kept, compared word by word, and taken out where it must be."""

import re
import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit.models import AuditEntry
from forum.diff import word_diff
from forum.models import Post, PostRevision
from tests.factories import make_member, make_post
from tests.texts import texts


@pytest.fixture
def post(topic):
    """The topic's first post, an hour old."""
    Post.objects.update(created_at=timezone.now() - timedelta(hours=1))
    return topic.posts.get()


def edit(client, post, body, revision=1):
    typed = {"body": body, "revision": revision, "reason": "A slip"}
    return client.post(f"/forum/p/{post.pk}/edit/", typed)


# --- The diff --------------------------------------------------------------------------------------
def sides(diff: str) -> tuple[str, str]:
    """The old and the new text as a reader of the diff would put them together."""
    plain = re.sub(r'<span class="usa-sr-only">[^<]*</span>', "", diff)
    old = re.sub(r"<ins>.*?</ins>", "", plain, flags=re.S)
    new = re.sub(r"<del>.*?</del>", "", plain, flags=re.S)
    return tuple(re.sub(r"</?(ins|del)>", "", side) for side in (old, new))


def test_only_the_words_that_changed_are_marked():
    diff = word_diff("We tried this in one office.", "We tried that in two offices.")
    gone = '<del><span class="usa-sr-only">[removed:] </span>%s</del>'
    new = '<ins><span class="usa-sr-only">[added:] </span>%s</ins>'
    assert diff == (f"We tried {gone % 'this'}{new % 'that'} in {gone % 'one office'}{new % 'two offices'}.")


@given(st.text("ab .\n", max_size=60), st.text("ab .\n", max_size=60))
def test_both_texts_can_be_read_from_the_diff(old, new):
    assert all(
        "⋯" in side or side == text for side, text in zip(sides(word_diff(old, new)), (old, new), strict=True)
    )


@given(texts(80), texts(80))
def test_a_diff_holds_no_markup_but_its_own(old, new):
    diff = word_diff(f"<b onclick=x>{old}", f"<script>{new}</script>")
    assert set(re.findall(r"<[^>]*>", diff)) <= {
        "<ins>", "</ins>", "<del>", "</del>", '<span class="usa-sr-only">', "</span>",
    }  # fmt: skip


def test_long_unchanged_parts_are_folded():
    lines = [f"Line {n}\n" for n in range(40)]
    diff = word_diff("".join(lines), "".join([*lines[:20], "New\n", *lines[20:]]))
    assert "⋯" in diff
    assert "Line 17" in diff
    assert "Line 5\n" not in diff


def test_comparing_hostile_texts_takes_no_time():
    begun = time.monotonic()
    word_diff("a " * 10_000, "b a " * 5_000)
    word_diff("\n" * 20_000, "a\n" * 10_000)
    word_diff(" ".join(f"w{n % 97}" for n in range(490)), " ".join(f"w{n % 89}" for n in range(490)))
    assert time.monotonic() - begun < 3


# --- Grace -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_slip_mended_at_once_leaves_no_trace(signed_in, topic):
    post = topic.posts.get()
    assert edit(signed_in, post, "Mended at once.").status_code == 302
    post.refresh_from_db()
    assert (post.body, post.revision, post.edited_at) == ("Mended at once.", 2, None)
    assert not PostRevision.objects.exists()
    assert edit(signed_in, post, "Too late.", revision=1).status_code == 409


@pytest.mark.django_db
def test_once_somebody_replied_every_edit_is_kept(signed_in, topic):
    post = topic.posts.get()
    make_post(topic, parent=post)
    edit(signed_in, post, "Now it says something else.")
    assert PostRevision.objects.get().body == "We would like to know."


@pytest.mark.django_db
def test_once_somebody_was_told_every_edit_is_kept(signed_in, as_other, other, topic, run_jobs):
    signed_in.post(f"/forum/t/{topic.pk}/follow/", {"level": "watching"})
    as_other.post(f"/forum/t/{topic.pk}/reply/", {"body": "I agree with all of it."})
    reply = Post.objects.get(number=2)
    run_jobs()
    edit(as_other, reply, "I agree with none of it.")
    assert PostRevision.objects.get().body == "I agree with all of it."


@pytest.mark.django_db
def test_after_the_grace_every_edit_is_kept_also_the_second(signed_in, post):
    edit(signed_in, post, "Once.")
    edit(signed_in, post, "Twice.", revision=2)
    assert list(PostRevision.objects.values_list("revision", flat=True)) == [2, 1]


# --- Pages -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_history_shows_each_edit_newest_first_and_pages(signed_in, as_other, post):
    body = post.body
    for revision in range(1, 13):
        edit(signed_in, post, f"Text {revision}", revision=revision)
    page = as_other.get(f"/forum/p/{post.pk}/history/").content.decode()
    assert page.index("From revision 12 to 13") < page.index("From revision 3 to 4")
    assert "From revision 2 to 3" not in page
    assert ">[removed:] </span>11</del>" in page
    older = as_other.get(f"/forum/p/{post.pk}/history/?before=3").content.decode()
    assert "From revision 2 to 3" in older
    assert body in older
    assert "From revision 3 to 4" not in older
    assert "as it is now" not in older
    assert as_other.get(f"/forum/p/{post.pk}/history/?before=99").status_code == 200


@pytest.mark.django_db
def test_the_conflict_page_shows_what_differs(signed_in, post):
    edit(signed_in, post, "The first to save.")
    page = edit(signed_in, post, "The second to save.").content.decode()
    assert ">[removed:] </span>first</del>" in page
    assert ">[added:] </span>second</ins>" in page


# --- Redaction -------------------------------------------------------------------------------------
@pytest.fixture
def keeper_client(client):
    client.force_login(make_member("Mod", roles=("moderator",)))
    return client


@pytest.mark.django_db
def test_a_keeper_takes_an_earlier_text_out_for_good(signed_in, as_other, keeper_client, post):
    edit(signed_in, post, "My number is 123-45-6789.")
    edit(signed_in, post, "My number is private.", revision=2)
    history, url = f"/forum/p/{post.pk}/history/", f"/forum/p/{post.pk}/history/2/redact/"
    assert url in keeper_client.get(history).content.decode()
    assert url not in as_other.get(history).content.decode()
    assert "123-45-6789" in keeper_client.get(url).content.decode()
    assert keeper_client.post(url, {"reason": ""}).status_code == 422
    assert keeper_client.post(url, {"reason": "PII"}).status_code == 422
    assert keeper_client.post(url, {"reason": "Personal data"}).url == history
    old = PostRevision.objects.get(revision=2)
    assert (old.body, len(old.digest), old.redaction_reason) == ("", 64, "Personal data")
    page = as_other.get(history).content.decode()
    assert "123-45" not in page
    assert "Mod took the text of revision 2 out: Personal data" in page
    [shown] = [r for r in as_other.get(f"/api/v1/posts/{post.pk}/revisions/").json() if r["revision"] == 2]
    assert (shown["body"], shown["is_redacted"], shown["redaction_reason"]) == ("", True, "Personal data")
    entry = AuditEntry.objects.get(action="post.redact")
    assert entry.facts["revision"] == 2
    assert "123-45" not in str(entry.facts)


@pytest.mark.django_db
def test_redacting_twice_keeps_the_first_hash_and_one_audit_row(signed_in, keeper_client, post):
    edit(signed_in, post, "Another text.")
    url = f"/api/v1/posts/{post.pk}/revisions/1/redact/"
    first = keeper_client.post(url, {"reason": "Personal data"}, content_type="application/json")
    digest = PostRevision.objects.get().digest
    again = keeper_client.post(url, {"reason": "Other words"}, content_type="application/json")
    assert (first.status_code, again.json()["redaction_reason"]) == (200, "Personal data")
    assert PostRevision.objects.get().digest == digest
    assert AuditEntry.objects.filter(action="post.redact").count() == 1


@pytest.mark.django_db
def test_nobody_else_takes_a_text_out(client, signed_in, as_other, topic, post, private_topic):
    edit(signed_in, post, "Another text.")
    url = f"/forum/p/{post.pk}/history/1/redact/"
    assert signed_in.post(url, {"reason": "Mine after all"}).status_code == 403
    assert as_other.get(url).status_code == 403
    assert as_other.post(url.replace("/1/", "/7/"), {"reason": "No such one"}).status_code == 404
    hidden = private_topic.posts.get()
    PostRevision.objects.create(post=hidden, revision=1, body="Secret", editor=hidden.author)
    assert as_other.post(f"/forum/p/{hidden.pk}/history/1/redact/", {"reason": "Curious"}).status_code == 404
    assert client.post(url, {"reason": "Visitor"}).url.startswith("/accounts/login/")
    assert not PostRevision.objects.exclude(redacted_at=None).exists()


@pytest.mark.django_db
def test_the_database_keeps_no_text_beside_a_redaction(topic, member):
    post = topic.posts.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PostRevision.objects.create(
            post=post, revision=1, body="Still here", editor=member,
            redacted_at=timezone.now(), redaction_reason="Personal data",
        )  # fmt: skip
