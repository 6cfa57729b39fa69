from django.apps import AppConfig
from django.db.models.signals import post_delete


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from django.contrib.sessions.models import Session

        from notifications import admission, mails
        from notifications.own_data import register_exporter
        from outbox.composers import register_composer

        register_composer("notice", mails.compose)
        register_exporter()
        # However a session ends (sign-out, a new password, "end this session"), its row goes.
        post_delete.connect(admission.session_ended, sender=Session, dispatch_uid="live.session_ended")
