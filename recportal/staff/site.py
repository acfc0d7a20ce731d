"""The admin site of the register."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from recportal.documents.faults import Text

from .autocomplete import ScopedAutocompleteView


def _anybody(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True)
class StaffPage:
    """A page of the admin that belongs to no model: ``route`` below ``/admin/``, and the view's ``name``.

    With a ``title`` it stands in the menu of those for whom ``offered_to`` holds. The view is behind the
    admin's own door; what else it takes to see the page is the view's business.
    """

    route: str
    view: Callable[..., HttpResponseBase]
    name: str
    title: Text = ""
    offered_to: Callable[[HttpRequest], bool] = _anybody


class StaffSite(AdminSite):
    """The admin of the register: lets in whoever has a staff role.

    Anybody with an account may sign in; whoever has no role is told so, and whom to ask.
    """

    site_header = _("recportal")
    site_title = _("recportal")
    index_title = _("The register")
    site_url = None

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._pages: list[StaffPage] = []
        self._context: list[Callable[[HttpRequest], dict[str, Any]]] = []
        self._first_page: list[Callable[[HttpRequest], dict[str, Any]]] = []

    def add_pages(self, *pages: StaffPage) -> None:
        """Take pages of the apps above, before the routes are read: their ``admin`` modules call this."""
        self._pages += pages

    def add_context(self, function: Callable[[HttpRequest], dict[str, Any]]) -> None:
        """Let an app above add to the context of every page."""
        self._context.append(function)

    def add_first_page_context(self, function: Callable[[HttpRequest], dict[str, Any]]) -> None:
        """Let an app above add to the context of the first page, and of no other."""
        self._first_page.append(function)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = dict(extra_context or {})
        for function in self._first_page:
            context |= function(request)
        return super().index(request, context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = {**super().each_context(request), "staff_pages": []}
        if self.has_permission(request):
            context["staff_pages"] = [
                {"title": page.title, "url": reverse(f"{self.name}:{page.name}")}
                for page in self._pages
                if page.title and page.offered_to(request)
            ]
            for function in self._context:
                context |= function(request)
        return context

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Whoever an admin page sends away lands here; a form would only send the same account round.
        if request.method != "POST" and request.user.is_authenticated and not self.has_permission(request):
            return self.no_role(request)
        return super().login(request, extra_context)

    def password_change(  # type: ignore[override]  # the stubs know Django's own page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Staff change their password where everybody does: the admin's own form knows no limit."""
        query = urlencode({"next": reverse(f"{self.name}:index")})
        return redirect(f"{reverse('account_change_password')}?{query}")

    def password_change_done(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect(f"{self.name}:index")

    def no_role(self, request: HttpRequest) -> HttpResponse:
        context = {**self.each_context(request), "title": _("You have no role yet"), "account": request.user}
        return TemplateResponse(request, "staff/no_role.html", context, status=403)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return ScopedAutocompleteView.as_view(admin_site=self)(request)  # type: ignore[return-value]

    def get_urls(self) -> list[Any]:
        # The page that leads from (content type, id) to any object of any model would tell strangers' names.
        own = [path(page.route, self.admin_view(page.view), name=page.name) for page in self._pages]
        return [*own, *(url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site")]


site = StaffSite()
