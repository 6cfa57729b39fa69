"""`/api/`: version 1, its schema and its pages."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from accounts.api import schema  # noqa: F401  (describes how the API signs in)

urlpatterns = [
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("notifications.api.urls")),
    path("v1/", include("workinggroups.api.urls")),
    path("v1/", include("forum.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]
