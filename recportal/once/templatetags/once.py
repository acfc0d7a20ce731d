from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from recportal.once.submissions import FIELD, new_token

register = template.Library()


@register.simple_tag
def once_token() -> SafeString:
    """The hidden input by which a second click is known as one, for forms that create."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_token())
