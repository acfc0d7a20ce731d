"""The inputs of a document: what is left alone stays, what is typed is merged, errors have a place."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.documents.field import DocumentField, documents_of
from recportal.documents.forms import DocumentFormField
from recportal.documents.forms.field import Typed
from recportal.documents.forms.inputs import MOST_ROWS, Rows
from tests.documents.values import documents, json_values


def field_of(model: Any, column: str) -> DocumentFormField:
    found: DocumentFormField = model._meta.get_field(column).formfield()
    return found


def columns() -> list[tuple[DocumentField, str]]:
    """Every document column with each of its schemas."""
    return [
        (column, choice)
        for model in (Community, Member, Asset)
        for column in documents_of(model)
        for choice in column.formfield().schemas
    ]


AssetForm = modelform_factory(Asset, fields=("properties",))
PROPERTIES = field_of(Asset, "properties")
POINTS = field_of(Member, "delivery_points")
EXTRA = field_of(Community, "extra")
RELATIONSHIPS = field_of(Asset, "relationships")
MEMBER_EXTRA = field_of(Member, "extra")


def merged(field: DocumentFormField, stored: Any, choice: str = "", **texts: str) -> Any:
    """What becomes of a stored document when these texts are typed over what was shown."""
    inputs = field.inputs(choice, stored)
    assert inputs is not None
    return field.merged(Typed(None, {**inputs.shown(stored), **texts}), stored, choice)


def faults(field: DocumentFormField, stored: Any, choice: str = "", **texts: str) -> list[Any]:
    with pytest.raises(ValidationError) as caught:
        merged(field, stored, choice, **texts)
    return [(error.path, error.code) for error in caught.value.error_list]  # type: ignore[attr-defined]


def of_properties() -> st.SearchStrategy[dict[str, Any]]:
    """Objects in which known keys hold anything at all, as old records may."""
    known = ["tilt", "orientation", "capacity_kwp", "priority", "controllable", "installation_date", "pod"]
    return st.dictionaries(st.sampled_from(known) | st.text(max_size=5), json_values(), max_size=5)


@given(stored=of_properties(), choice=st.sampled_from(["pv", "load"]), language=st.sampled_from(["en", "it"]))
def test_what_nobody_touches_stays_as_it_is(stored: dict[str, Any], choice: str, language: str) -> None:
    with translation.override(language):
        kept = merged(PROPERTIES, stored, choice)
    assert repr(kept) == repr(stored)


@given(stored=st.lists(documents() | json_values(), max_size=5))
def test_rows_that_nobody_touches_stay_as_they_are(stored: list[Any]) -> None:
    assert repr(merged(POINTS, stored)) == repr(stored)


@given(stored=documents())
def test_maps_that_nobody_touches_stay_as_they_are(stored: dict[str, Any]) -> None:
    document = {"operators": stored, "own": 1}
    assert repr(merged(EXTRA, document)) == repr(document)


NAMES = st.sampled_from(
    [
        "0-id",
        "0-was",
        "0-type",
        "1-remove",
        "x",
        "-",
        "9999-id",
        "00000-id",
        "pv-tilt",
        "load-priority",
        "tilt",
    ]
) | st.text(max_size=10)


@given(
    sheet=st.dictionaries(NAMES, st.text(st.characters(codec=None), max_size=10), max_size=8),
    raw=st.none() | st.text(st.characters(codec=None), max_size=20),
    where=st.sampled_from(columns()),
)
def test_a_crafted_form_is_read_or_refused(sheet: dict[str, str], raw: str | None, where: Any) -> None:
    column, choice = where
    field = column.formfield()
    try:
        document = field.merged(Typed(raw, sheet), column.kind(), choice)
    except ValidationError:
        return
    assert isinstance(document, column.kind) or raw is not None  # the model field refuses another kind


def test_what_is_typed_is_merged_and_the_rest_is_kept() -> None:
    stored = {"tilt": 30, "capacity_kwp": 4.5, "own": {"x": [1]}}
    assert merged(PROPERTIES, stored, "pv", **{"pv-tilt": "35"}) == {**stored, "tilt": 35}
    assert repr(merged(PROPERTIES, stored, "pv", **{"pv-pod": "IT1"})["tilt"]) == "30"


def test_an_emptied_input_removes_its_key() -> None:
    assert merged(PROPERTIES, {"tilt": 30, "own": 1}, "pv", **{"pv-tilt": "  "}) == {"own": 1}


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("capacity_kwp", "0", 0),
        ("capacity_kwp", "4,5", 4.5),
        ("capacity_kwp", "4.5", 4.5),
        ("orientation", "180", 180),
        ("orientation", "south-east", "south-east"),
        ("priority", "high", "high"),
        ("priority", "3", 3),
        ("controllable", "false", False),
        ("controllable", "true", True),
        ("installation_date", "2024-05-31", "2024-05-31"),
        ("pod", "01234", "01234"),
    ],
)
@pytest.mark.parametrize("language", ["en", "it"])
def test_a_text_means_a_value_of_the_right_type(name: str, typed: str, value: Any, language: str) -> None:
    with translation.override(language):
        found = merged(PROPERTIES, {}, "pv", **{f"pv-{name}": typed})
    assert repr(found) == repr({name: value})


def test_nothing_and_no_and_zero_are_told_apart() -> None:
    shown = [PROPERTIES.inputs("load", None).shown(each) for each in (  # type: ignore[union-attr]
        {}, {"controllable": False, "rated_power_kw": 0}
    )]  # fmt: skip
    assert [each["load-controllable"] for each in shown] == ["", "false"]
    assert [each["load-rated_power_kw"] for each in shown] == ["", "0"]


@pytest.mark.parametrize(
    "typed", ["x", "NaN", "inf", "1e400", "9" * 5000, "--1", "1 2 3 x", "१x", "٣", "1_0", "e5", "1.000,5"]
)
def test_what_is_no_number_is_told_at_its_place(typed: str) -> None:
    assert faults(PROPERTIES, {}, "pv", **{"pv-tilt": typed}) == [(("properties", "tilt"), "invalid")]


@pytest.mark.parametrize("typed", ["a\x00b", "a\ud800b"])
def test_what_no_database_keeps_is_refused(typed: str) -> None:
    ((path, _code),) = faults(MEMBER_EXTRA, {}, phone=typed)
    assert path == ("extra", "phone")


@pytest.mark.parametrize(
    ("language", "typed"), [("en", "1,000"), ("it", "1.000"), ("en", "-12,500"), ("it", "999.999")]
)
@pytest.mark.parametrize("name", ["capacity_kwp", "orientation"])
def test_what_is_a_thousand_to_some_and_one_to_others_is_asked_back(
    language: str, typed: str, name: str
) -> None:
    with translation.override(language):
        found = faults(PROPERTIES, {}, "pv", **{f"pv-{name}": typed})
    assert found == [(("properties", name), "ambiguous_number")]


@pytest.mark.parametrize(
    ("language", "typed", "value"),
    [
        ("en", "1.125", 1.125),
        ("it", "1,125", 1.125),
        ("it", "0.125", 0.125),
        ("it", "1000.5", 1000.5),
        ("en", "1000,125", 1000.125),
        ("en", "+.5", 0.5),
        ("en", "007", 7),
        ("en", "1e3", 1000),
    ],
)
def test_a_decimal_comma_and_a_decimal_point_are_both_read(language: str, typed: str, value: Any) -> None:
    with translation.override(language):
        assert repr(merged(PROPERTIES, {}, "pv", **{"pv-capacity_kwp": typed})["capacity_kwp"]) == repr(value)


def test_a_priority_is_a_whole_number_or_a_word() -> None:
    assert merged(PROPERTIES, {}, "pv", **{"pv-priority": "2.5"}) == {"priority": "2.5"}


PLACE = "id_properties-pv-installation_date"


@pytest.mark.parametrize("stored", ["once", "2024-13-45", "2024/05/01", "01.05.2024"])
def test_a_stored_text_that_is_no_day_is_not_put_where_a_browser_would_drop_it(stored: str) -> None:
    page = str(AssetForm(instance=Asset(asset_type="pv", properties={"installation_date": stored})))
    assert f'<input type="text" name="properties-pv-installation_date" id="{PLACE}" value="{stored}"' in page
    assert 'type="date"' not in page


def test_a_map_of_more_than_a_form_can_send_has_no_inputs() -> None:
    operators = {f"o-{number}": {"name": "X"} for number in range(MOST_ROWS + 1)}
    assert EXTRA.inputs("", {"operators": operators}) is None
    operators.popitem()
    assert EXTRA.inputs("", {"operators": operators}) is not None


def test_all_errors_are_told_at_once() -> None:
    found = faults(PROPERTIES, {}, "pv", **{"pv-tilt": "x", "pv-controllable": "maybe"})
    assert [path for path, _code in found] == [("properties", "tilt"), ("properties", "controllable")]


def test_a_number_is_shown_in_the_readers_language() -> None:
    with translation.override("it"):
        assert PROPERTIES.inputs("pv", None).shown({"tilt": 4.5})["pv-tilt"] == "4,5"  # type: ignore[union-attr]


TWO: list[dict[str, Any]] = [
    {"id": "A", "type": "pod", "own": {"x": 1}},
    {"id": "B", "type": "cups", "tariff": "day"},
]


def test_a_row_is_changed_and_keeps_what_it_does_not_show() -> None:
    found = merged(POINTS, TWO, **{"0-tariff": "night"})
    assert found == [{**TWO[0], "tariff": "night"}, TWO[1]]


def test_a_row_can_get_another_id() -> None:
    assert merged(POINTS, TWO, **{"0-id": "C"}) == [{**TWO[0], "id": "C"}, TWO[1]]


def test_rows_are_added_and_removed() -> None:
    added = {"5-was": "", "5-id": "C", "5-type": "pod", "6-was": "", "6-id": " "}
    assert merged(POINTS, TWO, **{"0-remove": "on"}, **added) == [TWO[1], {"id": "C", "type": "pod"}]
    assert merged(POINTS, TWO, **{"0-remove": "on", "1-remove": "on"}) == []


def test_a_row_that_the_form_does_not_speak_of_is_kept() -> None:
    typed = Typed(None, {"0-was": "B", "0-id": "B", "0-type": "pod"})
    assert POINTS.merged(typed, TWO, "") == [{**TWO[1], "type": "pod"}, TWO[0]]


def test_too_many_rows_are_refused_and_long_lists_have_no_inputs() -> None:
    rows = {f"{number}-id": "x" for number in range(1000)}
    assert faults(POINTS, [], **rows) == [(("delivery_points",), "too_many")]
    assert POINTS.inputs("", [{"id": str(number)} for number in range(MOST_ROWS + 1)]) is None


def test_a_map_has_a_key_in_each_row() -> None:
    stored = {"operators": {"edis": {"name": "E-Dis", "own": 1}}, "own": 2}
    found = merged(
        EXTRA, stored, **{"operators-0-key": "edist", "operators-1-key": "areti", "operators-1-name": "A"}
    )
    assert found == {"operators": {"edist": {"name": "E-Dis", "own": 1}, "areti": {"name": "A"}}, "own": 2}
    assert faults(EXTRA, stored, **{"operators-1-name": "A"}) == [(("extra", "operators", ""), "required")]
    assert faults(EXTRA, stored, **{"operators-1-key": "edis", "operators-1-name": "A"}) == [
        (("extra", "operators", "edis"), "duplicate")
    ]


def test_a_list_of_texts_has_a_line_for_each() -> None:
    assert merged(RELATIONSHIPS, {}, measures="pv-1\r\n\r\n meter-1 ") == {"measures": ["pv-1", "meter-1"]}
    assert merged(RELATIONSHIPS, {"measures": ["pv-1"]}, measures="") == {}


def test_either_the_inputs_or_the_json_text_may_be_changed() -> None:
    stored = {"tilt": 30}
    shown = PROPERTIES.inputs("pv", stored).shown(stored)  # type: ignore[union-attr]
    assert PROPERTIES.merged(Typed('{"tilt": 31}', shown), stored, "pv") == {"tilt": 31}
    assert PROPERTIES.merged(Typed('{\r\n  "tilt": 30\r\n}', {**shown, "pv-tilt": "32"}), stored, "pv") == {
        "tilt": 32
    }
    with pytest.raises(ValidationError) as caught:
        PROPERTIES.merged(Typed('{"tilt": 31}', {**shown, "pv-tilt": "32"}), stored, "pv")
    assert [error.code for error in caught.value.error_list] == ["ambiguous"]


def test_only_the_chosen_types_inputs_are_read() -> None:
    assert merged(PROPERTIES, {}, "pv", **{"storage-capacity_kwh": "x", "pv-tilt": "3"}) == {"tilt": 3}


def test_a_place_belongs_to_the_row_in_which_it_was_typed() -> None:
    typed = Typed(None, {"0-was": "A", "0-remove": "on", "4-was": "", "4-id": "C", "4-type": "pod"})
    _document, reading = POINTS.read(typed, TWO, "")
    assert reading.name_at((0, "type")) == "4-type"
    assert isinstance(POINTS.inputs("", []), Rows)


def test_what_two_have_changed_is_put_together_input_by_input() -> None:
    base, now = {"tilt": 30, "capacity_kwp": 4}, {"tilt": 31, "capacity_kwp": 5}
    shown = PROPERTIES.inputs("pv", base).shown(base)  # type: ignore[union-attr]
    typed = Typed(PROPERTIES.prepare_value(base), {**shown, "pv-tilt": "35"})
    renewed, both = PROPERTIES.renewed(typed, base, now, "pv")
    assert list(map(str, both)) == ["Tilt"]
    assert PROPERTIES.merged(renewed, now, "pv") == {"tilt": 35, "capacity_kwp": 5}


def points(*given: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"id": name, "type": "pod", "tariff": tariff, "own": name} for name, tariff in given]


def shown_rows(stored: Any, **texts: str) -> Typed:
    inputs = POINTS.inputs("", stored)
    assert inputs is not None
    return Typed(POINTS.prepare_value(stored), {**inputs.shown(stored), **texts})


def test_two_who_change_different_rows_both_keep_theirs() -> None:
    base = points(("A", "day"), ("B", "day"))
    now = points(("New", "sun"), ("A", "night"), ("B", "day"))
    typed = shown_rows(base, **{"1-tariff": "week", "2-was": "", "2-id": "C", "2-type": "pod"})
    renewed, both = POINTS.renewed(typed, base, now, "")
    assert both == []
    wanted = [*points(("New", "sun"), ("A", "night"), ("B", "week")), {"id": "C", "type": "pod"}]
    assert POINTS.merged(renewed, now, "") == wanted


def test_two_who_change_one_row_keep_what_each_has_changed_in_it() -> None:
    base, now = points(("A", "day")), points(("A", "night"))
    renewed, both = POINTS.renewed(shown_rows(base, **{"0-address": "Here"}), base, now, "")
    assert both == []
    assert POINTS.merged(renewed, now, "") == [{**now[0], "address": "Here"}]
    renewed, both = POINTS.renewed(shown_rows(base, **{"0-tariff": "week"}), base, now, "")
    assert list(map(str, both)) == ["Tariff"]
    assert POINTS.merged(renewed, now, "") == points(("A", "week"))


def test_a_row_that_somebody_else_has_removed_comes_back_only_with_what_was_typed_in_it() -> None:
    base, now = points(("A", "day"), ("B", "day")), points(("B", "day"))
    renewed, both = POINTS.renewed(shown_rows(base, **{"1-tariff": "week"}), base, now, "")
    assert (both, POINTS.merged(renewed, now, "")) == ([], points(("B", "week")))
    renewed, both = POINTS.renewed(shown_rows(base, **{"0-tariff": "week"}), base, now, "")
    assert list(map(str, both)) == ["Delivery point"]
    wanted = [*points(("B", "day")), {"id": "A", "type": "pod", "tariff": "week"}]
    assert POINTS.merged(renewed, now, "") == wanted


def test_a_row_that_was_marked_stays_marked() -> None:
    base, now = points(("A", "day"), ("B", "day")), points(("B", "night"), ("A", "day"))
    renewed, _both = POINTS.renewed(shown_rows(base, **{"1-remove": "on"}), base, now, "")
    assert POINTS.merged(renewed, now, "") == points(("A", "day"))
