from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from forum import actions
from forum.models import Reaction
from forum.permissions import can_react
from forum.views.posts import find

SHOWN = 200


@require_POST
def react(request: HttpRequest, post_id: int) -> HttpResponse:
    """`kind` says it, `undo` takes it back: a double click does what one click would."""
    post = find(request, post_id)
    try:
        if kind := request.POST.get("undo"):
            actions.take_back_reaction(member=request.user, post_id=post_id, kind=kind)
        else:
            actions.react(member=request.user, post_id=post_id, kind=request.POST.get("kind", ""))
    except ValidationError as error:
        return HttpResponse(error.messages[0], status=422, content_type="text/plain; charset=utf-8")
    if request.headers.get("X-Requested-With") == "fetch":  # an open page asks for the post by itself
        return HttpResponse(status=204)
    return redirect(post)


@require_GET
def reactions(request: HttpRequest, post_id: int) -> HttpResponse:
    """Who said what to a post, and everything that can be said."""
    post = find(request, post_id)
    if post.is_removed:
        raise Http404
    said = list(post.reactions.select_related("member__agency").order_by("-id")[:SHOWN])
    own = set(post.reactions.filter(member=request.user).values_list("kind", flat=True))
    kinds = [
        {
            "kind": kind,
            "count": post.reaction_counts.get(kind.value, 0),
            "is_mine": kind.value in own,
            "members": [reaction.member for reaction in said if reaction.kind == kind],
        }
        for kind in Reaction.Kind
    ]
    context = {"post": post, "kinds": kinds, "verdict": can_react(request.user, post)}
    return render(request, "forum/reactions.html", context)
