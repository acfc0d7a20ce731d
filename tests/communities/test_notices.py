"""What looks wrong about a community is said; what is right is not."""

from typing import Any

import pytest

from communities.models import Community
from communities.notices import community_notices

SOUND: dict[str, Any] = {
    "key": "sole",
    "name": "Sole",
    "contact": {"email": "info@sole.example"},
    "legal": {"vat": "IT00743110157", "fiscal_code": "00743110157"},
    "settings": {"country": "IT", "energy_unit": "kWh"},
    "extra": {"operators": {"dso": {"name": "Grid"}}},
    "topology": [{"id": "N1", "type": "feeder", "operator_id": "dso"}, {"id": "N2", "type": "feeder"}],
    "areas": {"north": {"name": "North", "topology": ["N1"]}},
}


def notices(**columns: Any) -> list[tuple[str, str]]:
    """The codes and places of the notices of a sound community with these columns changed."""
    return [(notice.code, notice.path) for notice in community_notices(Community(**{**SOUND, **columns}))]


def test_a_sound_community_has_none() -> None:
    assert notices() == []


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"contact": {}}, ("no_contact", "contact")),
        ({"contact": {"phone": "", "fax": "1"}}, ("no_contact", "contact")),
        ({"legal": {"vat": "IT0123456789"}}, ("vat_doubtful", "legal.vat")),
        ({"legal": {"vat": "00743110158"}}, ("vat_doubtful", "legal.vat")),
        ({"legal": {"vat": "ATU1"}}, ("vat_doubtful", "legal.vat")),
        ({"legal": {"fiscal_code": "RCCMNL83S18D969A"}}, ("fiscal_code_doubtful", "legal.fiscal_code")),
        (
            {"topology": [{"id": "N1", "type": "feeder", "operator_id": "d-so"}]},
            ("unknown_operator", "topology[0].operator_id"),
        ),
        ({"extra": {}}, ("unknown_operator", "topology[0].operator_id")),
        ({"topology": [{"id": "N1", "type": "pylon"}]}, ("unusual_word", "topology[0].type")),
        ({"settings": {"country": "IT", "power_unit": "horses"}}, ("unusual_word", "settings.power_unit")),
        ({"links": {"website": "sole.example"}}, ("invalid", "links.website")),
    ],
)
def test_one_thing_that_looks_wrong_is_said_once(columns: dict[str, Any], expected: tuple[str, str]) -> None:
    assert notices(**columns) == [expected]


@pytest.mark.parametrize(
    "columns",
    [
        {"contact": {"pec": "sole@pec.example"}},
        {"contact": {"phone": "+39 000"}},
        {"legal": {"fiscal_code": "00743110157"}},
        {"legal": {"vat": "00743110157"}, "settings": {}},
        {"legal": {"vat": "12345"}, "settings": {}},
        {"legal": {}},
        {"areas": {"north": {"name": "North", "geometry": {"type": "Polygon", "coordinates": []}}}},
    ],
)
def test_what_is_right_or_cannot_be_judged_is_not_said(columns: dict[str, Any]) -> None:
    assert notices(**columns) == []


def test_sentences_quote_what_was_written() -> None:
    community = Community(**{**SOUND, "extra": {}})
    (notice,) = community_notices(community)
    assert str(notice.message) == "The community has no grid operator “dso”."
