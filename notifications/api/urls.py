from django.urls import path

from notifications.api import views

urlpatterns = [
    path("notifications/", views.Notifications.as_view(), name="api_notifications"),
    path("notifications/read/", views.ReadNotifications.as_view(), name="api_notifications_read"),
]
