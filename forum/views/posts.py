from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Conflict
from core.forms import attempt, paced, typed
from core.markup import render as render_markdown
from core.numbers import number_in
from files.uploads import oversize
from forum import actions
from forum.actions.posts import Posted
from forum.addresses import taken_by
from forum.attachments import previewed
from forum.diff import word_diff
from forum.drafts import joined
from forum.forms import PostEditForm, PostForm, ReasonForm, RedactForm
from forum.history import edits_of
from forum.linked import links_to
from forum.models import Draft, Post, Reaction
from forum.permissions import (
    can_choose_answer,
    can_edit_post,
    can_react,
    can_redact,
    can_remove_post,
    can_reply,
    can_restore_post,
)
from forum.thread import Seen, see
from forum.views.attaching import is_whole, says_same
from forum.views.topics import show_topic


def find(request: HttpRequest, post_id: int) -> Post:
    posts = Post.objects.visible_to(request.user).select_related("topic__category__group", "author", "agency")
    return get_object_or_404(posts, pk=post_id)


@require_GET
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """One post and all that its reader may do with it. An open topic shows the deeds alone, as a menu."""
    found = find(request, post_id)
    topic, can_restore = found.topic, can_restore_post(request.user, found)
    if found.is_removed and not can_restore:
        raise Http404
    verdicts = {
        "can_reply": can_reply(request.user, topic),
        "can_react": can_react(request.user, found),
        "can_edit": can_edit_post(request.user, found),
        "can_answer": can_choose_answer(request.user, topic),
        "can_remove": can_remove_post(request.user, found),
        "can_restore": can_restore,
    }
    context = {"post": found, "topic": topic, **verdicts}
    context["kinds"] = list(Reaction.Kind)
    context["said"] = set(found.reactions.filter(member=request.user).values_list("kind", flat=True))
    context["is_bookmarked"] = found.bookmarks.filter(member=request.user).exists()
    links = links_to(request.user, topic.pk)
    context["linked"] = [link for link in links if link.post == found.pk]
    context["has_replies"] = found.replies.exists()
    is_menu = request.headers.get("X-Requested-With") == "fetch"
    return render(request, "forum/_post_deeds.html" if is_menu else "forum/post.html", context)


@require_POST
def reply(request: HttpRequest, topic_id: int) -> HttpResponse:
    form = PostForm(request.POST, request.FILES, oversize=oversize(request))
    try:
        return _reply(request, topic_id, form)
    except Http404:
        other = taken_by(request.user, topic_id)
        if other is None:
            raise
    # Others may read along there, so nothing is posted before its author has seen where.
    form.add_error(
        None, _("The topic was merged into this one while you wrote. Send your reply if it fits here.")
    )
    return _shown_again(request, see(request.user, other.pk), form)


def _reply(request: HttpRequest, topic_id: int, form: PostForm) -> HttpResponse:
    if is_whole(request, form):
        cleaned = form.cleaned_data
        posted = attempt(
            form,
            actions.post_reply,
            author=request.user,
            topic_id=topic_id,
            body=cleaned["body"],
            parent_id=cleaned["parent"],
            token=cleaned["token"],
            draft=cleaned["draft"],
        )
        if posted:
            return _sent_again(request, posted, form) or redirect(posted.post)
    seen = see(request.user, topic_id)
    if "parent" in form.errors:  # sent again it answers the topic
        form.data = form.data.copy()
        form.data["parent"] = ""
    return paced(form, _shown_again(request, seen, form))


def _shown_again(request: HttpRequest, seen: Seen, form: PostForm) -> HttpResponse:
    """At the end of the topic, where it would stand."""
    last = seen.topic.posts.order_by("-number").values_list("number", flat=True)[0]
    return show_topic(request, seen, form=form, number=last, status=422)


def _sent_again(request: HttpRequest, posted: Posted, form: PostForm) -> HttpResponse | None:
    """A form whose first answer was lost, sent anew with other words: they go on as an edit of the post it made."""
    if posted.is_new or says_same(form, posted.post.body):
        return None
    cleaned = form.cleaned_data
    fields = {"body": cleaned["body"], "revision": posted.post.revision}
    place = {"member": request.user, "kind": Draft.Kind.EDIT, "target": posted.post.pk}
    try:
        actions.save_draft(**place, fields=fields, token=f"again-{cleaned['token']}"[:64])
    except Conflict as conflict:  # an edit has been begun elsewhere: both are there to choose from
        actions.save_draft(
            **place, fields=joined(conflict.current.fields, fields), revision=conflict.current.revision
        )
    messages.info(request, _("Your reply had arrived before you changed it. Save the change as an edit."))
    return redirect("forum:edit_post", posted.post.pk)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, post_id: int) -> HttpResponse:
    post = find(request, post_id)
    can_edit_post(request.user, post).enforce()
    initial = {"body": post.body, "revision": post.revision}
    if kept := Draft.objects.at(request.user, Draft.Kind.EDIT, post_id).first():
        # With the revision that it was typed over: if the post has changed since, saving shows both.
        typed_before = {name: text for name, text in kept.fields.items() if text}
        initial |= typed_before | {"draft": kept.revision}
    form = PostEditForm(typed(request), request.FILES or None, initial=initial, oversize=oversize(request))
    if request.method == "POST" and is_whole(request, form):
        try:
            changed = attempt(
                form, actions.edit_post, editor=request.user, post_id=post_id, **form.cleaned_data
            )
        except Conflict as conflict:
            if conflict.current.body == form.cleaned_data["body"]:  # a second click: it says so already
                return redirect(conflict.current)
            return _conflict(request, conflict.current, form)
        if changed:
            return redirect(changed)
    return render(
        request, "forum/edit_post.html", {"post": post, "form": form}, status=422 if form.errors else 200
    )


def _conflict(request: HttpRequest, current: Post, form: PostEditForm) -> HttpResponse:
    """Both texts side by side. Saving from here replaces the newer one knowingly: its revision is in the form."""
    body = form.cleaned_data["body"]
    form = PostEditForm(initial={**form.cleaned_data, "revision": current.revision})
    context = {"post": current, "form": form, "diff": word_diff(current.body, body)}
    return render(request, "forum/conflict.html", context, status=409)


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, post_id: int) -> HttpResponse:
    post = find(request, post_id)
    can_remove_post(request.user, post).enforce()
    form = ReasonForm(typed(request))
    if request.method == "POST" and form.is_valid():
        removed = attempt(
            form, actions.remove_post, remover=request.user, post_id=post_id, **form.cleaned_data
        )
        if removed:
            messages.success(request, _("The post is removed. Its replies stay where they are."))
            return redirect(post)
    context = {"post": post, "form": form}
    return render(request, "forum/remove_post.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, post_id: int) -> HttpResponse:
    post = find(request, post_id)
    can_restore_post(request.user, post).enforce()
    if request.method == "POST":
        actions.restore_post(restorer=request.user, post_id=post_id)
        return redirect(post)
    return render(request, "forum/restore_post.html", {"post": post})


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, post_id: int) -> HttpResponse:
    """GET asks, POST marks this post as the topic's answer; `undo` takes the mark away."""
    post = find(request, post_id)
    can_choose_answer(request.user, post.topic).enforce()
    if request.method == "POST":
        chosen = None if "undo" in request.POST else post.pk
        actions.choose_answer(actor=request.user, topic_id=post.topic_id, post_id=chosen)
        return redirect(post)
    return render(request, "forum/answer.html", {"post": post})


@require_GET
def history(request: HttpRequest, post_id: int) -> HttpResponse:
    post = find(request, post_id)
    if post.is_removed and not can_restore_post(request.user, post):
        raise Http404
    before = request.GET.get("before", "")
    edits, older = edits_of(post, before=number_in(before))
    context = {"post": post, "edits": edits, "older": older, "is_newest": not before}
    context["can_redact"] = can_redact(request.user, post)
    return render(request, "forum/history.html", context)


@require_http_methods(["GET", "POST"])
def redact(request: HttpRequest, post_id: int, revision: int) -> HttpResponse:
    """GET asks for the reason, POST takes the text of that revision out for good."""
    post = find(request, post_id)
    old = get_object_or_404(post.revisions.select_related("editor"), revision=revision)
    can_redact(request.user, post).enforce()
    form = RedactForm(typed(request))
    if request.method == "POST" and form.is_valid():
        redacted = attempt(
            form,
            actions.redact_revision,
            keeper=request.user,
            post_id=post_id,
            revision=revision,
            **form.cleaned_data,
        )
        if redacted:
            messages.success(request, _("The text of revision %d is taken out.") % revision)
            return redirect("forum:history", post_id)
    context = {"post": post, "old": old, "form": form}
    return render(request, "forum/redact.html", context, status=422 if form.errors else 200)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What a text will look like, by the renderer that will store it."""
    form = PostForm(request.POST)
    if not form.is_valid():
        return HttpResponse("")
    rendered = attempt(form, render_markdown, source=form.cleaned_data["body"])
    html = previewed(request.user, rendered.html) if rendered else ""
    context = {"html": html, "errors": form.errors.get("__all__", [])}
    return render(request, "forum/_preview.html", context, status=422 if form.errors else 200)
