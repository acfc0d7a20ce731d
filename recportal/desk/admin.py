"""The desk's pages below ``/admin/``."""

from recportal.staff.site import StaffPage, site

from .search_page import search_page

site.add_pages(StaffPage("search/", search_page, "search"))
