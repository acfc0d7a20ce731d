"""Faults: their places, their words in any language, and how they travel through Django's errors."""

import json
from typing import Any

import pytest
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxLengthValidator
from django.utils import translation
from django.utils.translation import gettext_lazy

from recportal.documents.faults import Fault, Path, dotted, faults_of, pointer, refuse, say

#: A sentence that Django itself translates.
ITALIAN = "Campo obbligatorio."
ENGLISH = "This field is required."


@pytest.mark.parametrize(
    ("path", "words", "json_pointer"),
    [
        ((), "", ""),
        (("areas", "north", "topology", 1), "areas.north.topology[1]", "/areas/north/topology/1"),
        (("delivery_points", 0, "id"), "delivery_points[0].id", "/delivery_points/0/id"),
        (("extra", "a.b"), 'extra["a.b"]', "/extra/a.b"),
        (("extra", "a b", "c"), 'extra["a b"].c', "/extra/a b/c"),
        (("extra", ""), 'extra[""]', "/extra/"),
        (("extra", 'q"\\'), 'extra["q\\"\\\\"]', '/extra/q"\\'),
        (("extra", "a/b~c"), "extra.a/b~c", "/extra/a~1b~0c"),
        (("extra", "è/§"), "extra.è/§", "/extra/è~1§"),
        (("extra", "\x1b[2J"), 'extra["\\x1b[2J"]', "/extra/\x1b[2J"),
        (("extra", "\u202e"), 'extra["\\u202e"]', "/extra/\u202e"),
        (("extra", "k" * 81), f'extra["{"k" * 80}…"]', "/extra/" + "k" * 81),
    ],
)
def test_a_path_is_written_for_people_and_as_a_pointer(path: Path, words: str, json_pointer: str) -> None:
    assert dotted(path) == words
    assert pointer(path) == json_pointer


def test_a_sentence_is_put_together_in_the_language_of_the_moment() -> None:
    sentence = say("%(place)s: %(text)s", place="name", text=gettext_lazy("This field is required."))
    assert str(sentence) == f"name: {ENGLISH}"
    with translation.override("it"):
        assert str(sentence) == f"name: {ITALIAN}"
        assert f"{sentence}" == f"name: {ITALIAN}"
        assert f"{sentence:>40}" == f"name: {ITALIAN}".rjust(40)
        assert "%s" % sentence == f"name: {ITALIAN}"  # noqa: UP031
        assert "– " + sentence == f"– name: {ITALIAN}"
        assert json.loads(json.dumps([sentence], cls=DjangoJSONEncoder)) == [f"name: {ITALIAN}"]


def test_a_fault_speaks_the_readers_language_however_deep_it_travels() -> None:
    fault = Fault(gettext_lazy("This field is required."), "required", ("legal", "name"))
    error = ValidationError({"legal": [fault]})
    with translation.override("it"):
        assert error.messages == [f"legal.name: {ITALIAN}"]
        assert error.message_dict == {"legal": [f"legal.name: {ITALIAN}"]}
        assert str(fault.text) == ITALIAN
        assert str(fault) == repr([f"legal.name: {ITALIAN}"])
        assert repr(fault) == f"Fault('legal.name', 'required', '{ITALIAN}')"


def test_values_are_not_taken_for_placeholders() -> None:
    fault = Fault(say("There is no area “%(area)s”.", area="100%s %(x)s {0}"), "unknown_area", ("area",))
    assert ValidationError({"area": [fault]}).messages == ["There is no area “100%s %(x)s {0}”."]
    assert str(say("100 % sure")) == "100 % sure"


def test_refusing_nothing_is_nothing() -> None:
    refuse([])


def test_faults_are_raised_by_column_and_found_again() -> None:
    raised = [
        Fault("one", "a", ("properties", "tilt")),
        Fault("two", "b", ("name",)),
        Fault("three", "c", ("properties", "cop")),
        Fault("four", "d"),
    ]
    with pytest.raises(ValidationError) as caught:
        refuse(raised)
    assert caught.value.message_dict == {
        "properties": ["properties.tilt: one", "properties.cop: three"],
        "name": ["two"],
        NON_FIELD_ERRORS: ["four"],
    }
    found = faults_of(caught.value)
    assert sorted(found, key=raised.index) == raised
    assert all(any(one is other for other in raised) for one in found)


def test_errors_of_djangos_own_become_faults() -> None:
    def collected(error: ValidationError) -> list[tuple[str, str, Path]]:
        return [(fault.code, str(fault.text), fault.path) for fault in faults_of(error)]

    with pytest.raises(ValidationError) as caught:
        MaxLengthValidator(3)("four")
    assert collected(caught.value) == [
        ("max_length", "Ensure this value has at most 3 characters (it has 4).", ())
    ]
    plain = ValidationError({"name": ValidationError("no", code="x"), NON_FIELD_ERRORS: ["neither", "nor"]})
    assert collected(plain) == [("x", "no", ("name",)), ("invalid", "neither", ()), ("invalid", "nor", ())]


def test_an_error_of_djangos_own_stays_translatable() -> None:
    fault = faults_of(ValidationError(gettext_lazy("This field is required.")))[0]
    with translation.override("it"):
        assert str(fault.text) == ITALIAN


def test_a_form_shows_a_fault_with_its_place() -> None:
    class Form(forms.Form):
        legal = forms.CharField()

        def clean(self) -> dict[str, Any]:
            raise ValidationError({"legal": [Fault("Too long.", "too_long", ("legal", "name"))]})

    form = Form({"legal": "x"})
    assert form.errors == {"legal": ["legal.name: Too long."]}
    assert "legal.name: Too long." in str(form["legal"].errors)
    assert form.errors.get_json_data() == {
        "legal": [{"message": "legal.name: Too long.", "code": "too_long"}]
    }
