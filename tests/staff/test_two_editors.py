"""Two people edit one record: the second is told, and nothing that either did is lost."""

import json
import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction

from assets.models import Asset
from members.models import Member
from recportal.accounts.models import User
from recportal.records.changes import change as changing
from tests.staff.browsing import Browser, change, errors_on, form_on, text_of
from tests.staff.conftest import Register


@pytest.fixture
def opened(manager_a: User, register: Register) -> tuple[Browser, dict[str, str]]:
    """The manager's form of Anna, opened before anybody else changes her."""
    browser = Browser(manager_a)
    return browser, form_on(browser.get(change(register.anna)))


def somebody_else(user: User, record: Any, reason: str = "she said so", **columns: Any) -> None:
    record = type(record).objects.get(pk=record.pk)
    for name, value in columns.items():
        setattr(record, name, value)
    with changing(user, "api", reason):
        record.save()


def test_the_second_one_is_told_who_changed_what(
    opened: tuple[Browser, dict[str, str]], editor_a: User, register: Register
) -> None:
    browser, form = opened
    points = [{"id": "IT 001 E 00000001", "type": "pod", "tariff": "<b>shop"}]
    somebody_else(editor_a, register.anna, status="suspended", delivery_points=points)
    answer = browser.post(change(register.anna), {**form, "name": "Anna II"})
    assert errors_on(answer) == {"__all__": ["changed_meanwhile"]}
    (entry,) = answer.context["conflict"].changes
    assert (entry.who, str(entry.door), entry.reason) == ("editor_a", "API", "she said so")
    assert [(each.place, each.before, each.after) for each in entry.places] == [
        ("delivery_points[0].tariff", "home", "<b>shop"),
        ("status", "active", "suspended"),
    ]
    text = text_of(answer)
    assert "Changed in the meantime" in text
    assert "&lt;b&gt;shop" in text
    assert "<b>shop" not in text
    assert Member.objects.get(pk=register.anna.pk).name == "Anna"


def test_fields_left_alone_show_what_is_stored_now_and_typed_ones_what_was_typed(
    opened: tuple[Browser, dict[str, str]], editor_a: User, register: Register
) -> None:
    browser, form = opened
    somebody_else(editor_a, register.anna, status="suspended", extra={"email": "new@example.org"})
    answer = browser.post(change(register.anna), {**form, "name": "Anna II", "reason": "why"})
    shown = form_on(answer)
    assert (shown["status"], shown["name"], shown["reason"]) == ("suspended", "Anna II", "why")
    assert json.loads(shown["extra"]) == {"email": "new@example.org"}
    assert answer.context["conflict"].both == []


def test_saving_again_goes_through_and_keeps_both(
    opened: tuple[Browser, dict[str, str]], editor_a: User, register: Register
) -> None:
    browser, form = opened
    somebody_else(editor_a, register.anna, status="suspended")
    answer = browser.post(change(register.anna), {**form, "name": "Anna II"})
    assert browser.post(change(register.anna), form_on(answer)).status_code == 302
    anna = Member.objects.get(pk=register.anna.pk)
    assert (anna.name, anna.status, anna.version) == ("Anna II", "suspended", 3)


def test_what_both_changed_keeps_what_was_typed_and_is_named(
    opened: tuple[Browser, dict[str, str]], editor_a: User, register: Register
) -> None:
    browser, form = opened
    somebody_else(editor_a, register.anna, name="Annie", extra={"email": "one@example.org"}, area="south")
    typed = {"name": "Anita", "extra": '{"email": "two@example.org"}', "area": "south"}
    answer = browser.post(change(register.anna), {**form, **typed})
    assert [str(label) for label in answer.context["conflict"].both] == [
        "Name",
        "More",
    ]  # both want the south
    assert form_on(answer).items() >= typed.items()
    assert "<li>Name</li>" in text_of(answer)


def test_a_third_change_is_told_as_well(
    opened: tuple[Browser, dict[str, str]], editor_a: User, register: Register
) -> None:
    browser, form = opened
    somebody_else(editor_a, register.anna, status="suspended")
    somebody_else(editor_a, register.anna, status="inactive")
    answer = browser.post(change(register.anna), {**form, "name": "Anna II"})
    assert len(answer.context["conflict"].changes) == 2
    somebody_else(editor_a, register.anna, status="active")
    again = browser.post(change(register.anna), form_on(answer))
    assert len(again.context["conflict"].changes) == 1
    assert form_on(again)["status"] == "active"
    assert browser.post(change(register.anna), form_on(again)).status_code == 302


def test_what_was_typed_and_cannot_be_read_is_kept(
    opened: tuple[Browser, dict[str, str]], editor_a: User, register: Register
) -> None:
    browser, form = opened
    somebody_else(editor_a, register.anna, extra={"email": "one@example.org"})
    answer = browser.post(change(register.anna), {**form, "extra": '{"email": '})
    assert errors_on(answer) == {"extra": ["invalid_json"], "__all__": ["changed_meanwhile"]}
    assert form_on(answer)["extra"] == '{"email": '


def test_an_area_that_was_renamed_meanwhile_is_no_error_of_the_second_editor(
    opened: tuple[Browser, dict[str, str]], editor_a: User, register: Register
) -> None:
    browser, form = opened
    somebody_else(editor_a, register.anna, area="south")
    areas = {"south": register.a.areas["south"]}
    somebody_else(editor_a, register.a, areas=areas)
    answer = browser.post(change(register.anna), {**form, "name": "Anna II"})
    assert errors_on(answer) == {"__all__": ["changed_meanwhile"]}
    assert form_on(answer)["area"] == "south"


def test_a_new_owner_is_shown_by_name(manager_a: User, editor_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    form = form_on(browser.get(change(register.pv)))
    carla = Member.objects.create(community=register.a, name="Carla", role="consumer", status="active")
    somebody_else(editor_a, register.pv, owner=carla)
    answer = browser.post(change(register.pv), {**form, "name": "Roof"})
    (entry,) = answer.context["conflict"].changes
    assert [(each.place, each.before, each.after) for each in entry.places] == [
        ("owner", "Anna (m-1)", "Carla (m-2)")
    ]
    assert form_on(answer)["owner"] == str(carla.pk)


@pytest.mark.parametrize("seen", ["", "0", "99", "-1", "x", "1.0", "9" * 400])
def test_a_version_that_nobody_has_seen_is_a_conflict(
    opened: tuple[Browser, dict[str, str]], register: Register, seen: str
) -> None:
    browser, form = opened
    answer = browser.post(change(register.anna), {**form, "name": "Anna II", "seen": seen})
    assert errors_on(answer) == {"__all__": ["changed_meanwhile"]}
    shown = form_on(answer)
    assert (shown["name"], shown["seen"]) == ("Anna II", str(register.anna.version))
    assert browser.post(change(register.anna), shown).status_code == 302


def test_a_form_without_a_version_is_a_conflict(
    opened: tuple[Browser, dict[str, str]], register: Register
) -> None:
    browser, form = opened
    form.pop("seen")
    answer = browser.post(change(register.anna), {**form, "name": "Anna II"})
    assert errors_on(answer) == {"__all__": ["changed_meanwhile"]}


def test_a_record_deleted_meanwhile_says_so_and_shows_what_was_typed(
    manager_a: User, editor_a: User, register: Register
) -> None:
    browser = Browser(manager_a)
    form = form_on(browser.get(change(register.pv)))
    with changing(editor_a, "admin", "sold"):
        Asset.objects.get(pk=register.pv.pk).delete()
    answer = browser.post(change(register.pv), {**form, "name": "<i>Roof"})
    assert answer.status_code == 404
    text = text_of(answer)
    assert "It was deleted by editor_a on" in text
    assert '<q class="reason">sold</q>' in text
    assert "&lt;i&gt;Roof" in text
    assert browser.get(change(register.pv)).status_code == 404


def test_a_deleted_record_of_others_is_nothing_to_know_of(manager_a: User, register: Register) -> None:
    Asset.objects.get(pk=register.beta_pv.pk).delete()
    answer = Browser(manager_a).get(change(register.beta_pv))
    assert answer.status_code == 404
    assert "deleted" not in text_of(answer)


@pytest.mark.django_db(transaction=True)
def test_a_change_in_the_very_moment_of_saving_is_told_too(
    manager_a: User, editor_a: User, register: Register
) -> None:
    """The other one holds the lock while the form is sent: the form is sound, only ``save()`` can know."""
    browser = Browser(manager_a)
    form = form_on(browser.get(change(register.anna)))
    answers: list[Any] = []

    def send() -> None:
        answers.append(browser.post(change(register.anna), {**form, "name": "Anna II"}))
        connection.close()

    thread = threading.Thread(target=send)
    with transaction.atomic():
        somebody_else(editor_a, register.anna, status="suspended")
        thread.start()
        time.sleep(0.5)
        assert not answers
    thread.join(timeout=20)
    (answer,) = answers
    assert errors_on(answer) == {"__all__": ["changed_meanwhile"]}
    shown = form_on(answer)
    assert (shown["name"], shown["status"]) == ("Anna II", "suspended")
