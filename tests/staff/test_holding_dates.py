"""What a member holds and held, and the days of it corrected."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from members.models import Holding, Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, page, text_of
from tests.staff.conftest import Register

WHY = "As in the contract"


def listed(member: Member) -> str:
    return page("members.member", "holdings", member.pk)


def dates(holding: Holding) -> str:
    return page("members.member", "holding_dates", holding.member_id, holding.pk)


@pytest.fixture
def now(register: Register) -> Holding:
    """What Anna holds now."""
    return Holding.objects.get(code="it001e00000001")


@pytest.fixture
def once(register: Register) -> Holding:
    """What Carla held before Anna."""
    carla = Member.objects.create(community=register.a, key="m-2", name="Carla", role="consumer")
    return Holding.objects.create(
        kind="delivery_point",
        code="it001e00000001",
        member=carla,
        since=date(2020, 1, 1),
        until=date(2021, 1, 1),
    )


def test_they_are_listed_for_viewers_and_corrected_by_editors(
    editor_a: User, viewer_a: User, register: Register, now: Holding
) -> None:
    for caller, offered in ((editor_a, True), (viewer_a, False)):
        text = text_of(Browser(caller).get(listed(register.anna)))
        assert "it001e00000001" in text
        assert "sensor-1" in text
        assert (dates(now) in text) is offered


def test_an_open_one_gets_another_beginning(editor_a: User, register: Register, now: Holding) -> None:
    answer = Browser(editor_a).send(dates(now), since="2023-05-01", reason=WHY)
    assert (answer.status_code, answer.headers["Location"]) == (302, listed(register.anna))
    now.refresh_from_db()
    assert (now.since, now.until) == (date(2023, 5, 1), None)
    last = Member.objects.get(pk=register.anna.pk).history.first()
    assert (last.version, last.history_user) == (2, editor_a)
    assert last.history_change_reason == "Days of it001e00000001 corrected, from 2023-05-01: " + WHY
    call_command("check_registry")


def test_an_ended_one_gets_both_days(editor_a: User, once: Holding) -> None:
    Browser(editor_a).send(dates(once), since="2019-01-01", until="2019-06-01", reason=WHY)
    once.refresh_from_db()
    assert (once.since, once.until) == (date(2019, 1, 1), date(2019, 6, 1))


@pytest.mark.parametrize("since", ["2019-01-01", "2020-06-01", "2020-12-31"])
def test_two_holders_never_overlap(editor_a: User, now: Holding, once: Holding, since: str) -> None:
    answer = Browser(editor_a).send(dates(now), since=since, reason=WHY)
    assert "It had another holder for some of these days." in text_of(answer)
    assert "Carla" not in text_of(answer)
    before = now.since
    now.refresh_from_db()
    assert now.since == before


def test_one_begins_on_the_day_on_which_the_other_ends(editor_a: User, now: Holding, once: Holding) -> None:
    assert Browser(editor_a).send(dates(now), since="2021-01-01", reason=WHY).status_code == 302


def test_days_that_do_not_do_are_refused(editor_a: User, once: Holding) -> None:
    tomorrow = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011  # beyond any calendar's today
    for wrong in (
        {"since": ""},
        {"since": "x"},
        {"since": "\0"},
        {"until": ""},
        {"until": tomorrow},
        {"since": tomorrow, "until": tomorrow},
        {"since": "2020-01-02", "until": "2020-01-01"},
        {"reason": ""},
        {"reason": "\0"},
    ):
        answer = Browser(editor_a).send(dates(once), **{"reason": WHY, **wrong})
        assert answer.context["form"].errors, wrong
    assert list(Holding.objects.filter(pk=once.pk).values_list("since", "until")) == [
        (date(2020, 1, 1), date(2021, 1, 1))
    ]


def test_what_is_none_of_the_members_is_not_found(editor_a: User, register: Register, once: Holding) -> None:
    for pk in (once.pk, 0, "9" * 400, "x"):
        url = page("members.member", "holding_dates", register.anna.pk, pk)
        assert Browser(editor_a).get(url).status_code == 404


def test_others_correct_nothing(
    viewer_a: User, manager_b: User, member_a: User, stranger: User, register: Register, now: Holding
) -> None:
    for caller, status in ((viewer_a, 403), (manager_b, 404), (member_a, 302), (stranger, 302)):
        browser = Browser(caller)
        assert browser.get(dates(now)).status_code == status
        assert browser.post(dates(now), {"since": "2020-01-01", "reason": WHY}).status_code == status
        assert browser.get(listed(register.anna)).status_code == (200 if caller == viewer_a else status)
    before = now.since
    now.refresh_from_db()
    assert now.since == before
