from django.urls import include, path
from rest_framework.routers import SimpleRouter

from workinggroups.api import views

router = SimpleRouter(use_regex_path=False)
router.register("groups", views.GroupViewSet, "group")
router.register("resources", views.ResourceViewSet, "resource")

requests = views.JoinRequestViewSet
urlpatterns = [
    path(
        "groups/<slug:slug>/members/", views.GroupMembersView.as_view({"get": "list"}), name="group-members"
    ),
    path("groups/<slug:slug>/join-requests/", requests.as_view({"get": "list"}), name="join-requests"),
    path(
        "groups/<slug:slug>/join-requests/<int:pk>/approve/",
        requests.as_view({"post": "approve"}),
        name="approve-request",
    ),
    path(
        "groups/<slug:slug>/join-requests/<int:pk>/decline/",
        requests.as_view({"post": "decline"}),
        name="decline-request",
    ),
    path(
        "groups/<slug:slug>/invitations/",
        views.InvitationsView.as_view({"get": "list", "post": "create"}),
        name="invitations",
    ),
    path(
        "groups/<slug:slug>/resources/",
        views.GroupResourcesView.as_view({"get": "list", "post": "create"}),
        name="group-resources",
    ),
    path("", include(router.urls)),
]
