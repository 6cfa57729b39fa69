from django.apps import AppConfig


class ForumConfig(AppConfig):
    name = "forum"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts.registry import on_close
        from core.live import register_room
        from forum import audience, live
        from forum.actions import forget_writing, open_discussions
        from forum.own_data import register_exporter
        from forum.profile import register_profile
        from notifications.registry import Kind, register
        from workinggroups.actions import on_create

        register_room("topic", live.may_listen)
        register(
            Kind(
                name="post",
                label=_("Replies and mentions"),
                audience=audience.audience,
                may_see=audience.may_see,
                describe=audience.describe,
                collapses=frozenset({audience.FOLLOWED, audience.TAG, audience.CATEGORY}),
                why=audience.why,
            )
        )
        register(
            Kind(
                name="bookmark",
                label=_("Reminders"),
                audience=audience.reminded,
                may_see=audience.may_see,
                describe=audience.describe_reminder,
                else_="direct",
            )
        )
        register(
            Kind(
                name="poll",
                label=_("Closed polls"),
                audience=audience.poll_audience,
                may_see=audience.may_see,
                describe=audience.describe_poll,
            )
        )
        register(
            Kind(
                name="scheduled",
                label=_("Topics to be posted later"),
                audience=audience.its_author,
                may_see=lambda event, ids: set(ids),
                describe=audience.describe_refused,
                else_="direct",
            )
        )
        register(
            Kind(
                name="announcement",
                label=_("Announcements to confirm"),
                audience=audience.asked,
                may_see=audience.still_asked,
                describe=audience.describe_announcement,
                collapses=frozenset({audience.ASKED}),
                else_="announcements",
            )
        )
        on_create(open_discussions)
        on_close(forget_writing)
        register_profile()
        register_exporter()
