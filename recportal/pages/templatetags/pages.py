"""What the templates of the member pages say in one word."""

import re
from typing import Any
from urllib.parse import quote

from django import template

register = template.Library()


@register.filter
def tel(number: Any) -> str:
    """A telephone number as the address of a call: digits, and the plus in front."""
    digits = re.sub(r"[^\d+]", "", str(number))
    return f"tel:{digits[:1]}{digits[1:].replace('+', '')}"


@register.filter
def mailto(address: Any) -> str:
    """An e-mail address as a link; what would be a second recipient or a subject is escaped."""
    return f"mailto:{quote(str(address), safe='@')}"
