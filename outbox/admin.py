from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outbox.models import Job, Mail


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    list_display = ["id", "task", "state", "attempts", "run_at", "created_at", "finished_at"]
    list_filter = ["state", "task"]
    actions = ["run_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Run parked jobs again"), permissions=["change"])
    def run_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        with transaction.atomic():
            parked = list(queryset.filter(state=Job.State.PARKED).select_for_update())
            count = queryset.filter(pk__in=[job.pk for job in parked]).update(
                state=Job.State.READY, attempts=0, run_at=timezone.now(), finished_at=None
            )
            for job in parked:
                self.log_change(request, job, "run again")
        self.message_user(request, _("%(count)d jobs will run again.") % {"count": count})


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin):
    list_display = ["id", "to", "kind", "state", "attempts", "created_at", "sent_at", "error"]
    list_filter = ["state", "kind"]
    search_fields = ["to"]
    exclude = ["subject", "text", "html", "headers"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False
