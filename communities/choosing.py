"""Choosing one of many that have a key: from a list while it is short, by typing when it is long."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text, say
from recportal.documents.text import shown
from recportal.records.fields import CODE_LIKE
from recportal.text import stored

#: So many are a list to choose from; so many are suggested while one types; beyond, one types alone.
_MOST_LISTED: Final = 100
_MOST_SUGGESTED: Final = 1000


class SuggestingInput(forms.TextInput):
    """A line of text with suggestions, value → label, which nobody has to take."""

    def __init__(self, suggestions: Mapping[str, Text], attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "vTextField", "autocomplete": "off", **CODE_LIKE, **(attrs or {})})
        self.suggestions = suggestions

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        place = f"{name}-suggestions"
        line = super().render(name, value, {**(attrs or {}), "list": place}, renderer)
        options = format_html_join("", '<option value="{}">{}</option>', self.suggestions.items())
        return format_html('{}<datalist id="{}">{}</datalist>', line, place, options)


class KeyChoiceField(forms.CharField):
    """One of ``choices`` (value → label), or none. ``kept`` is what is stored: it may stay, known or not."""

    def __init__(self, choices: Mapping[str, Text], kept: str, empty: Text, **options: Any) -> None:
        self.choices = choices
        self.kept = kept
        offered = {kept: kept, **choices} if kept and kept not in choices else choices
        if len(offered) <= _MOST_LISTED:
            options["widget"] = forms.Select(choices=[("", empty), *offered.items()])
        else:
            options["widget"] = SuggestingInput(offered if len(offered) <= _MOST_SUGGESTED else {})
        super().__init__(**{**options, "required": False})

    def validate(self, value: str) -> None:
        if value and value != self.kept and value not in self.choices:
            message = _("There is no “%(value)s” to choose.")
            raise ValidationError(say(message, value=shown(value)), code="invalid_choice")


class KeyListField(forms.Field):
    """Several of ``choices``: boxes to tick while they are few, else one in each line.

    ``kept`` are those that are stored. When the same ones are chosen, their order stays; new ones follow.
    """

    def __init__(self, choices: Mapping[str, Text], kept: list[str], **options: Any) -> None:
        self.choices = choices
        self.kept = kept
        offered = {**{each: each for each in kept}, **choices}
        self.listed = len(offered) <= _MOST_LISTED
        if self.listed:
            options["widget"] = forms.CheckboxSelectMultiple(choices=list(offered.items()))
        else:
            options["widget"] = forms.Textarea({"rows": 5, "cols": 40, "class": "lines", **CODE_LIKE})
        super().__init__(**{**options, "required": False})

    def prepare_value(self, value: Any) -> Any:
        if self.listed or isinstance(value, str):
            return value
        return "\n".join(value or ())

    def to_python(self, value: Any) -> list[str]:
        given = value.splitlines() if isinstance(value, str) else value or []
        chosen = dict.fromkeys(stored(each) for each in given if stored(each))
        return [each for each in self.kept if each in chosen] + [
            each for each in chosen if each not in self.kept
        ]

    def validate(self, value: list[str]) -> None:
        unknown = [each for each in value if each not in self.kept and each not in self.choices]
        if unknown:
            message = _("There is no “%(value)s” to choose.")
            raise ValidationError(say(message, value=shown(unknown[0])), code="invalid_choice")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(self.to_python(data)) != set(initial or ())
