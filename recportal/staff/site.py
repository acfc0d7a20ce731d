"""The admin site of the register."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from .autocomplete import ScopedAutocompleteView


class StaffSite(AdminSite):
    """The admin of the register: lets in whoever has a staff role.

    Anybody with an account may sign in; whoever has no role is told so, and whom to ask.
    """

    site_header = _("recportal")
    site_title = _("recportal")
    index_title = _("The register")
    site_url = None

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Whoever an admin page sends away lands here; a form would only send the same account round.
        if request.method != "POST" and request.user.is_authenticated and not self.has_permission(request):
            return self.no_role(request)
        return super().login(request, extra_context)

    def no_role(self, request: HttpRequest) -> HttpResponse:
        context = {**self.each_context(request), "title": _("You have no role yet"), "account": request.user}
        return TemplateResponse(request, "staff/no_role.html", context, status=403)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return ScopedAutocompleteView.as_view(admin_site=self)(request)  # type: ignore[return-value]

    def get_urls(self) -> list[Any]:
        # The page that leads from (content type, id) to any object of any model would tell strangers' names.
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]


site = StaffSite()
