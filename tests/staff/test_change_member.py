"""The form of a member: add, look at, change."""

import json

import pytest

from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, errors_on, form_on, listing, text_of
from tests.staff.conftest import Register

ADD = "/admin/members/member/add/"
NEW = {"name": "Carla", "role": "consumer", "status": "active"}


def test_adding_works(editor_a: User, register: Register) -> None:
    answer = Browser(editor_a).send(ADD, **NEW, reason="she asked")
    assert answer.status_code == 302, errors_on(answer)
    carla = Member.objects.get(name="Carla")
    assert carla.community == register.a  # the only one there is to choose is chosen
    assert carla.key == "m-2"  # proposed
    made = carla.history.get()
    assert (made.history_user, made.history_door, made.history_change_reason) == (
        editor_a,
        "admin",
        "she asked",
    )


def test_adding_takes_all_columns(editor_a: User, register: Register) -> None:
    typed = {
        **NEW,
        "key": "carla",
        "area": "south",
        "user_id": " carla ",
        "delivery_points": '[{"id": " IT001E5 ", "type": "pod"}]',
        "extra": '{"email": "c@example.org", "shoe_size": 42}',
    }
    assert Browser(editor_a).send(ADD, **typed).status_code == 302
    carla = Member.objects.get(key="carla")
    assert (carla.area, carla.user_id) == ("south", "carla")
    assert carla.delivery_points == [{"id": "IT001E5", "type": "pod"}]
    assert carla.extra == {"email": "c@example.org", "shoe_size": 42}
    assert carla.holdings.get().code == "it001e5"


def test_the_address_can_fill_in_some_of_it(editor_a: User, register: Register) -> None:
    form = form_on(
        Browser(editor_a).get(ADD, role="operator", area="south", community=register.a.pk, name="X")
    )
    assert (form["role"], form["area"], form["community"]) == ("operator", "south", str(register.a.pk))
    assert form["name"] == ""


def test_saving_without_a_change_changes_nothing(manager_a: User, register: Register) -> None:
    assert Browser(manager_a).send(change(register.anna)).status_code == 302
    after = Member.objects.get(pk=register.anna.pk)
    assert (after.version, after.history.count()) == (1, 1)


def test_changing_works_and_keeps_the_reason(editor_a: User, register: Register) -> None:
    answer = Browser(editor_a).send(change(register.anna), status="suspended", area="south", reason=" moved ")
    assert answer.status_code == 302
    anna = Member.objects.get(pk=register.anna.pk)
    assert (anna.status, anna.area, anna.version) == ("suspended", "south", 2)
    last = anna.history.first()
    assert (last.history_user, last.history_door, last.history_change_reason) == (editor_a, "admin", "moved")


def test_key_and_community_stay_as_they_are(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    form = form_on(browser.get(change(register.anna)))
    assert not {"key", "community"} & form.keys()
    answer = browser.send(change(register.anna), key="other", community=str(register.b.pk), name="New")
    assert answer.status_code == 302
    anna = Member.objects.get(pk=register.anna.pk)
    assert (anna.key, anna.community, anna.name) == ("m-1", register.a, "New")


def test_another_person_is_asked_by_a_tick(editor_a: User, register: Register) -> None:
    browser, form = Browser(editor_a), change(register.anna)
    assert browser.send(form, name="Giulia Verdi").status_code == 302  # with the codes of before
    other = {"name": "Comune di Pontelarno", "user_id": "", "delivery_points": "[]", "extra": "{}"}
    answer = browser.send(form, **other)
    assert errors_on(answer) == {"name": ["another_person"]}
    page = text_of(answer)
    assert "“Comune di Pontelarno” is the same as “Giulia Verdi”, under a new name." in page
    assert form_on(answer)["name"] == "Comune di Pontelarno"
    assert "confirm" not in form_on(answer)  # not ticked
    assert errors_on(browser.send(form, **other, confirm="another_asset")) == {"name": ["another_person"]}
    refused = browser.post(form, {**form_on(answer), "confirm": "another_person", "status": "king"})
    assert "name" not in errors_on(refused)
    assert form_on(refused)["confirm"] == "another_person"  # said once
    assert Member.objects.get(pk=register.anna.pk).name == "Giulia Verdi"
    assert browser.post(form, {**form_on(refused), "status": "active"}).status_code == 302
    assert Member.objects.get(pk=register.anna.pk).name == "Comune di Pontelarno"


def test_the_area_is_chosen_from_those_of_the_community(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    assert '<option value="south">South</option>' in text_of(browser.get(change(register.anna)))
    assert browser.send(change(register.anna), area="").status_code == 302
    assert Member.objects.get(pk=register.anna.pk).area == ""


def test_an_area_that_is_gone_is_still_shown(manager_a: User, register: Register) -> None:
    Member.objects.filter(pk=register.anna.pk).update(area="gone")
    browser = Browser(manager_a)
    assert form_on(browser.get(change(register.anna)))["area"] == "gone"
    assert browser.send(change(register.anna), name="Anna II").status_code == 302


def test_documents_are_readable_text(manager_a: User, register: Register) -> None:
    form = form_on(Browser(manager_a).get(change(register.anna)))
    assert form["extra"] == '{\r\n  "email": "m-1@example.org"\r\n}'
    assert json.loads(form["delivery_points"]) == register.anna.delivery_points


def test_what_was_typed_wrongly_comes_back_with_an_error_at_the_field(
    manager_a: User, register: Register
) -> None:
    typed = '{"email": "a@b.c",\r\n "joined_on": 5, }'
    answer = Browser(manager_a).send(change(register.anna), extra=typed, name="Anna II")
    assert errors_on(answer) == {"extra": ["invalid_json"]}
    form = form_on(answer)
    assert (form["extra"], form["name"]) == (typed, "Anna II")


def test_an_error_names_its_place_in_the_document(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(change(register.anna), extra='{"joined_on": 5}')
    assert errors_on(answer) == {"extra": ["wrong_type"]}
    assert "extra.joined_on: Text is expected here" in text_of(answer)


def test_an_emptied_document_is_empty(manager_a: User, register: Register) -> None:
    assert Browser(manager_a).send(change(register.anna), extra="", delivery_points=" ").status_code == 302
    anna = Member.objects.get(pk=register.anna.pk)
    assert (anna.extra, anna.delivery_points) == ({}, [])


def test_it_shows_what_the_member_holds_and_leads_to_its_assets(manager_a: User, register: Register) -> None:
    text = text_of(Browser(manager_a).get(change(register.anna)))
    assert "<code>it001e00000001</code>" in text
    assert "<code>sensor-1</code>" in text
    assert f'<a href="/admin/assets/asset/?owner={register.anna.pk}">2</a>' in text


def test_it_shows_what_looks_wrong(manager_a: User, register: Register) -> None:
    Member.objects.filter(pk=register.anna.pk).update(user_id="")
    answer = Browser(manager_a).get(change(register.anna))
    assert "no_account" in {notice.code for notice in answer.context["notices"]}
    assert "This active member has no account yet." in text_of(answer)


def test_a_viewer_sees_values_with_labels_and_cannot_save(viewer_a: User, register: Register) -> None:
    browser = Browser(viewer_a)
    register.anna.extra = {"email": "<b>@example.org", "shoe_size": 42}
    register.anna.save()
    answer = browser.get(change(register.anna))
    text = text_of(answer)
    assert form_on(answer) == {}
    assert ">Tariff</dt>" in text
    assert "<dd>home</dd>" in text
    assert "shoe_size</dt>" in text
    assert "&lt;b&gt;@example.org" in text
    assert "<textarea" not in text
    assert 'name="_save"' not in text
    assert browser.post(change(register.anna), {"name": "X"}).status_code == 403
    assert browser.get(ADD).status_code == 403
    assert browser.post(ADD, NEW).status_code == 403


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(
    caller: str, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    for url in (ADD, change(register.anna)):
        assert browser.get(url).status_code == 302
        assert browser.post(url, NEW).status_code == 302
    assert not Member.objects.filter(name="Carla").exists()


def test_another_manager_does_not_find_it(manager_b: User, register: Register) -> None:
    browser = Browser(manager_b)
    assert browser.get(change(register.anna)).status_code == 404
    assert browser.post(change(register.anna), {"name": "X"}).status_code == 404


def test_text_of_several_lines_is_given_back_as_it_was(superuser: User, register: Register) -> None:
    register.a.description = "one\ntwo\n"
    register.a.save()
    assert Browser(superuser).send(change(register.a)).status_code == 302
    after = Community.objects.get(pk=register.a.pk)
    assert (after.description, after.version) == ("one\ntwo\n", register.a.version)


def test_saving_leads_back_to_the_list_as_it_was_filtered(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(change(register.anna) + "?_changelist_filters=role%3Dprosumer", name="A")
    assert answer.headers["Location"] == listing("members.member") + "?role=prosumer"
