"""The project's settings with one page more: the floor that every other page is compared with."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
