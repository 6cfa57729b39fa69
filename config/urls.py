from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    # The pages that are opened most come first: every pattern before a page is tried in vain.
    path("", include("pages.urls")),
    path("", include("forum.urls")),
    path("", include("notifications.urls")),
    path("", include("workinggroups.urls")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),  # before allauth's: some of its pages are wrapped there
    path("accounts/oidc/", include("accounts.oidc.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("accounts/factors/", include("allauth.mfa.urls")),
    path("", include("outbox.urls")),
    path("moderation/audit/", include("audit.urls")),
    path("api/", include("config.api")),
]
handler403 = "pages.views.forbidden"
handler429 = "accounts.throttles.too_many_requests"  # allauth looks it up here
handler404 = "pages.views.not_found"
handler500 = "pages.views.server_error"
