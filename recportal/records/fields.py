"""Columns of text that both engines keep, compare and order alike."""

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from recportal.documents.text import text_flaw
from recportal.text import bare, stored, visible

_Set = TypeVar("_Set", contravariant=True)
_Get = TypeVar("_Get", covariant=True)

if TYPE_CHECKING:
    _CharField = models.CharField
    _TextField = models.TextField
else:
    # Django's fields are generic for the type checker only.

    class _CharField(models.CharField):
        def __class_getitem__(cls, _types):
            return cls

    class _TextField(models.TextField):
        def __class_getitem__(cls, _types):
            return cls


#: Attributes of an input for what is taken letter by letter: no keyboard capitalizes or corrects it.
CODE_LIKE: Final = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}

KEY_PATTERN: Final = r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,127}"
# NUL is not among them: ``validate_text`` speaks of it.
_CONTROL = re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029]")

validate_key = RegexValidator(
    rf"\A{KEY_PATTERN}\Z",
    _("A key is 1 to 128 letters, digits and _ . : @ -, and does not begin with a sign."),
    code="invalid",
)


def validate_text(value: str) -> None:
    """Refuses what no database keeps: NUL and lone surrogates."""
    flaw = text_flaw(value)
    if flaw:
        raise ValidationError(flaw[0], code=flaw[1])


def validate_line(value: str) -> None:
    """Refuses control characters and line breaks, which make two ids look alike."""
    if _CONTROL.search(value):
        raise ValidationError(_("Line breaks and control characters do not belong here."), code="invalid")


def fold(words: str) -> str:
    """Text as it is searched: without accents and case."""
    if words.isascii():
        return words.lower()
    letters = unicodedata.normalize("NFKD", bare(words))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


class LineField(_CharField[_Set, _Get]):
    """One line of text, without invisible characters and trimmed. Ordered by code point on both engines.

    ``words`` is for names: they keep the joiners and the parts of emoji that have no shape of their own.
    ``code_like`` says that people type it letter by letter, as a key or a user name.
    """

    default_validators = [validate_text, validate_line]

    def __init__(self, *args: Any, words: bool = False, code_like: bool = False, **options: Any) -> None:
        # Neither is a concern of the database's, so migrations do not know them.
        self.words, self.code_like = words, code_like
        super().__init__(*args, **options)

    def formfield(self, *args: Any, **options: Any) -> Any:
        field = super().formfield(*args, **options)
        if self.code_like and field is not None:
            field.widget.attrs.update(CODE_LIKE)
        return field

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if not isinstance(value, str):
            return value
        return visible(value).strip() if self.words else stored(value)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"  # SQLite's own order is the same, under another name
        return parameters


class ComparedField(LineField[_Set, _Get]):
    """What another column is compared by. Taken as it is: a row of before may have an odd one."""

    def to_python(self, value: Any) -> Any:
        return value


class ParagraphField(_TextField[_Set, _Get]):
    """Text of several lines."""

    default_validators = [validate_text]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return visible(value) if isinstance(value, str) else value


class KeyField(LineField[_Set, _Get]):
    """The key of a record: how files, tools and people name it."""

    default_validators = [validate_key]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_length": 128, "verbose_name": _("key"), "code_like": True, **options})
