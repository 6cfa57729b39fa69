from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.forms import attempt, typed
from core.paging import Keyset
from forum import actions
from forum.forms import BookmarkForm
from forum.models import Bookmark
from forum.views.posts import find

NEWEST = Keyset("-id")


@require_http_methods(["GET", "POST"])
def bookmark(request: HttpRequest, post_id: int) -> HttpResponse:
    """GET asks when to be reminded, POST sets the bookmark; `undo` removes it."""
    post = find(request, post_id)
    if request.method == "POST" and "undo" in request.POST:
        actions.remove_bookmark(member=request.user, post_id=post_id)
        messages.success(request, _("The bookmark is removed."))
        return redirect(post)
    form = BookmarkForm(typed(request), member=request.user)
    if request.method == "POST" and form.is_valid():
        deed = actions.bookmark_post
        if attempt(form, deed, member=request.user, post_id=post_id, **form.cleaned_data):
            messages.success(request, _("The post is among your bookmarks."))
            return redirect(post)
    kept = Bookmark.objects.filter(member=request.user, post=post).first()
    context = {"post": post, "form": form, "kept": kept}
    return render(request, "forum/bookmark.html", context, status=422 if form.errors else 200)


@require_GET
def bookmarks(request: HttpRequest) -> HttpResponse:
    """What one marked, newest first."""
    kept = Bookmark.objects.of(request.user).select_related("post__topic__category", "post__author")
    return render(request, "forum/bookmarks.html", {"page": NEWEST.page(kept, request.GET.get("cursor"))})
