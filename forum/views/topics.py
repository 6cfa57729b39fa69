from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.forms import attempt, typed
from core.kept import fill
from core.numbers import number_in
from forum import actions
from forum.addresses import lead_to, where_now
from forum.forms import PostForm, TopicEditForm, UnreadForm
from forum.linked import beside, links_to, under_posts
from forum.models import Draft, Post, Topic
from forum.order import ORDERS
from forum.page import listed, page_of, render_pieces
from forum.permissions import can_tag
from forum.quotes import quote_of
from forum.seen import parse
from forum.thread import Seen, composer_of, head_of, lay_over, reading_of, see
from forum.views.above import above
from forum.views.jumps import jump

POSTS = "\x1eposts\x1e"  # where the posts go in the rendered page


@require_GET
def topic(request: HttpRequest, topic_id: int, slug: str = "", number: int | None = None) -> HttpResponse:
    """Any slug leads here, and a number that its post has left leads to where the post is."""
    try:
        seen = see(request.user, topic_id)
        if slug == seen.topic.slug:
            if "number" in request.GET or "on" in request.GET:
                return jump(request, seen.topic)
            return show_topic(request, seen, number=number)
    except Http404:
        if url := where_now(request.user, topic_id, number):
            return lead_to(url)
        raise
    tail = f"{number}/" if number is not None else ""
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return lead_to(f"{seen.topic.get_absolute_url()}{tail}{query}")


def show_topic(
    request: HttpRequest,
    seen: Seen,
    *,
    form: PostForm | None = None,
    number: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """The topic page; with a bound `form`, the reply that could not be posted, as it was typed."""
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    view = request.GET.get("view", "threaded")
    if view not in ORDERS:
        raise Http404
    branch = request.GET.get("branch", "")
    if branch and not (branch.isascii() and branch.isdigit() and len(branch) < 10 and view == "threaded"):
        raise Http404
    asked = {"after": after, "before": before, "number": number, "branch": int(branch) if branch else None}
    page = page_of(seen.topic, view=view, **asked)
    if (after or before) and not page.pieces:
        raise Http404
    links = links_to(request.user, seen.topic.pk)
    context = {
        "seen": seen,
        "topic": seen.topic,
        "category": seen.topic.category,
        "page": page,
        "read_to": seen.read_to if seen.has_state else "",
        "is_locked": seen.topic.is_locked,
        "head": head_of(seen, page, above(request, seen, is_first=not page.before)),
        "posts": POSTS,
        "foot": fill(page.foot, request),
        "reading": fill(reading_of(seen), request),
        "linked": beside(seen.topic.pk, links),
        "may_keep": seen.can_keep_order or seen.can_announce or seen.topic.author_id == seen.member.pk,
    }
    form = form or _begun(request, seen)
    if form:
        context |= {"form": form, "parent": _parent(seen.topic, form), "is_draft": form["draft"].value()}
    else:  # whoever has to wait is told so above it
        context["composer" if seen.can_reply else "empty"] = fill(composer_of(page), request)
    start, end = render_to_string("forum/topic.html", context, request).split(POSTS, 1)
    linked = under_posts(seen.topic.pk, links)
    whole = b"".join((start.encode(), *lay_over(seen, page.pieces, linked), end.encode()))
    return HttpResponse(whole, status=status)


def _begun(request: HttpRequest, seen: Seen) -> PostForm | None:
    """A composer that is not empty: with the member's draft, or answering the post of `?reply=<number>`, with
    `&quote=1` quoting it: the way without JavaScript."""
    initial = {}
    if seen.has_draft and (seen.can_reply or seen.can_reply.wait):
        kept = Draft.objects.at(seen.member, Draft.Kind.REPLY, seen.topic.pk).first()
        initial = {**kept.fields, "draft": kept.revision} if kept else {}
    if number := number_in(request.GET.get("reply", "")):
        parent = seen.topic.posts.select_related("author").filter(number=number, removed_at=None).first()
        initial["parent"] = parent and parent.pk
        if parent and request.GET.get("quote"):
            before = initial.get("body", "").rstrip()
            initial["body"] = "\n\n".join(filter(None, [before, quote_of(parent)]))
    return PostForm(initial=initial) if initial else None


def _parent(topic: Topic, form: PostForm) -> Post | None:
    if not (parent := number_in(str(form["parent"].value() or ""))):
        return None
    return topic.posts.filter(pk=parent).select_related("author").first()


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, topic_id: int) -> HttpResponse:
    seen = see(request.user, topic_id)
    can_tag(request.user, seen.topic).enforce()
    initial = {"title": seen.topic.title, "tags": ", ".join(seen.topic.tags.values_list("name", flat=True))}
    form = TopicEditForm(typed(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form, actions.edit_topic, editor=request.user, topic_id=topic_id, **form.cleaned_data
        )
        if changed:
            return redirect(changed)
    context = {"form": form, "topic": seen.topic}
    return render(request, "forum/edit.html", context, status=422 if form.errors else 200)


@require_POST
def read(request: HttpRequest, topic_id: int) -> HttpResponse:
    """The beacon of an open page: what its reader has seen, up to `number`, and those of `seen` ("4,7-9"). 204."""
    try:
        posts = parse(request.POST.get("seen", ""))
    except ValueError:
        return HttpResponse(_("seen must be post numbers."), status=400, content_type="text/plain")
    number = number_in(request.POST.get("number", "0" if posts else ""))
    if number is None:
        return HttpResponse(_("number must be a post number."), status=400, content_type="text/plain")
    actions.mark_read(member=request.user, topic_id=topic_id, number=number, posts=posts)
    if "next" in request.POST:
        return redirect(reverse("forum:forum"))
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
def unread(request: HttpRequest, topic_id: int) -> HttpResponse:
    """GET asks from which post on, which `?from=` may say; POST marks those unread and goes back to the list."""
    seen = see(request.user, topic_id)
    last = seen.topic.last_number
    form = UnreadForm(typed(request), last=last, initial={"number": request.GET.get("from", last)})
    if request.method == "POST" and form.is_valid():
        actions.mark_unread(member=request.user, topic_id=topic_id, **form.cleaned_data)
        messages.success(request, _("“%s” is among the unread topics again.") % seen.topic.title)
        return redirect("forum:forum")
    context = {"form": form, "topic": seen.topic}
    return render(request, "forum/unread.html", context, status=422 if form.errors else 200)


@require_GET
def posts(request: HttpRequest, topic_id: int) -> HttpResponse:
    """The posts with the given ids, as they stand on the topic page: what an open page fetches when told of news."""
    seen = see(request.user, topic_id)
    ids = list(filter(None, map(number_in, request.GET.get("ids", "").split(","))))[:200]
    is_flat = request.GET.get("view", "") in ORDERS and ORDERS[request.GET["view"]].is_flat
    found = list(listed(seen.topic.posts.filter(pk__in=ids).order_by("path")))
    linked = under_posts(topic_id, links_to(request.user, topic_id))
    return HttpResponse(lay_over(seen, render_pieces(seen.topic, found, is_flat=is_flat), linked))


def permalink(request: HttpRequest, post_id: int) -> HttpResponse:
    posts = Post.objects.visible_to(request.user).select_related("topic")
    return lead_to(get_object_or_404(posts, pk=post_id).get_absolute_url())
