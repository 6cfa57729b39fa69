from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Member
from core.forms import attempt, paced, typed
from core.lines import one_line
from core.markup import render as render_markdown
from core.numbers import number_in
from files.uploads import oversize
from forum import actions
from forum.attachments import previewed
from forum.completion import similar_topics
from forum.forms import TopicForm
from forum.models import Category, Draft, Post, ScheduledTopic
from forum.permissions import can_start_topic
from forum.views.attaching import is_whole, says_same
from workinggroups.models import Membership


def offered_to(member: Member) -> list[Category]:
    """The categories where the member may start a topic."""
    places = Category.objects.visible_to(member).filter(is_archived=False).select_related("group", "parent")
    roles = dict(Membership.objects.active().filter(member=member).values_list("group", "role"))
    return [place for place in places if can_start_topic(member, place, roles.get(place.group_id, ""))]


def _begun(request: HttpRequest, offered: list[Category]) -> dict[str, object]:
    """The member's draft, or else the template of the category that is asked for."""
    slot = number_in(request.GET.get("draft", "")) or 0
    kept = Draft.objects.at(request.user, Draft.Kind.TOPIC, slot).first()
    slug = request.GET.get("category", "")
    if kept:
        known = {"draft": kept.revision, "draft_target": kept.target}
        return {**kept.fields, **({"category": slug} if slug else {}), **known}
    template = next((place.template for place in offered if place.slug == slug), "")
    return {"category": slug, "body": f"{template}\n\n" if template else ""}


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A topic is started, at once or at a time to come; `preview` shows first what it will look like."""
    offered = offered_to(request.user)
    given = {"categories": offered, "member": request.user, "oversize": oversize(request)}
    form = TopicForm(typed(request), request.FILES or None, initial=_begun(request, offered), **given)
    is_preview = "preview" in request.POST
    if form.is_bound and is_whole(request, form) and not is_preview and (started := _start(request, form)):
        return started
    if is_preview:  # the same again, with what it holds and without what it still lacks
        kept, form = form.kept, TopicForm(initial=request.POST.dict(), **given)
        form.kept = kept
    context = {"form": form, "templates": {place.slug: place.template for place in offered if place.template}}
    if is_preview:
        context["preview"] = _preview(request.user, request.POST.get("body", ""))
    if request.method == "POST":
        context["similar"] = similar_topics(request.user, request.POST.get("title", ""))
    return paced(form, render(request, "forum/new.html", context, status=422 if form.errors else 200))


def _start(request: HttpRequest, form: TopicForm) -> HttpResponse | None:
    cleaned = {**form.cleaned_data}
    if not cleaned.pop("post_at"):
        started = attempt(form, actions.start_topic, author=request.user, **cleaned)
        if started is None:
            return None
        if not started.is_new and _says_other(form, started.topic.title, started.post):
            return None
        if "poll" in request.POST:
            return redirect("forum:poll", started.topic.pk)
        return redirect(started.topic)
    scheduled = attempt(form, actions.schedule_topic, author=request.user, **form.cleaned_data)
    if scheduled is None or _says_other(form, scheduled.title, scheduled):
        return None
    return told_when(request, scheduled)


def _says_other(form: TopicForm, title: str, made: Post | ScheduledTopic) -> bool:
    """A form whose first answer was lost or that the browser brought back, sent anew with other words: they stay, to
    be sent as a topic of its own or taken over into the one it made."""
    if title == one_line(form.cleaned_data["title"]) and says_same(form, made.body):
        return False
    text = _(
        'Your <a href="{url}">topic</a> had arrived before you changed this. Send it again to make it a topic of its '
        "own, or edit the one that is there."
    )
    # Neither title nor slug: the topic may have got others since, where its author may not follow.
    url = made.get_permalink() if isinstance(made, Post) else made.get_absolute_url()
    form.add_error(None, format_html(text, url=url))
    form.data = form.data.copy()
    form.data["token"] = uuid4().hex
    return True


def told_when(request: HttpRequest, scheduled: ScheduledTopic) -> HttpResponse:
    zone = request.user.zone
    when = date_format(timezone.localtime(scheduled.post_at, zone), "DATETIME_FORMAT")
    messages.success(
        request,
        _("It will be posted on %(when)s (%(zone)s).") % {"when": when, "zone": zone.key.replace("_", " ")},
    )
    return redirect("forum:scheduled")


def _preview(author: Member, body: str) -> dict[str, object]:
    try:
        return {"html": previewed(author, render_markdown(body).html)}
    except ValidationError as error:
        return {"errors": error.messages}
