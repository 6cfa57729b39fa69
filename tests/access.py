"""Who may use which URL, at every kind of place. tests/test_access.py asks every one of them."""

from __future__ import annotations

from collections.abc import Callable

INSIDE = {"observer", "member", "co_lead", "lead"}
SITE_ROLES = {"moderator", "steering", "administrator"}
MEMBERS = INSIDE | SITE_ROLES | {"outsider", "auditor"}  # who reads the log is an outsider everywhere else
ACTORS = ["visitor", *sorted(MEMBERS)]
PLACES = ["community", "open", "members", "hidden"]


# --- Who -------------------------------------------------------------------------------------------
def knows(place: str) -> set[str]:
    return INSIDE | SITE_ROLES if place == "hidden" else MEMBERS


def reads(place: str) -> set[str]:
    return MEMBERS if place in {"community", "open"} else INSIDE


def leads(place: str) -> set[str]:
    return {"lead", "co_lead"}


def writes(place: str) -> set[str]:
    return MEMBERS if place == "community" else INSIDE - {"observer"}


def keeps(place: str) -> set[str]:
    if place == "community":
        return {"moderator"}
    return leads(place) | ({"moderator"} if place == "open" else set())


def announces(place: str) -> set[str]:
    if place == "community":
        return SITE_ROLES
    return leads(place) | ({"steering", "administrator"} if place == "open" else set())


def keeps_categories(place: str) -> set[str]:
    return {"moderator", "administrator"} if place == "community" else leads(place)


def joins(place: str) -> set[str]:
    """Outsiders where one may join or ask to; an observer may ask to be a member."""
    return {"observer"} if place == "hidden" else MEMBERS - INSIDE | {"observer"}


def leads_or_administrator(place: str) -> set[str]:
    return leads(place) | {"administrator"}


def nobody(place: str) -> set[str]:
    """Needs a state that this world is not in; still nobody learns of what they may not know."""
    return set()


def only(*names: str) -> Callable[[str], set[str]]:
    return lambda place: set(names)


# --- What ------------------------------------------------------------------------------------------
PUBLIC = {  # a visitor gets an answer, never the sign-in page instead
    "", "about/", "about/steering/", "theme/", "words/<str:name>.js", "healthz", "readyz", "outbox/", "outbox/<str:name>/",
    "notifications/unsubscribe/<str:token>/", "feeds/<str:key>/latest/", "feeds/<str:key>/c/<slug:slug>/",
    "feeds/<str:key>/tag/<slug:tag>/", "feeds/<str:key>/t/<int:topic_id>/",
    "accounts/login/", "accounts/logout/", "accounts/inactive/", "accounts/signup/", "accounts/confirm-email/",
    "accounts/login/code/confirm/", "accounts/password/reset/", "accounts/password/reset/done/",
    "accounts/password/reset/confirm/", "accounts/password/reset/complete/",
    "accounts/oidc/login/", "accounts/oidc/callback/", "accounts/oidc/join/",
    "accounts/factors/authenticate/", "accounts/factors/webauthn/login/",
}  # fmt: skip
SIGNED_IN = {
    "accounts/terms/",
    "accounts/status/",
    "accounts/appeal/",
    "accounts/email/",
    "accounts/reauthenticate/",
    "accounts/factors/reauthenticate/",
    "accounts/factors/webauthn/reauthenticate/",
}  # needs a session, but not membership: the way back for whose proof ended
FOR_MEMBERS = {
    "accounts/oidc/link/", "accounts/oidc/unlink/", "accounts/oidc/confirm/",
    "members/", "members/complete/", "members/<handle:handle>/", "settings/", "settings/profile/",
    "settings/security/", "settings/tokens/", "settings/tokens/<int:pk>/revoke/", "settings/feeds/", "settings/feeds/revoke/", "accounts/session/", "accounts/kept/",
    "accounts/sessions/<int:pk>/end/", "accounts/factors/", "accounts/factors/totp/activate/",
    "accounts/factors/totp/deactivate/", "accounts/factors/recovery-codes/", "accounts/factors/recovery-codes/generate/",
    "accounts/factors/recovery-codes/download/", "accounts/factors/webauthn/", "accounts/factors/webauthn/add/",
    "accounts/factors/webauthn/keys/<int:pk>/edit/",
    "accounts/factors/webauthn/keys/<int:pk>/remove/", "accounts/password/change/",
    "accounts/password/set/", "accounts/sessions/", "settings/notifications/", "notifications/",
    "notifications/read/", "groups/",
    "groups/new/", "forum/", "forum/new/", "forum/read/", "forum/preview/", "search/", "rail/", "api/schema/", "api/docs/",
    "api/v1/me/", "api/v1/members/", "api/v1/members/<int:pk>/", "api/v1/agencies/", "api/v1/agencies/<int:pk>/",
    "groups/invitations/<str:token>/",  # of whoever has the address alone
    "members/<handle:handle>/mute/", "avatars/<int:member_id>/<int:version>/<int:side>.webp", "settings/avatar/",
    "settings/data/", "settings/data/<int:export_id>/", "settings/data/close/",
    "api/v1/notifications/", "api/v1/notifications/read/", "api/v1/groups/", "api/v1/^categories/$",
    "api/v1/^tags/$", "api/v1/^topics/$", "api/v1/^reactions/$", "api/v1/^bookmarks/$", "api/v1/^attachments/$", "forum/bookmarks/",
    "forum/drafts/", "api/v1/drafts/", "forum/complete/", "forum/similar/", "forum/scheduled/", "forum/following/", "forum/categories/",
    "forum/tags/", "forum/tags/complete/", "api/v1/subscriptions/",
}  # fmt: skip
# Pages of the staff, which nobody else knows of: by the role that opens them.
FOR_ROLES = {
    "moderation/audit/": "auditor",
    "moderation/audit/<int:entry_id>/": "auditor",
    "moderation/audit/export/": "auditor",
}
# The same of moderators and administrators: (method, who is not refused). For everyone else they do not exist.
STAFF = {
    "forum/categories/new/": ("GET", {"moderator", "administrator"}),
    "forum/tags/new/": ("GET", {"moderator", "administrator"}),
    "moderation/": ("GET", {"moderator", "administrator"}),
    "moderation/members/": ("GET", {"moderator", "administrator"}),
    "moderation/members/<handle:handle>/": ("GET", {"moderator", "administrator"}),
    "moderation/members/<handle:handle>/suspend/": ("GET", {"moderator", "administrator"}),
    "moderation/members/<handle:handle>/restore/": ("POST", {"moderator", "administrator"}),
    "moderation/members/<handle:handle>/proof/": ("GET", {"administrator"}),
    "moderation/members/<handle:handle>/admission/": ("GET", {"administrator"}),
    "moderation/members/<handle:handle>/sessions/": ("POST", {"administrator"}),
    "moderation/members/<handle:handle>/sessions/<int:session_id>/": ("POST", {"administrator"}),
    # Both are first asked to sign in again; what a moderator gets then is in tests/accounts/test_staff_pages.py.
    "moderation/members/<handle:handle>/roles/": ("GET", {"moderator", "administrator"}),
    "moderation/export/": ("POST", {"administrator"}),
    "moderation/roles/": ("GET", {"moderator", "administrator"}),
    "moderation/appeals/": ("GET", {"moderator", "administrator"}),
    "moderation/appeals/<int:appeal_id>/": ("GET", {"moderator", "administrator"}),
    "moderation/rules/": ("GET", {"moderator", "administrator"}),
    "moderation/rules/add/": ("GET", {"administrator"}),
    "moderation/rules/<int:pk>/end/": ("GET", {"administrator"}),
}
# Pages of a place: (who knows that it is there, who gets it). 404 outside the first, 200 inside the second.
PAGES = {
    "groups/<slug:slug>/": (knows, knows),
    "groups/<slug:slug>/discussions/": (reads, reads),
    "groups/<slug:slug>/resources/": (reads, reads),
    "groups/<slug:slug>/resources/trash/": (reads, reads),
    "groups/<slug:slug>/resources/<int:resource_id>/": (reads, reads),
    "groups/<slug:slug>/resources/<int:resource_id>/v/<int:number>/": (reads, reads),
    "groups/<slug:slug>/members/": (reads, reads),
    "groups/<slug:slug>/members/export/": (reads, leads),
    "groups/<slug:slug>/settings/": (knows, lambda place: leads(place) | {"steering", "administrator"}),
    "forum/c/<slug:slug>/": (reads, reads),
    "forum/t/<int:topic_id>/posts/": (reads, reads),
    "forum/t/<int:topic_id>/unread/": (reads, reads),
    "forum/t/<int:topic_id>/follow/": (reads, reads),
    "forum/c/<slug:slug>/follow/": (reads, reads),
    "forum/tags/<slug:name>/follow/": (reads, reads),
    "forum/tags/<slug:name>/": (reads, reads),
    "forum/tags/<slug:name>/edit/": (reads, only("moderator", "administrator")),
    "forum/c/<slug:slug>/new/": (reads, keeps_categories),
    "forum/c/<slug:slug>/edit/": (reads, keeps_categories),
    "groups/<slug:slug>/discussions/<slug:below>/": (reads, reads),
    "forum/t/<int:topic_id>/lock/": (reads, keeps),
    "forum/t/<int:topic_id>/pin/": (reads, keeps),
    "forum/t/<int:topic_id>/slow/": (reads, keeps),
    "forum/t/<int:topic_id>/announcement/": (reads, announces),
    "forum/t/<int:topic_id>/poll/": (reads, reads),
    "forum/t/<int:topic_id>/poll/edit/": (reads, nobody),
    "forum/t/<int:topic_id>/poll/close/": (reads, keeps),
    "forum/t/<int:topic_id>/poll/remove/": (reads, keeps),
    "api/v1/topics/<int:topic_id>/poll/": (reads, reads),
    "forum/t/<int:topic_id>/edit/": (reads, keeps),
    "forum/t/<int:topic_id>/moves/": (reads, keeps),
    "forum/t/<int:topic_id>/move/": (reads, keeps),
    "forum/t/<int:topic_id>/split/": (reads, keeps),
    "forum/t/<int:topic_id>/merge/": (reads, keeps),
    "forum/t/<int:topic_id>/undo/": (reads, keeps),
    "forum/t/<int:topic_id>/": (reads, reads),
    "forum/t/<int:topic_id>/<str:slug>/": (reads, reads),
    "forum/t/<int:topic_id>/<str:slug>/<int:number>/": (reads, reads),
    "forum/t/<int:topic_id>/<str:slug>/print/": (reads, reads),
    "forum/t/<int:topic_id>/<str:slug>/map/": (reads, reads),
    "forum/t/<int:topic_id>/<str:slug>/people/": (reads, reads),
    "forum/p/<int:post_id>/": (reads, reads),
    "forum/p/<int:post_id>/edit/": (reads, nobody),
    "forum/p/<int:post_id>/remove/": (reads, keeps),
    "forum/p/<int:post_id>/restore/": (reads, keeps),
    "forum/p/<int:post_id>/answer/": (reads, keeps),
    "forum/p/<int:post_id>/history/": (reads, reads),
    "forum/p/<int:post_id>/history/<int:revision>/redact/": (reads, keeps),
    "forum/p/<int:post_id>/bookmark/": (reads, reads),
    "forum/p/<int:post_id>/reactions/": (reads, reads),
    "p/<int:post_id>/": (reads, reads),
    "forum/a/<int:attachment_id>/": (reads, reads),
    "forum/a/<int:attachment_id>/small/": (reads, reads),
    "api/v1/^attachments/(?P<pk>[^/.]+)/$": (reads, reads),
    "forum/drafts/<str:kind>/<int:target>/discard/": (nobody, nobody),  # one's own
    "api/v1/drafts/<str:kind>/<int:target>/": (nobody, nobody),
    "forum/scheduled/<int:scheduled_id>/": (nobody, nobody),
    "forum/scheduled/<int:scheduled_id>/cancel/": (nobody, nobody),
    "forum/c/<slug:slug>/template/": (reads, keeps),
    "api/v1/groups/<str:slug>/": (knows, knows),
    "api/v1/groups/<slug:slug>/members/": (reads, reads),
    "api/v1/groups/<slug:slug>/join-requests/": (knows, leads),
    "api/v1/groups/<slug:slug>/resources/": (reads, reads),
    "api/v1/resources/<int:pk>/": (reads, reads),
    "api/v1/resources/<int:pk>/versions/": (reads, reads),
    "api/v1/topics/<int:topic_id>/posts/": (reads, reads),
    "api/v1/^categories/(?P<slug>[^/.]+)/$": (reads, reads),
    "api/v1/subscriptions/<str:source>/": (reads, reads),
    "api/v1/^topics/(?P<pk>[^/.]+)/$": (reads, reads),
    "api/v1/^topics/(?P<pk>[^/.]+)/changes/$": (reads, reads),
    "api/v1/^posts/(?P<pk>[^/.]+)/$": (reads, reads),
    "api/v1/^bookmarks/(?P<pk>[^/.]+)/$": (nobody, nobody),  # one's own
    "api/v1/^reactions/(?P<pk>[^/.]+)/$": (reads, reads),
    "api/v1/^posts/(?P<pk>[^/.]+)/revisions/$": (reads, reads),
}
# Deeds (POST): who knows the thing, and who must not be refused for who they are.
DEEDS = {
    "groups/<slug:slug>/approve/": (knows, nobody),
    "groups/<slug:slug>/decline/": (knows, nobody),
    "groups/<slug:slug>/propose/": (knows, nobody),
    "groups/<slug:slug>/join/": (knows, joins),
    "groups/<slug:slug>/leave/": (knows, lambda place: INSIDE - {"lead"}),
    "groups/<slug:slug>/withdraw/": (knows, nobody),
    "groups/<slug:slug>/decline-invitation/": (knows, nobody),
    "groups/<slug:slug>/lead/": (knows, nobody),
    "groups/<slug:slug>/members/invite/": (knows, leads_or_administrator),
    "groups/<slug:slug>/members/invitations/<int:invitation_id>/": (knows, leads_or_administrator),
    "groups/<slug:slug>/members/requests/<int:membership_id>/": (knows, leads),
    "groups/<slug:slug>/members/<str:handle>/role/": (knows, leads),
    "groups/<slug:slug>/members/<str:handle>/remove/": (knows, leads_or_administrator),
    "groups/<slug:slug>/members/<str:handle>/lift-ban/": (knows, nobody),
    "groups/<slug:slug>/members/<str:handle>/offer/": (knows, only("lead")),
    "groups/<slug:slug>/resources/upload/": (reads, lambda place: INSIDE - {"observer"}),
    "groups/<slug:slug>/resources/link/": (reads, lambda place: INSIDE - {"observer"}),
    "groups/<slug:slug>/resources/<int:resource_id>/edit/": (reads, leads),
    "groups/<slug:slug>/resources/<int:resource_id>/trash/": (reads, keeps),
    "groups/<slug:slug>/resources/<int:resource_id>/restore/": (reads, keeps),
    "groups/<slug:slug>/resources/<int:resource_id>/versions/": (reads, leads),
    "groups/<slug:slug>/resources/<int:resource_id>/v/<int:number>/restore/": (reads, nobody),
    "groups/<slug:slug>/settings/policies/": (knows, leads),
    "groups/<slug:slug>/settings/visibility/": (knows, only("lead", "steering", "administrator")),
    "groups/<slug:slug>/settings/lead/": (knows, only("steering", "administrator")),
    "groups/<slug:slug>/conclude/": (knows, only("steering", "administrator")),
    "groups/<slug:slug>/reopen/": (knows, nobody),
    "forum/c/<slug:slug>/order/": (reads, keeps_categories),
    "forum/t/<int:topic_id>/reply/": (reads, writes),
    "forum/drafts/<str:kind>/<int:target>/": (reads, reads),
    "forum/t/<int:topic_id>/read/": (reads, reads),
    "forum/t/<int:topic_id>/announcement/read/": (
        reads,
        lambda place: MEMBERS if place == "community" else INSIDE,
    ),
    "forum/t/<int:topic_id>/announcement/remind/": (reads, announces),
    "forum/t/<int:topic_id>/announcement/again/": (reads, announces),
    "forum/t/<int:topic_id>/announcement/end/": (reads, announces),
    "forum/t/<int:topic_id>/announcement/export/": (reads, announces),
    "forum/t/<int:topic_id>/poll/vote/": (reads, writes),
    "api/v1/topics/<int:topic_id>/poll/vote/": (reads, writes),
    "api/v1/topics/<int:topic_id>/poll/close/": (reads, keeps),
    "forum/p/<int:post_id>/react/": (reads, reads),
    "api/v1/^posts/(?P<pk>[^/.]+)/revisions/(?P<revision>\\d{1,9})/redact/$": (reads, keeps),
    "api/v1/groups/<str:slug>/join/": (knows, joins),
    "api/v1/groups/<str:slug>/leave/": (knows, lambda place: INSIDE - {"lead"}),
    "api/v1/groups/<slug:slug>/join-requests/<int:pk>/approve/": (knows, leads),
    "api/v1/groups/<slug:slug>/join-requests/<int:pk>/decline/": (knows, leads),
    "api/v1/groups/<slug:slug>/invitations/": (knows, leads_or_administrator),
    "api/v1/resources/<int:pk>/restore/": (reads, keeps),
    "api/v1/^topics/(?P<pk>[^/.]+)/lock/$": (reads, keeps),
    "api/v1/^topics/(?P<pk>[^/.]+)/move/$": (reads, keeps),
    "api/v1/^topics/(?P<pk>[^/.]+)/split/$": (reads, keeps),
    "api/v1/^topics/(?P<pk>[^/.]+)/merge/$": (reads, keeps),
    "api/v1/^topics/(?P<pk>[^/.]+)/undo/$": (reads, keeps),
    "api/v1/^topics/(?P<pk>[^/.]+)/read/$": (reads, reads),
    "api/v1/^topics/(?P<pk>[^/.]+)/unread/$": (reads, reads),
}
