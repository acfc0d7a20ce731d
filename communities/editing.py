"""Editing a part of a community, an area or a node, on a page of its own.

The part is written as a piece of its community, so that all rules hold; whoever edits another part of the
same community at the same moment is in nobody's way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, Path, Text, faults_of
from recportal.documents.paths import same
from recportal.documents.text import text_flaw
from recportal.records.changes import LONGEST_REASON, change
from recportal.records.models import ChangedMeanwhile
from recportal.staff.conflicts import Conflict
from recportal.staff.history import shown_entries
from recportal.staff.ids import as_id
from recportal.text import stored

from .models import Community

_Form = TypeVar("_Form", bound="PartForm")
State = dict[str, Any]

#: A part that others write all the time is tried so often before the editor is told.
_ATTEMPTS = 3


class IdField(forms.CharField):
    """The key of an area or the id of a node, as it is stored."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        if typed and not stored(typed):
            raise ValidationError(_("These characters are all invisible."), code="invalid")
        return stored(typed)


class PartForm(forms.Form):
    """A form for a part of ``community``. A subclass says what the part's values are, and writes them.

    ``conflict`` is set when somebody else has changed this part since the editor opened the page; the form is
    then invalid, and ready to be looked at and sent again. ``exists`` is False when the community has no such
    part, and had none when the editor looked.
    """

    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Why you make this change. It is kept in the history."),
    )

    #: Whether the part is a new one, which nobody else can have changed.
    adds = False

    def __init__(self, data: Any = None, files: Any = None, *, community: Community) -> None:
        self.community = community
        self.conflict: Conflict | None = None
        state = self.state_of(community)
        super().__init__(data, files, initial={**state, "seen": community.version})
        self.build()
        self.order_fields([name for name in self.fields if name not in ("reason", "seen")])
        self.exists = bool(state)
        if self.is_bound and not self.adds:
            self._meet(as_id(self.data.get("seen")) or 0, state)

    # What a subclass says

    def state_of(self, community: Any) -> State:
        """The values by field, in the community or in a row of its history; empty: there is no such part."""
        return {}

    def build(self) -> None:
        """Make the fields that depend on the community."""

    def apply(self, community: Community) -> None:
        """Put the cleaned values into new documents of the community; the old ones are left as they are."""
        raise NotImplementedError

    def field_of(self, path: Path) -> str | None:
        """The field in which the fault of a place in the community is to be mended."""
        return None

    # Writing

    def save(self, user: Any) -> None:
        """Write the community with this part. Raises ``ValidationError`` and leaves the community alone."""
        with change(user, "admin", self.reason_given()), _unchanged_if_refused(self.community):
            self.apply(self.community)
            self.community.save(seen=self.community.version)

    def reason_given(self) -> str:
        return str(self.cleaned_data["reason"]).strip()

    def refuse(self, faults: list[Fault]) -> None:
        """Show what ``save()`` had to say where it can be mended."""
        for fault in faults:
            name = self.field_of(fault.path)
            if name in self.fields:
                self.add_error(name, ValidationError(fault.text, code=fault.code))
            else:
                self.add_error(None, fault)

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"])
        return "" if text_flaw(reason) else reason

    def _clean_form(self) -> None:
        super()._clean_form()  # type: ignore[misc]  # not in the stubs
        if self.conflict:
            message = _(
                "Somebody else has changed this record since you opened it. Look at it, then save again."
            )
            self.add_error(None, ValidationError(message, code="changed_meanwhile"))

    # Two editors

    def _meet(self, seen: int, now: State) -> None:
        if seen == self.community.version:
            return
        base = self.community.history.filter(version=seen).order_by("-history_id").first() if seen else None
        before = self.state_of(base) if base else None
        self.exists = self.exists or bool(before)
        if before is None or not same(before, now):
            self.conflict = self._conflict(seen, before, now)
            self.data = self.conflict.data

    def _conflict(self, seen: int, before: State | None, now: State) -> Conflict:
        """As ``recportal.staff.conflicts`` has it for whole records."""
        rows = ChangedMeanwhile(self.community, seen).since()
        data = QueryDict(mutable=True)
        data.update(self.data)
        both: list[Text] = []
        for name in {**(before or {}), **now}:
            field = self.fields.get(name)
            if field is None:
                continue
            typed, old, stored = self[name].data, (before or {}).get(name), now.get(name)
            if before is not None and not field.has_changed(old, typed):
                _put(data, name, field.prepare_value(stored))
            elif field.has_changed(stored, typed) and (before is None or old != stored):
                both.append(field.label or name)
        data["seen"] = str(self.community.version)
        changes = shown_entries(Community, rows, but_last=before is not None)
        return Conflict(changes, both, data)


def _put(data: QueryDict, name: str, value: Any) -> None:
    """A stored value as the browser would send it back."""
    if isinstance(value, list):
        data.setlist(name, [str(each) for each in value])
    else:
        data[name] = "" if value is None else str(value)


@contextmanager
def _unchanged_if_refused(community: Community) -> Iterator[None]:
    kept = {name: getattr(community, name) for name in ("areas", "topology", "extra")}
    try:
        yield
    except BaseException:
        for name, value in kept.items():
            setattr(community, name, value)
        raise


class PartPage(Generic[_Form]):
    """A page with a form for a part of a community: 404 for whoever may not see it, 403 for whoever may not
    change it.

    ``make`` makes the form of a community, with the data of the request.
    """

    def __init__(self, model_admin: Any, request: HttpRequest, object_id: str) -> None:
        self.model_admin = model_admin
        self.request = request
        self.object_id = object_id
        self.community = self._load()

    def _load(self) -> Community:
        found: Community = self.model_admin.get_object(self.request, unquote(self.object_id))
        return found

    @property
    def may_change(self) -> bool:
        return bool(self.model_admin.has_change_permission(self.request, self.community))

    def must_change(self) -> None:
        if not self.may_change:
            raise PermissionDenied

    def sent(self, make: Callable[[Community], _Form]) -> tuple[_Form, bool]:
        """The form of the page, and whether it was sent and is written."""
        form = make(self.community)
        if self.request.method != "POST":
            return form, False
        self.must_change()
        for _attempt in range(_ATTEMPTS):
            if not form.is_valid():
                return form, False
            try:
                form.save(self.request.user)
            except ValidationError as error:
                faults = faults_of(error)
                if not any(isinstance(fault, ChangedMeanwhile) for fault in faults):
                    form.refuse(faults)
                    return form, False
                # Somebody was faster. Where it was about another part, the same values are tried again.
                self.community = self._load()
                form = make(self.community)
            else:
                return form, True
        form.is_valid()
        form.refuse(faults)
        return form, False

    def answer(self, template: str, title: Any, **context: Any) -> HttpResponse:
        return TemplateResponse(
            self.request,
            template,
            {
                **self.model_admin.admin_site.each_context(self.request),
                "title": title,
                "opts": self.model_admin.opts,
                "community": self.community,
                "may_change": self.may_change,
                **context,
            },
        )
