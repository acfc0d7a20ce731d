"""The types of assets as people see them: a picture beside the word."""

from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _


def type_icon(asset_type: str) -> str:
    """The picture of a type as SVG; it says nothing that the word beside it does not."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("pages/icons.svg"),
        asset_type,
    )


class TypeColumn:
    """A column: the type of an asset."""

    __name__ = "asset_type"
    short_description = _("type")
    admin_order_field = "asset_type"

    def __call__(self, asset: Any) -> str:
        return format_html("{} {}", type_icon(asset.asset_type), asset.get_asset_type_display())
