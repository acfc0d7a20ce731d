"""The pages of bundles and tables in the admin."""

from django.utils.translation import gettext_lazy as _

from recportal.staff.site import StaffPage, site

from .export_pages import bundle_view, list_view, template_view
from .import_page import import_view, may_import, plan_view, report_view

site.add_pages(
    StaffPage("import/", import_view, "import", _("Import"), may_import),
    StaffPage("import/<int:upload>/", plan_view, "import_plan"),
    StaffPage("import/<int:upload>/report.<str:form>", report_view, "import_report"),
    StaffPage("export/template/<str:records>.csv", template_view, "export_template"),
    StaffPage("export/community/<int:community>.<str:form>", bundle_view, "export_bundle"),
    StaffPage("export/<str:records>.<str:form>", list_view, "export_list"),
)
