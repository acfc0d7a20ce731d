"""What the templates of the member pages say in one word."""

import re
from typing import Any
from urllib.parse import quote

from django import forms, template
from django.forms import BoundField
from django.utils.safestring import SafeString

from recportal.records.fields import CODE_LIKE

register = template.Library()


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's input. No keyboard changes what is typed in one line: it is a name, a code, a number."""
    widget = field.field.widget
    is_line = isinstance(widget, forms.TextInput) and widget.input_type == "text"
    return field.as_widget(attrs=dict(CODE_LIKE) if is_line else None)


@register.filter
def tel(number: Any) -> str:
    """A telephone number as the address of a call: digits, and the plus in front."""
    digits = re.sub(r"[^\d+]", "", str(number))
    return f"tel:{digits[:1]}{digits[1:].replace('+', '')}"


@register.filter
def mailto(address: Any) -> str:
    """An e-mail address as a link; what would be a second recipient or a subject is escaped."""
    return f"mailto:{quote(str(address), safe='@')}"
