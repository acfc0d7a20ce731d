"""Words beside the suggested ones are found wherever a schema has suggestions, and nowhere else."""

from typing import Any

import pytest

from recportal.documents.schemas import schema
from recportal.documents.vocabulary import unusual_words


def found(name: str, document: Any) -> list[tuple[str, Any]]:
    return [(unusual.word, unusual.path) for unusual in unusual_words(schema(name), document)]


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("assets/properties/storage", {"chemistry": "LFP", "max_power_kw": 5}),
        ("assets/properties/load", {"priority": 3}),
        ("assets/properties/load", {"priority": "high", "load_type": "hvac"}),
        ("communities/topology", [{"id": "A", "type": "feeder"}, {"id": "B", "type": "line"}]),
        ("communities/legal", {"legal_form": "anything"}),
        ("members/delivery_points", []),
    ],
)
def test_suggested_words_numbers_and_free_text_pass(name: str, document: Any) -> None:
    assert found(name, document) == []


@pytest.mark.parametrize(
    ("name", "document", "expected"),
    [
        ("assets/properties/storage", {"chemistry": "lfp"}, [("lfp", ("chemistry",))]),
        ("assets/properties/load", {"priority": "asap"}, [("asap", ("priority",))]),
        ("communities/topology", [{"type": "line"}, {"type": "pylon"}], [("pylon", (1, "type"))]),
        (
            "members/extra",
            {"type": "Person", "language": "it"},
            [("Person", ("type",))],
        ),
    ],
)
def test_other_words_are_found_with_their_place(name: str, document: Any, expected: Any) -> None:
    assert found(name, document) == expected


def test_the_property_is_named_by_its_title() -> None:
    (unusual,) = unusual_words(schema("assets/properties/heat_pump"), {"heat_source": "magma"})
    assert unusual.title == "Heat source"


def test_a_document_of_another_shape_has_no_words() -> None:
    assert found("members/delivery_points", {"type": "strange"}) == []
    assert found("assets/device", {"type": ["strange"]}) == []
