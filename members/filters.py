from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_filters.filters import ChoiceFilter

from recportal.api.filters import ComparedFilter, SearchFilter, TextFilter, UpdatedSinceFilter

from .models import Holding, Member, Role, Status


class HolderFilter(TextFilter):
    """The member who holds something now; ``kind`` is a holding's."""

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = kind
        super().__init__(**options)

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.holding(self.kind, [value]) if value else qs


class MemberFilter(FilterSet):
    role = ChoiceFilter(choices=Role.choices, help_text=_("The part that the member plays."))
    status = ChoiceFilter(choices=Status.choices, help_text=_("How far the member belongs to the community."))
    area = TextFilter(help_text=_("The key of the member's area."))
    user_id = ComparedFilter("user_id_compared", help_text=_("The identity provider's name for the person."))
    delivery_point = HolderFilter(
        Holding.Kind.DELIVERY_POINT,
        help_text=_("The id of a delivery point that the member holds, in any spelling."),
    )
    did = HolderFilter(Holding.Kind.DID, help_text=_("A DID that the member holds."))
    type = TextFilter("extra__type", help_text=_("The kind of person or body, such as schema:Person."))
    updated_since = UpdatedSinceFilter()
    search = SearchFilter(
        help_text=_("Words, all of which occur in key, name, user id, e-mail or delivery points.")
    )

    class Meta:
        model = Member
        fields: list[str] = []
