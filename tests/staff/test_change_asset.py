"""The form of an asset: add, look at, change."""

import pytest

from assets.models import Asset
from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, errors_on, form_on, text_of
from tests.staff.conftest import Register

ADD = "/admin/assets/asset/add/"


@pytest.fixture
def new(register: Register) -> dict[str, str]:
    return {"owner": str(register.anna.pk), "asset_type": "storage", "name": "Battery"}


def test_adding_works(editor_a: User, register: Register, new: dict[str, str]) -> None:
    answer = Browser(editor_a).send(ADD, **new, properties='{"capacity_kwh": 10}', sensor_id=" s-9 ")
    assert answer.status_code == 302, errors_on(answer)
    asset = Asset.objects.get(name="Battery")
    assert asset.community == register.a  # the owner's
    assert asset.key == "storage-0001"  # proposed
    assert (asset.properties, asset.sensor_id) == ({"capacity_kwh": 10}, "s-9")
    assert asset.holdings.get().member == register.anna
    assert asset.history.get().history_user == editor_a


def test_the_community_is_no_input(editor_a: User, register: Register, new: dict[str, str]) -> None:
    browser = Browser(editor_a)
    assert "community" not in form_on(browser.get(ADD))
    assert browser.send(ADD, **new, community=str(register.b.pk)).status_code == 302
    assert Asset.objects.get(name="Battery").community == register.a


def test_the_address_can_choose_the_owner(editor_a: User, register: Register) -> None:
    form = form_on(Browser(editor_a).get(ADD, owner=register.anna.pk, asset_type="meter"))
    assert (form["owner"], form["asset_type"]) == (str(register.anna.pk), "meter")


@pytest.mark.parametrize("owner", ["x", "0", "9" * 400, "-1", "1.5", "٣"])
def test_an_owner_that_is_no_id_is_no_owner(
    editor_a: User, register: Register, new: dict[str, str], owner: str
) -> None:
    browser = Browser(editor_a)
    assert form_on(browser.get(ADD, owner=owner))["owner"] == ""
    answer = browser.send(ADD, **{**new, "owner": owner})
    assert errors_on(answer) == {"owner": ["invalid_choice"]}


def test_no_owner_is_an_error(editor_a: User, register: Register, new: dict[str, str]) -> None:
    assert errors_on(Browser(editor_a).send(ADD, **{**new, "owner": ""})) == {"owner": ["required"]}


def test_changing_works(editor_a: User, register: Register) -> None:
    carla = Member.objects.create(community=register.a, name="Carla", role="consumer", status="active")
    answer = Browser(editor_a).send(change(register.meter), owner=str(carla.pk), name="Meter II")
    assert answer.status_code == 302, errors_on(answer)
    meter = Asset.objects.get(pk=register.meter.pk)
    assert (meter.owner, meter.name, meter.version) == (carla, "Meter II", 2)
    assert meter.holdings.get(until=None).member == carla


def test_the_type_stays_as_it_is(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    assert not {"asset_type", "key", "community"} & form_on(browser.get(change(register.pv))).keys()
    assert browser.send(change(register.pv), asset_type="meter", key="k", name="New").status_code == 302
    pv = Asset.objects.get(pk=register.pv.pk)
    assert (pv.asset_type, pv.key, pv.name) == ("pv", "pv-1", "New")


def test_owners_of_the_own_community_only_can_be_chosen(superuser: User, register: Register) -> None:
    answer = Browser(superuser).send(change(register.pv), owner=str(register.beta.pk))
    assert errors_on(answer) == {"owner": ["invalid_choice"]}
    assert Asset.objects.get(pk=register.pv.pk).owner == register.anna


def test_a_quantity_of_another_type_is_an_error_at_the_field(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(change(register.pv), properties='{"capacity_kwh": 1, "tilt": 120}')
    assert sorted(errors_on(answer)["properties"]) == ["foreign_property", "too_large"]
    assert "properties.tilt: This must be at most 90°" in text_of(answer)


def test_numbers_stay_as_they_were(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    assert browser.send(change(register.pv)).status_code == 302
    pv = Asset.objects.get(pk=register.pv.pk)
    assert pv.version == 1
    assert repr(pv.properties["tilt"]) == "30"


def test_it_shows_what_looks_wrong(manager_a: User, register: Register) -> None:
    register.pv.properties = {}
    register.pv.save()
    answer = Browser(manager_a).get(change(register.pv))
    assert [notice.code for notice in answer.context["notices"]] == ["no_capacity"]
    assert "<code>properties.capacity_kwp</code>" in text_of(answer)


def test_a_viewer_sees_values_with_units_and_cannot_save(viewer_a: User, register: Register) -> None:
    browser = Browser(viewer_a)
    text = text_of(browser.get(change(register.pv)))
    assert "<dd>4.5 kWp</dd>" in text
    assert "<dd>30°</dd>" in text
    assert "<textarea" not in text
    assert browser.post(change(register.pv), {"name": "X"}).status_code == 403
    assert browser.get(ADD).status_code == 403


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(
    caller: str, request: pytest.FixtureRequest, register: Register, new: dict[str, str]
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    for url in (ADD, change(register.pv)):
        assert browser.get(url).status_code == 302
        assert browser.post(url, new).status_code == 302
    assert not Asset.objects.filter(name="Battery").exists()


def test_another_manager_does_not_find_it(manager_b: User, register: Register) -> None:
    browser = Browser(manager_b)
    assert browser.get(change(register.pv)).status_code == 404
    assert browser.post(change(register.pv), {"name": "X"}).status_code == 404
