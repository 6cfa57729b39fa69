"""The pages of the staff, below /moderation/."""

from django.urls import path

from accounts.views import staff, staff_admissions, staff_appeals, staff_members, staff_roles, staff_rules

urlpatterns = [
    path("", staff.index, name="staff"),
    path("members/", staff_members.members, name="staff_members"),
    path("export/", staff_members.export, name="staff_export"),
    path("members/<handle:handle>/", staff_members.member, name="staff_member"),
    path("members/<handle:handle>/suspend/", staff_members.suspend, name="staff_suspend"),
    path("members/<handle:handle>/restore/", staff_members.restore, name="staff_restore"),
    path("members/<handle:handle>/proof/", staff_members.ask, name="staff_ask"),
    path("members/<handle:handle>/admission/", staff_admissions.admission, name="staff_admission"),
    path("members/<handle:handle>/sessions/", staff_members.sign_out, name="staff_sign_out"),
    path("members/<handle:handle>/sessions/<int:session_id>/", staff_members.sign_out, name="staff_sign_out"),
    path("members/<handle:handle>/roles/", staff_roles.member_roles, name="staff_member_roles"),
    path("roles/", staff_roles.roles, name="staff_roles"),
    path("appeals/", staff_appeals.appeals, name="staff_appeals"),
    path("appeals/<int:appeal_id>/", staff_appeals.decide, name="staff_decide"),
    path("rules/", staff_rules.rules, name="staff_rules"),
    path("rules/add/", staff_rules.add_rule, name="staff_add_rule"),
    path("rules/<int:pk>/end/", staff_rules.close_rule, name="staff_close_rule"),
]
