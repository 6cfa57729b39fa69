from notifications.actions.fanout import fan_out, notify
from notifications.actions.mailing import mail_due, switch_off
from notifications.actions.reading import purge, read, read_source, readdress, retract

__all__ = [
    "fan_out",
    "mail_due",
    "notify",
    "purge",
    "read",
    "read_source",
    "readdress",
    "retract",
    "switch_off",
]
