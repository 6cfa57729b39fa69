from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin, with our doors in place of its own."""

    default_site = "accounts.staff_site.StaffSite"
