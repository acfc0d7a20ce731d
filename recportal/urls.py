"""The routes of every door."""

from django.urls import path
from django.views.generic import RedirectView

from recportal import health
from recportal.staff.site import site

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", site.urls),
]

handler500 = "recportal.records.middleware.server_error"
