"""Deleting records: one, and several together."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.db.models.signals import pre_delete
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from communities.models import Community
from members.models import Holding, Member
from recportal.accounts.models import User
from recportal.documents.faults import Fault
from tests.staff.browsing import Browser, change, delete, form_on, listing, text_of
from tests.staff.conftest import Register

YES = {"post": "yes", "reason": "sold"}


def in_bulk(browser: Browser, *records: Any, **more: Any) -> Any:
    chosen = [record.pk for record in records]
    data = {"action": "delete_selected", ACTION_CHECKBOX_NAME: chosen, **more}
    return browser.client.post(listing(records[0]._meta.label_lower), data, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_an_editor_deletes_an_asset(editor_a: User, register: Register) -> None:
    browser = Browser(editor_a)
    form = form_on(browser.get(delete(register.meter)))
    answer = browser.post(delete(register.meter), {**form, "reason": "sold"})
    assert (answer.status_code, answer.headers["Location"]) == (302, listing("assets.asset"))
    assert not Asset.objects.filter(pk=register.meter.pk).exists()
    assert not Holding.objects.filter(kind="sensor", code="sensor-1", until=None).exists()
    last = Asset.history.filter(id=register.meter.pk).first()
    assert (last.history_type, last.history_user, last.history_door, last.history_change_reason) == (
        "-",
        editor_a,
        "admin",
        "sold",
    )


def test_a_member_with_assets_is_not_deleted(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    text = text_of(browser.get(delete(register.anna)))
    assert "2 assets" in text
    assert 'type="submit"' not in text.split('id="content"')[1]
    assert browser.post(delete(register.anna), YES).status_code == 200
    assert Member.objects.filter(pk=register.anna.pk).exists()


def test_a_manager_deletes_a_member_without_assets(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    register.pv.delete()
    register.meter.delete()
    assert "Holdings: " in text_of(browser.get(delete(register.anna)))
    assert browser.post(delete(register.anna), YES).status_code == 302
    assert not Member.objects.filter(pk=register.anna.pk).exists()


def test_an_editor_deletes_no_member(editor_a: User, register: Register) -> None:
    browser = Browser(editor_a)
    assert browser.get(delete(register.anna)).status_code == 403
    assert browser.post(delete(register.anna), YES).status_code == 403
    assert "deletelink" not in text_of(browser.get(change(register.anna)))


@pytest.mark.parametrize("caller", ["manager_a", "viewer_a"])
def test_staff_delete_no_community(caller: str, request: pytest.FixtureRequest, register: Register) -> None:
    browser = Browser(request.getfixturevalue(caller))
    assert browser.get(delete(register.a)).status_code == 403
    assert browser.post(delete(register.a), YES).status_code == 403


def test_a_superuser_deletes_an_empty_community_only(superuser: User, register: Register) -> None:
    browser = Browser(superuser)
    assert browser.post(delete(register.a), YES).status_code == 200
    empty = Community.objects.create(name="Empty")
    assert browser.post(delete(empty), YES).status_code == 302
    assert list(Community.objects.values_list("key", flat=True)) == ["alpha", "beta"]


@pytest.mark.parametrize("caller", ["member_a", "stranger", "manager_b", "viewer_a"])
def test_others_delete_nothing(caller: str, request: pytest.FixtureRequest, register: Register) -> None:
    browser = Browser(request.getfixturevalue(caller))
    for record in (register.pv, register.anna):
        assert browser.post(delete(record), YES).status_code in (302, 403, 404)
        in_bulk(browser, record, **YES)
    assert Asset.objects.count() == 4
    assert Member.objects.filter(pk=register.anna.pk).exists()


def test_the_page_of_a_large_community_counts_and_does_not_list(superuser: User, register: Register) -> None:
    template = Member(community=register.a, name="Crowd", role="consumer", version=1)
    Member.objects.bulk_create(
        [
            Member(
                community=template.community, key=f"crowd-{number}", name="Crowd", role="consumer", version=1
            )
            for number in range(5000)
        ],
        batch_size=1000,
    )
    browser = Browser(superuser)
    browser.get(delete(register.b))
    with CaptureQueriesContext(
        connection,
    ) as small:
        browser.get(delete(register.b))
    with CaptureQueriesContext(connection) as large:
        answer = browser.get(delete(register.a))
    assert len(large) == len(small)
    text = text_of(answer)
    assert "5001 members" in text
    assert "Crowd" not in text
    assert len(text) < 20_000


def test_several_are_deleted_together_after_a_page_that_asks(editor_a: User, register: Register) -> None:
    browser = Browser(editor_a)
    answer = in_bulk(browser, register.pv, register.meter)
    form = form_on(answer)
    assert "pv-1 of m-1 (pv-1)" in text_of(answer)
    assert (form["action"], form["post"]) == ("delete_selected", "yes")
    assert Asset.objects.count() == 4
    answer = in_bulk(browser, register.pv, register.meter, **YES)
    assert said(answer) == ["2 records were deleted."]
    assert set(Asset.objects.values_list("key", flat=True)) == {"beta-pv-1", "beta-meter-1"}
    assert (
        Asset.history.filter(history_type="-", history_user=editor_a, history_change_reason="sold").count()
        == 2
    )


def test_what_is_in_the_way_of_one_is_in_the_way_of_all(manager_a: User, register: Register) -> None:
    carla = Member.objects.create(community=register.a, key="m-2", name="Carla", role="consumer")
    browser = Browser(manager_a)
    assert "2 assets" in text_of(in_bulk(browser, register.anna, carla))
    assert "2 assets" in text_of(in_bulk(browser, register.anna, carla, **YES))
    assert Member.objects.filter(community=register.a).count() == 2


@pytest.fixture
def not_carla(register: Register) -> Iterator[Member]:
    """A member whose deletion is refused in its very moment, when the pages have looked already."""
    carla = Member.objects.create(community=register.a, key="m-2", name="Carla", role="consumer")

    def refuse(instance: Member, **_rest: Any) -> None:
        if instance.pk == carla.pk:
            raise Fault("She has come by an asset.", "member_has_assets")

    pre_delete.connect(refuse, sender=Member)
    yield carla
    pre_delete.disconnect(refuse, sender=Member)


def test_all_are_deleted_or_none_and_it_is_said_why(
    manager_a: User, register: Register, not_carla: Member
) -> None:
    first = Member.objects.create(community=register.a, key="m-3", name="Dora", role="consumer")
    last = Member.objects.create(community=register.a, key="m-4", name="Emma", role="consumer")
    answer = in_bulk(Browser(manager_a), first, not_carla, last, **YES)
    assert said(answer) == ["Carla (m-2): She has come by an asset."]
    assert Member.objects.filter(community=register.a).count() == 4


def test_a_late_refusal_is_said_and_the_record_stays(
    manager_a: User, register: Register, not_carla: Member
) -> None:
    answer = Browser(manager_a).client.post(delete(not_carla), YES, follow=True)
    assert answer.redirect_chain == [(delete(not_carla), 302)]
    assert said(answer) == ["She has come by an asset."]
    assert Member.objects.filter(pk=not_carla.pk).exists()


def test_too_many_at_once_are_refused(superuser: User, register: Register) -> None:
    for number in range(201):
        Asset.objects.create(owner=register.anna, key=f"x-{number}", name="X", asset_type="load")
    answer = in_bulk(Browser(superuser), register.pv, select_across="1", **YES)
    assert said(answer) == ["At most 200 records are changed or deleted at once."]
    assert Asset.objects.count() == 205


def test_nothing_chosen_is_nothing_done(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    for chosen in ("abc", "9" * 400, "-1", "", "1.5"):
        data = {"action": "delete_selected", ACTION_CHECKBOX_NAME: chosen, **YES}
        assert browser.post(listing("assets.asset"), data).status_code == 200
        assert browser.post(listing("assets.asset"), {**data, "index": "0"}).status_code == 302
    assert Asset.objects.count() == 4
