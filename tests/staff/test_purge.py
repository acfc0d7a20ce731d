"""Purging a member: what goes is said, the key is typed, the history stays."""

import pytest

from assets.models import Asset
from members.invitations import invite
from members.models import Holding, Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, delete, listing, page, text_of
from tests.staff.conftest import Register

YES = {"key": "m-1", "reason": "Died"}


def purge(member: Member) -> str:
    return page("members.member", "purge", member.pk)


def test_it_is_linked_where_assets_are_in_the_way(manager_a: User, register: Register) -> None:
    assert purge(register.anna) in text_of(Browser(manager_a).get(delete(register.anna)))
    assert purge(register.anna) in text_of(Browser(manager_a).get(change(register.anna)))


def test_it_says_what_goes(manager_a: User, stranger: User, register: Register) -> None:
    invite(register.anna, manager_a)
    register.anna.account = stranger
    register.anna.save()
    answer = Browser(manager_a).get(purge(register.anna))
    assert answer.context["goes"] == [
        ("Assets: pv", 1),
        ("Assets: meter", 1),
        ("Holdings", 2),
        ("Invitations", 1),
        ("Link to the account", 1),
    ]
    assert "Assets: meter: 1" in text_of(answer)


def test_it_deletes_the_member_and_keeps_the_history(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(purge(register.anna), **YES)
    assert (answer.status_code, answer.headers["Location"]) == (302, listing("members.member"))
    assert set(Member.objects.values_list("key", flat=True)) == {"beta-m-1"}
    assert set(Asset.objects.values_list("key", flat=True)) == {"beta-pv-1", "beta-meter-1"}
    assert not Holding.objects.exclude(member=register.beta).exists()
    for history in (Member.history.filter(id=register.anna.pk), Asset.history.filter(id=register.pv.pk)):
        last = history.first()
        assert (last.history_type, last.history_user, last.history_change_reason) == ("-", manager_a, "Died")


@pytest.mark.parametrize(
    "wrong", [{"key": "m-2"}, {"key": "M-1"}, {"key": ""}, {"reason": ""}, {"reason": "\0"}, {"seen": "x"}]
)
def test_it_needs_the_key_and_a_reason(manager_a: User, register: Register, wrong: dict[str, str]) -> None:
    answer = Browser(manager_a).send(purge(register.anna), **{**YES, **wrong})
    assert answer.context["form"].errors
    assert Member.objects.filter(pk=register.anna.pk).exists()


def test_whoever_was_slower_looks_again(manager_a: User, register: Register) -> None:
    register.anna.name = "Anna Maria"
    register.anna.save()
    answer = Browser(manager_a).post(purge(register.anna), {**YES, "seen": "1"})
    assert "Somebody else changed this record in the meantime." in text_of(answer)
    assert register.anna.assets.count() == 2


def test_others_purge_nothing(
    editor_a: User, viewer_a: User, manager_b: User, member_a: User, stranger: User, register: Register
) -> None:
    callers = ((editor_a, 403), (viewer_a, 403), (manager_b, 404), (member_a, 302), (stranger, 302))
    for caller, status in callers:
        assert Browser(caller).get(purge(register.anna)).status_code == status
        assert Browser(caller).post(purge(register.anna), {**YES, "seen": "1"}).status_code == status
    assert Asset.objects.count() == 4
