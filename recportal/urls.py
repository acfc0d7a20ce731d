"""The routes of every door."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import include, path
from django.views.i18n import set_language

from recportal.staff.site import site


@login_not_required
def staff_login(request: HttpRequest) -> HttpResponseBase:
    """Staff sign in where everybody does: the admin's own form knows no second factor and no limit."""
    if request.method == "GET" and request.user.is_authenticated:
        return site.login(request)
    return redirect_to_login(request.GET.get("next") or "/admin/")


urlpatterns = [
    path("", include("recportal.pages.urls")),
    path("accounts/", include("allauth.urls")),
    path("language/", set_language, name="set_language"),
    path("admin/login/", staff_login),
    path("admin/", site.urls),
]

handler500 = "recportal.records.middleware.server_error"
