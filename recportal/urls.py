"""The routes of every door."""

from django.urls import path
from django.views.generic import RedirectView

from recportal.staff.site import site

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", site.urls),
]

handler500 = "recportal.records.middleware.server_error"
