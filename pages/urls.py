from django.urls import path

from pages.views import health
from pages.views.home import about, home, steering
from pages.views.rail import rail
from pages.views.search import search
from pages.views.theme import theme
from pages.views.words import words

app_name = "pages"
urlpatterns = [
    path("", home, name="home"),
    path("about/", about, name="about"),
    path("about/steering/", steering, name="steering"),
    path("rail/", rail, name="rail"),
    path("search/", search, name="search"),
    path("theme/", theme, name="theme"),
    path("words/<str:name>.js", words, name="words"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
