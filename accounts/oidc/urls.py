from django.urls import path

from accounts.oidc import views

app_name = "oidc"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("callback/", views.callback, name="callback"),
    path("join/", views.join, name="join"),
    path("link/", views.link, name="link"),
    path("confirm/", views.confirm, name="confirm"),
    path("unlink/", views.unlink, name="unlink"),
]
