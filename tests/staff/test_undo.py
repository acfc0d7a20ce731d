"""Undoing one change of a record's history, after a page that shows what that means."""

from typing import Any

import pytest

from members.models import Member
from recportal.accounts.models import User
from recportal.records.changes import change as changing
from recportal.records.models import Record
from tests.staff.browsing import Browser, history, page, text_of
from tests.staff.conftest import Register

WHY = {"reason": "A mistake"}


def undo(record: Any, row: Any = None) -> str:
    """The address of the page that undoes a change: the last one, if none is named."""
    chosen = row or record.history.first()
    return page(record._meta.label_lower, "undo", record.pk, chosen.pk)


@pytest.fixture
def anna(register: Register, editor_a: User) -> Member:
    """Moved by the editor to the south, with another tariff."""
    register.anna.area = "south"
    register.anna.delivery_points[0]["tariff"] = "shop"
    with changing(editor_a, "admin", "moved"):
        register.anna.save()
    return register.anna


def test_the_history_offers_it_to_whoever_may_change(editor_a: User, viewer_a: User, anna: Member) -> None:
    assert undo(anna) in text_of(Browser(editor_a).get(history(anna)))
    assert "/undo/" not in text_of(Browser(viewer_a).get(history(anna)))
    made = anna.history.last()
    assert undo(anna, made) not in text_of(Browser(editor_a).get(history(anna)))


def test_it_shows_then_now_and_after(editor_a: User, anna: Member) -> None:
    answer = Browser(editor_a).get(undo(anna))
    shown = {each.place: each for each in answer.context["reversals"]}
    area = shown["area"]
    assert (area.label, area.then, area.now, area.result, area.note) == (
        "Area",
        "north",
        "south",
        "north",
        "",
    )
    tariff = shown['delivery_points["IT 001 E 00000001"].tariff']
    assert (tariff.label, tariff.result) == ("Delivery points / IT 001 E 00000001 / Tariff", "home")
    assert Member.objects.get(pk=anna.pk).area == "south"


def test_numbers_of_history_may_be_greater_than_32_bits(editor_a: User, anna: Member) -> None:
    beyond = 2**31 + 7
    anna.history.filter(pk=anna.history.first().pk).update(history_id=beyond)
    assert anna.history.first().pk == beyond
    Browser(editor_a).send(undo(anna), **WHY)
    assert Member.objects.get(pk=anna.pk).area == "north"


def test_it_undoes_that_change_and_no_later_one(editor_a: User, anna: Member) -> None:
    row = anna.history.first()
    anna.delivery_points = [{"id": "new", "type": "other"}, *anna.delivery_points]
    anna.name = "Anna Maria"
    anna.save()
    answer = Browser(editor_a).send(undo(anna, row), **WHY)
    assert (answer.status_code, answer.headers["Location"]) == (302, history(anna))
    now = Member.objects.get(pk=anna.pk)
    assert (now.area, now.name) == ("north", "Anna Maria")
    assert [(each["id"], each.get("tariff")) for each in now.delivery_points] == [
        ("new", None),
        ("IT 001 E 00000001", "home"),
    ]
    last = now.history.first()
    assert (last.history_user, last.history_door, last.history_change_reason) == (
        editor_a,
        "admin",
        "A mistake",
    )


def test_the_reason_is_proposed_and_needed(editor_a: User, anna: Member) -> None:
    browser = Browser(editor_a)
    assert browser.get(undo(anna)).context["form"]["reason"].value().startswith("Undo of the change of ")
    for nothing in ("", "  ", "\0", "x" * 501):
        assert browser.send(undo(anna), reason=nothing).context["form"].errors
    assert Member.objects.get(pk=anna.pk).area == "south"


def test_it_says_what_has_changed_since(editor_a: User, anna: Member) -> None:
    row = anna.history.first()
    anna.area = ""
    anna.delivery_points = []
    anna.save()
    notes = [str(each.note) for each in Browser(editor_a).get(undo(anna, row)).context["reversals"]]
    assert sorted(notes) == [
        "It has changed again since; that is overwritten.",
        "What this belonged to is not there any more: it stays gone.",
    ]


def test_whoever_was_slower_looks_again(editor_a: User, anna: Member) -> None:
    browser = Browser(editor_a)
    row = anna.history.first()
    stale = str(anna.version)
    anna.name = "Anna Maria"
    anna.save()
    answer = browser.send(undo(anna, row), seen=stale, **WHY)
    assert "Somebody else changed this record in the meantime." in text_of(answer)
    assert Member.objects.get(pk=anna.pk).area == "south"
    assert (
        browser.post(undo(anna, row), {"seen": answer.context["form"]["seen"].value(), **WHY}).status_code
        == 302
    )


def test_a_refusal_is_shown_and_nothing_written(manager_a: User, register: Register, anna: Member) -> None:
    register.a.areas = {"south": {"name": "South"}}
    register.a.save()
    answer = Browser(manager_a).send(undo(anna), **WHY)
    assert "The community has no area “north”." in text_of(answer)
    assert Member.objects.get(pk=anna.pk).area == "south"


def test_an_account_is_not_given_back(manager_a: User, stranger: User, register: Register) -> None:
    anna = register.anna
    anna.account = stranger
    anna.save()
    anna.account = None
    anna.save()
    answer = Browser(manager_a).get(undo(anna))
    assert answer.context["works"] is False
    Browser(manager_a).post(undo(anna), {"seen": str(anna.version), **WHY})
    assert Member.objects.get(pk=anna.pk).account is None


def test_what_is_no_change_is_not_found(manager_a: User, register: Register, anna: Member) -> None:
    browser = Browser(manager_a)
    made, of_another = anna.history.last(), register.pv.history.first()
    for row in (made.pk, of_another.pk + 10_000, 0, "9" * 400, "x", "1.5"):
        url = page("members.member", "undo", anna.pk, row)
        assert browser.get(url).status_code == 404
        assert browser.post(url, WHY).status_code == 404


@pytest.mark.parametrize("record", ["a", "anna", "pv"])
def test_others_undo_nothing(
    viewer_a: User, manager_b: User, member_a: User, stranger: User, register: Register, record: str
) -> None:
    changed: Record = getattr(register, record)
    changed.extra = {**changed.extra, "note": "x"}  # type: ignore[attr-defined]  # each has one
    changed.save()
    for caller, status in ((viewer_a, 403), (manager_b, 404), (member_a, 302), (stranger, 302)):
        browser = Browser(caller)
        assert browser.get(undo(changed)).status_code == status
        assert browser.post(undo(changed), {"seen": "2", **WHY}).status_code == status
    assert changed.history.count() == type(changed)._base_manager.get(pk=changed.pk).version


def test_an_editor_does_not_undo_a_change_of_the_community(editor_a: User, register: Register) -> None:
    register.a.name = "Other"
    register.a.save()
    assert Browser(editor_a).get(undo(register.a)).status_code == 403
