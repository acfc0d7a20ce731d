"""What every admin class of the register has in common, whatever it is for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text
from recportal.once.models import Submission
from recportal.once.submissions import done, once

from .filters import parameters_of
from .ids import as_id
from .lists import LONGEST_SEARCH, StaffChangeList, StaffPaginator

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class StaffAdmin(_ModelAdmin):
    """An admin class that answers every address and every form with a page, and keeps no log of its own.

    What the user may not see is 404, what it sees but may not do is 403. A list takes the parameters of its
    declared filters and no others.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    paginator = StaffPaginator
    view_on_site = False
    change_list_template = "staff/change_list.html"
    #: Whether what happened to a record is kept: else its page leads to no history.
    has_history = False
    #: What an empty list says; nothing where a list is never empty.
    nothing_yet: Text = ""
    #: The documents that the list shows; no others are loaded for it.
    list_documents: Sequence[str] = ()

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[StaffChangeList]:
        return StaffChangeList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        filters = self.get_list_filter(cast(HttpRequest, request))
        return lookup in {name for each in filters for name in parameters_of(each)}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH])

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        # Django's own answers 500 to ``?_to_field=``, and takes digits of all scripts for an id.
        found = super().get_object(request, object_id, from_field or None) if as_id(object_id) else None
        if found is None:
            raise Http404(_("There is no such record."))
        return found

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        return {name: value for name, value in initial.items() if value}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            # Django's own answers 500 to a selection that is no id.
            data = request.POST.copy()
            chosen = data.getlist(ACTION_CHECKBOX_NAME)
            data.setlist(ACTION_CHECKBOX_NAME, [each for each in chosen if as_id(each)])
            request.POST = data  # type: ignore[assignment]  # the stubs know no way to set it
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"has_history": self.has_history, **(extra_context or {})}

        def view() -> HttpResponse:
            return super(StaffAdmin, self).changeform_view(request, object_id, form_url, context)

        def answered() -> HttpResponse:
            try:
                return view()
            except IntegrityError:
                # Another request came first. Seen now, it is an error of the form.
                return view()

        if object_id is not None:
            return answered()
        return once(request, answered, lambda first: self.response_again(request, first))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        done(request, str(obj.pk))
        return super().response_add(request, obj, post_url_continue)

    def response_again(self, request: HttpRequest, first: Submission) -> HttpResponse:
        """The answer to a second click on the button of the form for adding: that to the first one."""
        made = self.get_queryset(request).filter(pk=as_id(first.result) or 0).first()
        if made is None:
            return self.response_post_save_add(request, None)
        return self.response_add(request, made)

    # Django's log names records, and keeps the names when a role is withdrawn. Our history is the log.

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[Any]:
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        pass

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        pass

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        pass
