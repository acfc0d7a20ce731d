"""The form of a record: what a model form lacks when two edit, and when ``save()`` has the last word."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextareaWidget
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, Text, say
from recportal.records.another import ANOTHER, Another, asking
from recportal.records.models import Record

from .autocomplete import RecordSelect
from .conflicts import Conflict, conflict_in
from .ids import as_id

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Record]
else:
    _ModelForm = forms.ModelForm


class ParagraphFormField(forms.CharField):
    """Text of several lines, given back as it was stored: browsers end lines with CR LF."""

    widget = AdminTextareaWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "strip": False})

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class DayAndTime(AdminSplitDateTime):
    """Django's two inputs for a moment, each with a name that is read out: its own stand beside mere text."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, (_("Day"), _("Time")), strict=True):
            widget.attrs["aria-label"] = name


class RecordForm(_ModelForm):
    """The form of a record in the admin.

    ``seen`` is the version that the editor saw. ``conflict`` is set when the record has another one by now;
    the form is then invalid, and ready to be looked at and sent again.
    """

    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Why you make this change. It is kept in the history."),
    )

    #: What ``save()`` had to say when these values were sent before.
    refused: ClassVar[Sequence[Fault]] = ()

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        super().__init__(data, *args, **options)
        self.conflict: Conflict | None = None
        #: The refusals that a tick confirms, and the codes that were ticked.
        self.others: list[Another] = []
        ticked = self.data.getlist("confirm") if isinstance(self.data, QueryDict) else ()
        self.confirmed = {code for code in ticked if code in ANOTHER}
        if self.instance.pk is None:
            del self.fields["seen"]
            self._show_proposed_key()
            return
        self.initial["seen"] = self.instance.version
        self._keep_to_community()
        if self.is_bound:
            seen = as_id(self.data.get(self.add_prefix("seen"))) or 0
            if seen != self.instance.version:
                self.conflict = conflict_in(self, seen)
                self.data = self.conflict.data

    def _show_proposed_key(self) -> None:
        """Say which key the record gets when none is typed, where that can be known already.

        The address may name any community or owner: only those count that the form offers.
        """
        record = self._meta.model()
        for column in record._meta.concrete_fields:
            if column.name in self.fields and (column.is_relation or column.choices):
                field: Any = self.fields[column.name]
                value = self.get_initial_for_field(field, column.name)
                if value and column.is_relation:
                    offered = field.queryset.filter(pk=as_id(str(value)))
                    value = offered.values_list("pk", flat=True).first()
                if value:
                    setattr(record, column.attname, value)
        record.prepare()
        if "key" in self.fields and getattr(record, "community_id", None):
            self.fields["key"].widget.attrs["placeholder"] = record.propose_key()

    def _keep_to_community(self) -> None:
        """Offer records of the record's own community only."""
        community = getattr(self.instance, "community_id", None)
        for field in self.fields.values():
            records: Any = getattr(field, "queryset", None)
            if records is not None and hasattr(records.model, "community_id"):
                field.queryset = records.filter(community=community)  # type: ignore[attr-defined]
                widget = getattr(field.widget, "widget", field.widget)  # without the wrapper that adds links
                if isinstance(widget, RecordSelect):
                    widget.community = community

    def _post_clean(self) -> None:
        with asking(self.confirmed):
            super()._post_clean()  # type: ignore[misc]  # not in the stubs
        errors = self.errors.as_data().get("name", ())
        self.others = [error for error in errors if isinstance(error, Another)]
        if self.conflict:
            message = _(
                "Somebody else has changed this record since you opened it. Look at it, then save again."
            )
            self.add_error(None, ValidationError(message, code="changed_meanwhile"))
            return
        known = {
            (each.code, str(each.message)) for errors in self.errors.as_data().values() for each in errors
        }
        for fault in self.refused:
            if (fault.code, str(fault.message)) not in known:
                self.add_error(None, ValidationError({fault.column: [fault]}))

    def _update_errors(self, errors: ValidationError) -> None:
        # Django's own would replace the sentences of our faults by the form field's, and lose their places.
        self.add_error(None, errors)

    def add_error(self, field: str | None, error: Any) -> None:
        """As Django's; what concerns a column that is not in the form is an error of the form as a whole."""
        if field is None and hasattr(error, "error_dict"):
            placed: dict[str, list[ValidationError]] = {}
            for column, errors in error.error_dict.items():
                if column in self.fields or column == NON_FIELD_ERRORS:
                    placed.setdefault(column, []).extend(errors)
                else:
                    placed.setdefault(NON_FIELD_ERRORS, []).extend(
                        self._named(column, each) for each in errors
                    )
            error = ValidationError(placed)
        super().add_error(field, error)

    def _named(self, column: str, error: ValidationError) -> ValidationError:
        """An error of a column that is not in the form, with the column's name in front."""
        if isinstance(error, Fault) and len(error.path) > 1:
            return error
        text: Text = error.text if isinstance(error, Fault) else "; ".join(error.messages)
        try:
            label = self._meta.model._meta.get_field(column).verbose_name  # type: ignore[union-attr]
        except FieldDoesNotExist:
            return error
        return ValidationError(say("%(label)s: %(text)s", label=label, text=text), code=error.code)
