"""Documents in the admin's forms: an input for each value, errors at the input, rows, and the JSON behind."""

import re
from typing import Any

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, errors_on, form_on, text_of
from tests.staff.conftest import Register

ADD = "/admin/assets/asset/add/"


def at_input(answer: Any, name: str) -> list[str]:
    """What the page says is wrong at one input."""
    found = re.search(
        rf'<ul class="errorlist" id="id_{re.escape(name)}_error">(.*?)</ul>', text_of(answer), re.S
    )
    return re.findall(r"<li>(.*?)</li>", found[1]) if found else []


def test_values_are_typed_into_inputs_with_label_unit_bounds_and_help(
    manager_a: User, register: Register
) -> None:
    page = text_of(Browser(manager_a).get(change(register.pv)))
    assert re.search(r'<label for="id_properties-pv-tilt">Tilt <span class="unit">\(°\)</span></label>', page)
    assert "0 to 90°." in page
    assert form_on(Browser(manager_a).get(change(register.pv)))["properties-pv-capacity_kwp"] == "4.5"
    assert "properties-storage-capacity_kwh" not in page  # the type never changes


def test_a_typed_value_is_saved_and_the_rest_kept(manager_a: User, register: Register) -> None:
    register.pv.properties = {**register.pv.properties, "own": [1]}
    register.pv.save()
    answer = Browser(manager_a).send(change(register.pv), **{"properties-pv-tilt": "0"})
    assert answer.status_code == 302, errors_on(answer)
    stored = Asset.objects.get(pk=register.pv.pk).properties
    assert repr(sorted(stored.items())) == repr([("capacity_kwp", 4.5), ("own", [1]), ("tilt", 0)])


def test_an_error_stands_at_its_input_with_what_was_typed(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(
        change(register.pv), **{"properties-pv-tilt": "120", "properties-pv-capacity_kwp": "many"}
    )
    assert errors_on(answer) == {"properties": ["invalid", "too_large"]}
    assert at_input(answer, "properties-pv-capacity_kwp") == ["Enter a number."]
    answer = Browser(manager_a).send(change(register.pv), **{"properties-pv-tilt": "120"})
    assert at_input(answer, "properties-pv-tilt") == ["This must be at most 90°."]
    assert form_on(answer)["properties-pv-tilt"] == "120"
    assert Asset.objects.get(pk=register.pv.pk).version == 1


def test_all_types_have_their_inputs_and_the_chosen_one_counts(editor_a: User, register: Register) -> None:
    browser = Browser(editor_a)
    form = form_on(browser.get(ADD, owner=register.anna.pk))
    for name in ("pv-tilt", "storage-capacity_kwh", "meter-pod", "ev_charger-max_power_kw", "heat_pump-cop"):
        assert form[f"properties-{name}"] == ""
    typed = {"name": "Battery", "asset_type": "storage", "properties-storage-capacity_kwh": "9,6"}
    answer = browser.post(ADD, {**form, **typed, "properties-pv-tilt": "x"})
    assert answer.status_code == 302, errors_on(answer)
    assert Asset.objects.get(name="Battery").properties == {"capacity_kwh": 9.6}


def test_delivery_points_are_rows(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    form = form_on(browser.get(change(register.anna)))
    assert form["delivery_points-0-id"] == "IT 001 E 00000001"
    more = {"delivery_points-1-id": "IT001E00000002", "delivery_points-1-type": "pod"}
    answer = browser.post(change(register.anna), {**form, **more, "delivery_points-0-active": "false"})
    assert answer.status_code == 302, errors_on(answer)
    assert Member.objects.get(pk=register.anna.pk).delivery_points == [
        {"id": "IT 001 E 00000001", "type": "pod", "tariff": "home", "active": False},
        {"id": "IT001E00000002", "type": "pod"},
    ]


def test_an_error_of_a_row_stands_in_the_row(manager_a: User, register: Register) -> None:
    typed = {"delivery_points-1-id": "IT001E00000002"}
    answer = Browser(manager_a).send(change(register.anna), **typed)
    assert errors_on(answer) == {"delivery_points": ["required"]}
    assert at_input(answer, "delivery_points-1-type") == ["This is required."]


def test_what_save_has_to_say_stands_at_the_input_too(manager_a: User, register: Register) -> None:
    """A point that is held elsewhere is seen by save() alone."""
    typed = {"delivery_points-1-id": "IT001E00000099", "delivery_points-1-type": "pod"}
    answer = Browser(manager_a).send(change(register.anna), **typed)
    assert errors_on(answer) == {"delivery_points": ["delivery_point_held"]}
    (message,) = at_input(answer, "delivery_points-1-id")
    assert "held already" in message
    assert "beta" not in text_of(answer).lower()


def test_a_row_is_removed_by_its_box(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(change(register.anna), **{"delivery_points-0-remove": "on"})
    assert answer.status_code == 302
    assert Member.objects.get(pk=register.anna.pk).delivery_points == []


def test_operators_are_rows_under_their_keys(manager_a: User, register: Register) -> None:
    typed = {"extra-operators-0-key": "edis", "extra-operators-0-name": "E-Dis"}
    answer = Browser(manager_a).send(change(register.a), **typed)
    assert answer.status_code == 302, errors_on(answer)
    assert Community.objects.get(pk=register.a.pk).extra == {"operators": {"edis": {"name": "E-Dis"}}}


def test_unknown_keys_are_shown_and_the_json_is_there(manager_a: User, register: Register) -> None:
    register.anna.extra = {**register.anna.extra, "shoe_size": 43}
    register.anna.save()
    page = text_of(Browser(manager_a).get(change(register.anna)))
    assert re.search(r"<dt[^>]*>shoe_size</dt>\s*<dd>43</dd>", page)
    assert "<summary>As JSON text</summary>" in page


def test_both_ways_at_once_are_refused_and_nothing_is_lost(manager_a: User, register: Register) -> None:
    typed = {"properties": '{"tilt": 3}', "properties-pv-tilt": "4"}
    answer = Browser(manager_a).send(change(register.pv), **typed)
    assert errors_on(answer) == {"properties": ["ambiguous"]}
    form = form_on(answer)
    assert (form["properties"].strip(), form["properties-pv-tilt"]) == ('{"tilt": 3}', "4")


def test_a_form_for_a_new_record_shows_the_key_that_it_would_get(editor_a: User, register: Register) -> None:
    browser = Browser(editor_a)
    assert 'placeholder="m-2"' in text_of(browser.get("/admin/members/member/add/"))
    asset = browser.get(ADD, owner=register.anna.pk, asset_type="meter")
    assert 'placeholder="meter-2"' in text_of(asset)


def test_the_next_key_of_a_community_of_others_is_not_told(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    member = text_of(browser.get("/admin/members/member/add/", community=register.b.pk))
    asset = text_of(browser.get(ADD, owner=register.beta.pk, asset_type="pv"))
    assert "beta" not in member
    assert "beta" not in asset


def test_what_cannot_be_read_and_what_is_out_of_bounds_are_told_at_once(
    manager_a: User, register: Register
) -> None:
    typed = {"properties-pv-capacity_kwp": "lots", "properties-pv-tilt": "120"}
    answer = Browser(manager_a).send(change(register.pv), **typed)
    assert sorted(errors_on(answer)["properties"]) == ["invalid", "too_large"]
    assert at_input(answer, "properties-pv-tilt") == ["This must be at most 90°."]
    assert at_input(answer, "properties-pv-capacity_kwp") == ["Enter a number."]


def test_a_record_that_is_gone_gives_back_what_was_typed_in_the_inputs(
    manager_a: User, register: Register
) -> None:
    browser = Browser(manager_a)
    form = form_on(browser.get(change(register.pv)))
    Asset.objects.get(pk=register.pv.pk).delete()
    answer = browser.post(change(register.pv), {**form, "properties-pv-pod": "<i>IT001"})
    assert answer.status_code == 404
    assert "&lt;i&gt;IT001" in text_of(answer)
