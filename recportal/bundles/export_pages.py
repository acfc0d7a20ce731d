"""Exports of the admin: what a list shows as a table or as JSON, a community as a bundle, empty templates."""

from collections.abc import Iterator
from typing import Any, Final, cast, get_args

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import get_language

from assets.api import asset_json
from assets.models import Asset
from communities.models import Community
from members.api import member_json
from members.models import Member
from recportal.staff.ids import as_id
from recportal.staff.site import site

from .bundle import Dialect
from .exporting import export_file, one_moment
from .spooling import answer_with, spooled
from .spreadsheets import Kind, table_lines, template_lines
from .spreadsheets.dialects import dialect_of
from .writing import Form

_CHUNK: Final = 500
_LISTS: Final[dict[str, tuple[Kind, Any, Any]]] = {
    "members": ("member", Member, member_json),
    "assets": ("asset", Asset, asset_json),
}
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def list_view(request: HttpRequest, records: str, form: str) -> HttpResponseBase:
    """Exactly the records of a list, with the same filters in the address: any number, as they are read."""
    if records not in _LISTS or form not in _TYPES:
        raise Http404
    kind, model, output = _LISTS[records]
    found = _listed(request, model)
    with one_moment():
        if form == "csv":
            lines = table_lines(kind, found, dialect_of(get_language() or "en"))
        else:
            lines = _json_lines(found.values_list(output, flat=True).iterator(chunk_size=_CHUNK))
        file = spooled(lines)
    return answer_with(file, _TYPES[form], _download(f"{records}.{form}"))


def _listed(request: HttpRequest, model: type[Any]) -> "QuerySet[Any]":
    """The records that the list at this address shows, on all of its pages, by community and key."""
    admin: Any = site.get_model_admin(model)
    if not admin.has_view_permission(request):
        raise PermissionDenied
    try:
        pks = admin.get_changelist_instance(request).queryset.order_by().values("pk")
    except IncorrectLookupParameters:
        raise Http404 from None
    return model._default_manager.filter(pk__in=pks).order_by("community__key", "key")  # type: ignore[no-any-return]


def _json_lines(rows: Iterator[str]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        yield f",\n{row}" if number else f"\n{row}"
    yield "\n]\n"


def template_view(request: HttpRequest, records: str) -> HttpResponseBase:
    """A table with headers alone."""
    if records not in _LISTS:
        raise Http404
    lines = template_lines(_LISTS[records][0], dialect_of(get_language() or "en"))
    return HttpResponse(
        "".join(lines), content_type=_TYPES["csv"], headers=_download(f"{records}-template.csv")
    )


def bundle_view(request: HttpRequest, community: int, form: str) -> HttpResponseBase:
    """A whole community as a bundle, in the dialect of `format`, as the API has it: native or celine."""
    pk = as_id(community)
    dialect = request.GET.get("format", "native")
    found = Community.objects.staffed_by(request.user).filter(pk=pk or 0).first()
    if found is None or form not in get_args(Form) or dialect not in get_args(Dialect):
        raise Http404
    file = export_file(found, cast(Dialect, dialect), cast(Form, form))
    content_type = "application/yaml" if form == "yaml" else _TYPES["json"]
    name = f"{found.key}.{form}" if dialect == "native" else f"{found.key}.{dialect}.{form}"
    return answer_with(file, content_type, _download(name))


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
