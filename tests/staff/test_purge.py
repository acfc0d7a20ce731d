"""Purging a member: what goes with it is said, the key is typed, the history stays."""

import pytest

from assets.models import Asset
from members.models import Holding, Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, delete, page, text_of
from tests.staff.conftest import Register

YES = {"key": "m-1", "reason": "asked to be forgotten"}


def purge(member: Member) -> str:
    return page("members.member", "purge", member.pk)


def test_it_says_what_goes_and_deletes_it(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    assert purge(register.anna) in text_of(browser.get(delete(register.anna)))
    text = text_of(browser.get(purge(register.anna)))
    assert "<li>Pv: 1</li>" in text
    assert "<li>Meter: 1</li>" in text
    assert "<li>Holdings: 2</li>" in text
    assert browser.post(purge(register.anna), YES).status_code == 302
    assert set(Member.objects.values_list("key", flat=True)) == {"beta-m-1"}
    assert Asset.objects.count() == 2
    assert not Holding.objects.filter(member_id=register.anna.pk).exists()
    for model, pk in ((Member, register.anna.pk), (Asset, register.meter.pk)):
        last = model.history.filter(id=pk).first()
        assert (last.history_type, last.history_change_reason) == ("-", "asked to be forgotten")


@pytest.mark.parametrize("typed", [{"key": "m-2"}, {"key": ""}, {"reason": ""}, {"reason": "\x00"}])
def test_key_and_reason_are_needed(manager_a: User, register: Register, typed: dict[str, str]) -> None:
    answer = Browser(manager_a).post(purge(register.anna), {**YES, **typed})
    assert answer.status_code in (200, 400)
    assert Member.objects.filter(pk=register.anna.pk).exists()


@pytest.mark.parametrize(
    ("caller", "status"),
    [("editor_a", 403), ("viewer_a", 403), ("manager_b", 404), ("member_a", 302), ("stranger", 302)],
)
def test_managers_of_the_community_only(
    caller: str, status: int, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    assert browser.get(purge(register.anna)).status_code == status
    assert browser.post(purge(register.anna), YES).status_code == status
    assert Member.objects.filter(pk=register.anna.pk).exists()
