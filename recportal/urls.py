"""The routes of every door."""

from allauth.account.views import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import include, path, re_path
from django.views.i18n import set_language

from assets.api import asset_patterns
from communities.api import community_patterns
from members.api import member_patterns
from recportal import health
from recportal.api.about import about_patterns
from recportal.api.errors import no_such_route
from recportal.bundles.api import bundle_patterns
from recportal.pages.api import page_patterns
from recportal.staff.site import site


@login_not_required
def staff_login(request: HttpRequest) -> HttpResponseBase:
    """Staff sign in where everybody does: the admin's own form knows no second factor and no limit."""
    if request.method == "GET" and request.user.is_authenticated:
        return site.login(request)
    return redirect_to_login(request.GET.get("next") or "/admin/")


api = [
    *about_patterns(),
    *community_patterns(),
    *member_patterns(),
    *asset_patterns(),
    *page_patterns(),
    *bundle_patterns(),
    re_path("", no_such_route, name="nothing"),
]

urlpatterns = [
    path("api/", include((api, "api"))),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("recportal.pages.urls")),
    path("accounts/", include("recportal.accounts.routes")),
    path("language/", set_language, name="set_language"),
    path("admin/login/", staff_login),
    # Everybody leaves by one door, too. The admin's own lets nobody out who has no role.
    path("admin/logout/", logout),
    path("admin/", site.urls),
]

handler400 = "recportal.records.middleware.bad_request"
handler500 = "recportal.api.errors.server_error"
