from django.urls import path

from workinggroups.views import groups, invitations, memberships, resources, settings

app_name = "workinggroups"
urlpatterns = [
    path("groups/", groups.directory, name="directory"),
    path("groups/new/", groups.new, name="new"),
    path("groups/invitations/<str:token>/", invitations.mailed_invitation, name="mailed_invitation"),
    path("groups/<slug:slug>/", groups.overview, name="overview"),
    path("groups/<slug:slug>/approve/", groups.approve, name="approve"),
    path("groups/<slug:slug>/decline/", groups.decline, name="decline"),
    path("groups/<slug:slug>/propose/", groups.propose_again, name="propose_again"),
    # People
    path("groups/<slug:slug>/join/", memberships.join, name="join"),
    path("groups/<slug:slug>/leave/", memberships.leave, name="leave"),
    path("groups/<slug:slug>/withdraw/", memberships.withdraw, name="withdraw"),
    path("groups/<slug:slug>/decline-invitation/", memberships.decline_invitation, name="decline_invitation"),
    path("groups/<slug:slug>/lead/", memberships.answer_offer, name="answer_offer"),
    path("groups/<slug:slug>/members/", memberships.members, name="members"),
    path("groups/<slug:slug>/members/export/", memberships.export, name="export"),
    path("groups/<slug:slug>/members/invite/", memberships.invite, name="invite"),
    path(
        "groups/<slug:slug>/members/invitations/<int:invitation_id>/", invitations.call_back, name="call_back"
    ),
    path("groups/<slug:slug>/members/requests/<int:membership_id>/", memberships.decide, name="decide"),
    path("groups/<slug:slug>/members/<str:handle>/role/", memberships.change_role, name="change_role"),
    path("groups/<slug:slug>/members/<str:handle>/remove/", memberships.remove, name="remove"),
    path("groups/<slug:slug>/members/<str:handle>/lift-ban/", memberships.lift_ban, name="lift_ban"),
    path("groups/<slug:slug>/members/<str:handle>/offer/", memberships.offer_lead, name="offer_lead"),
    # Resources
    path("groups/<slug:slug>/resources/", resources.resources, name="resources"),
    path("groups/<slug:slug>/resources/upload/", resources.upload, name="upload"),
    path("groups/<slug:slug>/resources/link/", resources.add_link, name="add_link"),
    path("groups/<slug:slug>/resources/trash/", resources.trash, name="trash"),
    path("groups/<slug:slug>/resources/<int:resource_id>/", resources.resource, name="resource"),
    path("groups/<slug:slug>/resources/<int:resource_id>/edit/", resources.edit, name="edit_resource"),
    path("groups/<slug:slug>/resources/<int:resource_id>/trash/", resources.to_trash, name="trash_resource"),
    path(
        "groups/<slug:slug>/resources/<int:resource_id>/restore/", resources.restore, name="restore_resource"
    ),
    path(
        "groups/<slug:slug>/resources/<int:resource_id>/versions/", resources.add_version, name="add_version"
    ),
    path(
        "groups/<slug:slug>/resources/<int:resource_id>/v/<int:number>/", resources.download, name="download"
    ),
    path(
        "groups/<slug:slug>/resources/<int:resource_id>/v/<int:number>/restore/",
        resources.restore_version,
        name="restore_version",
    ),
    # Settings
    path("groups/<slug:slug>/settings/", settings.settings, name="settings"),
    path("groups/<slug:slug>/settings/policies/", settings.policies, name="policies"),
    path("groups/<slug:slug>/settings/visibility/", settings.visibility, name="visibility"),
    path("groups/<slug:slug>/settings/lead/", settings.appoint, name="appoint"),
    path("groups/<slug:slug>/conclude/", settings.conclude, name="conclude"),
    path("groups/<slug:slug>/reopen/", settings.reopen, name="reopen"),
]
