import sys

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import checks

        # `manage.py check` reports every finding with its hint; everything else stops at the first.
        if sys.argv[1:2] != ["check"]:
            checks.refuse_unsafe()
