"""The desk's pages below ``/admin/``."""

from django.utils.translation import gettext_lazy as _

from recportal.staff.site import StaffPage, site

from .dashboard import community_dashboard, first_page
from .notices_page import count_figures, notices_page
from .search_page import search_page

site.add_first_page_context(first_page)
site.add_pages(
    StaffPage("search/", search_page, "search"),
    StaffPage("notices/", notices_page, "notices", _("Notices")),
    StaffPage("notices/count/", count_figures, "count_figures"),
    StaffPage(
        "communities/community/<str:community_id>/dashboard/",
        community_dashboard,
        "communities_community_dashboard",
    ),
)
