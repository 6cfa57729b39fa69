from django.apps import AppConfig


class WorkinggroupsConfig(AppConfig):
    name = "workinggroups"

    def ready(self) -> None:
        from accounts.registry import before_close, on_close
        from core.live import register_room
        from workinggroups import live
        from workinggroups.actions.closing import leave_all, to_hand_over
        from workinggroups.audience import register_kinds
        from workinggroups.own_data import register_exporter
        from workinggroups.profile import register_profile

        register_room("group", live.may_listen)
        register_kinds()
        register_profile()
        register_exporter()
        before_close(to_hand_over)
        on_close(leave_all)
