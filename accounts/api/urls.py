from django.urls import include, path
from rest_framework.routers import SimpleRouter

from accounts.api import views

router = SimpleRouter(use_regex_path=False)
router.register("members", views.MemberViewSet, basename="member")
router.register("agencies", views.AgencyViewSet, basename="agency")

urlpatterns = [path("me/", views.MeView.as_view(), name="me"), path("", include(router.urls))]
