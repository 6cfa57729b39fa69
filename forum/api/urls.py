from django.urls import include, path
from rest_framework.routers import SimpleRouter

from forum.api import attachments, drafts, marks, polls, subscriptions, views

router = SimpleRouter()
router.register("categories", views.CategoryViewSet, "category")
router.register("tags", views.TagViewSet, "tag")
router.register("topics", views.TopicViewSet, "topic")
router.register("attachments", attachments.AttachmentViewSet, "attachment")
router.register("posts", views.PostViewSet, "post")
router.register("bookmarks", marks.BookmarkViewSet, "bookmark")
router.register("reactions", marks.ReactionViewSet, "reaction")
urlpatterns = [
    path(
        "topics/<int:topic_id>/posts/",
        views.TopicPostsViewSet.as_view({"get": "list", "post": "create"}),
        name="topic-posts",
    ),
    path("drafts/", drafts.DraftViewSet.as_view({"get": "list"}), name="drafts"),
    path(
        "drafts/<str:kind>/<int:target>/",
        drafts.DraftViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="draft",
    ),
    path(
        "topics/<int:topic_id>/poll/",
        polls.PollViewSet.as_view(
            {"get": "retrieve", "post": "create", "patch": "partial_update", "delete": "destroy"}
        ),
        name="poll",
    ),
    path("topics/<int:topic_id>/poll/vote/", polls.PollViewSet.as_view({"post": "vote"}), name="vote"),
    path(
        "topics/<int:topic_id>/poll/close/", polls.PollViewSet.as_view({"post": "close"}), name="close-poll"
    ),
    path("subscriptions/", subscriptions.SubscriptionsView.as_view(), name="subscriptions"),
    path("subscriptions/<str:source>/", subscriptions.SubscriptionView.as_view(), name="subscription"),
    path("", include(router.urls)),
]
