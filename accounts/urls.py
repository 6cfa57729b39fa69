from allauth.account import views as allauth_views
from allauth.mfa.base import views as factor_views
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as passkey_views
from django.urls import include, path, register_converter

from accounts.middleware import way_back
from accounts.throttles import telling
from accounts.views import avatars, data, entrance, members, security, settings, staff_appeals, terms, tokens


class HandleConverter:
    regex = "[A-Za-z0-9][A-Za-z0-9._-]{0,29}"

    def to_python(self, value: str) -> str:
        return value.lower()

    def to_url(self, value: str) -> str:
        return value


register_converter(HandleConverter, "handle")
app_name = "accounts"
# allauth's own pages, which slow down whoever fails too often.
again = {
    "accounts/reauthenticate/": allauth_views.reauthenticate,
    "accounts/factors/reauthenticate/": factor_views.reauthenticate,
    "accounts/factors/webauthn/reauthenticate/": passkey_views.reauthenticate_webauthn,
}
urlpatterns = [
    path("accounts/login/", telling(allauth_views.login)),
    path("accounts/factors/authenticate/", telling(factor_views.authenticate)),
    path("accounts/factors/totp/activate/", telling(app_views.activate_totp)),
    *(path(page, way_back(telling(view))) for page, view in again.items()),
    path("accounts/email/", entrance.change_address, name="change_address"),
    path("accounts/status/", entrance.status, name="status"),
    path("accounts/confirm-email/", entrance.confirm_email, name="confirm_email"),
    path("accounts/password/reset/confirm/", entrance.confirm_reset, name="confirm_reset"),
    path("accounts/password/reset/complete/", entrance.complete_reset, name="complete_reset"),
    path("accounts/session/", security.session, name="session"),
    path("accounts/sessions/<int:pk>/end/", security.end_session, name="end_session"),
    path("accounts/kept/", security.kept_form, name="kept_form"),
    path("accounts/factors/", security.factor_pages, name="factors"),
    path("accounts/factors/webauthn/", security.factor_pages, name="passkeys"),
    path("accounts/factors/webauthn/keys/<int:pk>/remove/", security.remove_passkey, name="remove_passkey"),
    path("accounts/appeal/", staff_appeals.appeal, name="appeal"),
    path("moderation/", include("accounts.staff_urls")),
    path("accounts/terms/", terms.terms, name="terms"),
    path("members/", members.members, name="members"),
    path("members/complete/", members.complete, name="complete"),
    path("members/<handle:handle>/", members.member, name="member"),
    path("members/<handle:handle>/mute/", members.mute, name="mute"),
    path("avatars/<int:member_id>/<int:version>/<int:side>.webp", members.avatar, name="avatar"),
    path("settings/avatar/", avatars.my_avatar, name="my_avatar"),
    path("settings/data/", data.data, name="data"),
    path("settings/data/<int:export_id>/", data.download, name="download"),
    path("settings/data/close/", data.close, name="close"),
    path("settings/", settings.index, name="settings"),
    path("settings/profile/", settings.profile, name="profile"),
    path("settings/security/", security.security, name="security"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", tokens.revoke, name="revoke"),
]
