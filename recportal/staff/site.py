from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class StaffSite(AdminSite):
    """The admin of the register: lets in whoever has a staff role."""

    site_header = _("recportal")
    site_title = _("recportal")
    index_title = _("The register")

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))


site = StaffSite()
