"""Whether a column may hold a value, looked at by itself."""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from recportal.documents.faults import Fault, Path, faults_of
from recportal.documents.field import DocumentField
from recportal.documents.text import compact
from recportal.documents.words import invalid_choice, required, too_long, wrong_type
from recportal.text import KnownWords


def is_unchanged(before: Any, after: Any) -> bool:
    """Whether a column holds what it held. Quickly: a document with its keys in another order counts as
    changed.
    """
    if type(before) is not type(after) or before != after:
        return False
    return not isinstance(after, dict | list) or compact(before) == compact(after)  # to Python, true is 1


def check_column(column: Any, value: Any, record: models.Model) -> tuple[Any, list[Fault]]:
    """``value`` as the column would store it, and everything that speaks against storing it.

    In a column of text null says no more than an empty text, unless the column knows null.
    """
    if isinstance(column, DocumentField):
        return column.check_document(value, record)
    if isinstance(column, models.CharField | models.TextField):
        return _check_text(column, value)
    try:
        return column.clean(value, record), []
    except ValidationError as error:
        return value, [Fault(each.text, each.code, (column.name,)) for each in faults_of(error)]


def _check_text(column: Any, value: Any) -> tuple[Any, list[Fault]]:
    path: Path = (column.name,)
    if value is None:
        if column.null:
            return None, []
        value = ""
    if not isinstance(value, str):
        return value, [wrong_type("string", value, path)]
    given, value = value, column.to_python(value)
    if not value and given.strip():
        return value, [Fault(_("These characters are all invisible."), "invalid", path)]
    if not value:
        return value, [] if column.blank else [required(path)]
    if column.choices:
        allowed = _choices(column)
        value = known_choice(column, value)
        return value, [] if value in allowed else [invalid_choice(allowed, path)]
    if column.max_length is not None and len(value) > column.max_length:
        return value, [too_long(column.max_length, path)]
    return value, _objections(column, value)


@cache
def _choices(column: Any) -> list[str]:
    return [choice for choice, _label in column.flatchoices]


@cache
def _choice_words(column: Any) -> KnownWords:
    """The choices with their labels in all languages: tables and tools say ``prosumer`` as people do."""
    words: dict[str, list[str]] = {choice: [] for choice, _label in column.flatchoices}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for choice, label in column.flatchoices:
                words[choice].append(str(label))
    return KnownWords(words)


def known_choice(column: Any, value: Any) -> Any:
    """The choice of a column that ``value`` means, in any language; anything else as it is."""
    return _choice_words(column).known(value) if isinstance(value, str) else value


def _objections(column: Any, value: str) -> list[Fault]:
    """What the column's validators say, apart from the length."""
    found = []
    for validator in column.validators:
        if isinstance(validator, MaxLengthValidator):
            continue
        try:
            validator(value)
        except ValidationError as error:
            found += [Fault(each.text, each.code, (column.name,)) for each in faults_of(error)]
    return found
