"""What looks wrong about a community."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import say
from recportal.documents.text import shown
from recportal.records.notices import Notice, document_notices, notice

from .models import Community
from .tax_numbers import country_in_front, fiscal_code_problem, vat_problem

_WAYS_TO_REACH = ("email", "pec", "phone", "address")


def community_notices(community: Community) -> list[Notice]:
    """Everything that looks wrong about a community by itself. Asks the database nothing."""
    return [
        *_contact(community),
        *_tax_numbers(community),
        *_operators(community),
        *document_notices(community, but=("areas", "topology")),
    ]


def _contact(community: Community) -> Iterator[Notice]:
    if not any(community.contact.get(way) for way in _WAYS_TO_REACH):
        message = _(
            "Nobody can reach this community: it has no e-mail address, phone number or postal address."
        )
        yield notice("no_contact", message, "contact")


def _tax_numbers(community: Community) -> Iterator[Notice]:
    country = country_of(community.settings, community.legal)
    yield from tax_number_notices(community.legal, country, "legal")


def _operators(community: Community) -> Iterator[Notice]:
    operators = community.extra.get("operators", {})
    for index, node in enumerate(community.topology):
        operator = node.get("operator_id")
        if operator and operator not in operators:
            message = say(
                _("The community has no grid operator “%(operator)s”."), operator=shown(str(operator))
            )
            yield notice("unknown_operator", message, "topology", index, "operator_id")


def country_of(settings: Any, legal: Any) -> str:
    """The country whose rules a community follows, by its settings, else by its VAT number; may be empty."""
    country = settings.get("country")
    return country if isinstance(country, str) else country_in_front(str(legal.get("vat", "")))


def countries_of(community_ids: Iterable[int]) -> dict[int, str]:
    """Community → its country, with one query for all."""
    communities = Community.objects.filter(pk__in=set(community_ids)).order_by()
    return {
        pk: country_of(settings, legal)
        for pk, settings, legal in communities.values_list("pk", "settings", "legal")
    }


def tax_number_notices(document: dict[str, Any], country: str, column: str) -> Iterator[Notice]:
    """What is wrong with ``vat`` and ``fiscal_code`` in a document. A body may well have only one of them."""
    for key, code, problem_of in (
        ("vat", "vat_doubtful", vat_problem),
        ("fiscal_code", "fiscal_code_doubtful", fiscal_code_problem),
    ):
        number = document.get(key)
        problem = problem_of(number, country) if isinstance(number, str) else None
        if problem:
            yield notice(code, problem, column, key)
