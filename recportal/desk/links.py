"""Where figures lead: to the list that shows exactly the records that were counted."""

from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import NoReverseMatch, reverse

from recportal.staff.filters import parameters_of
from recportal.staff.site import site

from .scopes import Scope


def listing(model: type[models.Model], scope: Scope, **filters: str) -> str:
    """The list of a model with these filters set; empty when it does not have all of them."""
    if scope.named:
        filters = {"community": str(scope.named), **filters}
    declared = site.get_model_admin(model).list_filter
    known = {name for each in declared for name in parameters_of(each)}
    if not filters.keys() <= known:
        return ""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def notices_of(scope: Scope, **filters: str) -> str:
    if scope.named:
        filters = {"community": str(scope.named), **filters}
    url = reverse("admin:notices")
    return f"{url}?{urlencode(filters)}" if filters else url


def page_if_there_is(name: str, *args: Any) -> str:
    """The address of a page that another part of the admin may have; empty when it has none."""
    try:
        return reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return ""
